"""The command palette, derived from the bindings: every key is there, with the reason if greyed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from podtui.tui.acts.settings import SettingActs
from podtui.tui.panes.base import Pane

_RECALLED = 8  # commands given by name that are offered first
_LEFT_OUT = ("", "app.command_palette", "command_palette")


class Command(NamedTuple):
    """One entry: what it says, what it explains, what it does."""

    title: str
    help: str
    active: ActiveBinding


class BindingCommands(Provider):
    """The bindings of the focused widget, its pane, its screen and the app."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        last = self.app.recalled if isinstance(self.app, SettingActs) else ()
        rank = {title: number for number, title in enumerate(last)}
        for command in sorted(self._commands(), key=lambda one: rank.get(one.title, len(rank))):
            yield DiscoveryHit(command.title, partial(self._run, command), help=command.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(command.title),
                    partial(self._run, command),
                    help=command.help,
                )
        for theme in self.app.own_themes if isinstance(self.app, SettingActs) else ():
            title = f"Theme {theme.name}"
            if (score := matcher.match(title)) > 0:
                run = partial(self._wear, theme.name)
                yield Hit(score, matcher.highlight(title), run, help="Keep these colours")

    def _wear(self, name: str) -> None:
        if isinstance(self.app, SettingActs):
            self.app.keep_theme(name)

    def _commands(self) -> Iterator[Command]:
        told = set()
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            named = (active.node, binding.action)
            if not binding.description or binding.action in _LEFT_OUT or named in told:
                continue
            if binding.id is None or binding.system:
                continue  # cursor keys of widgets, keys of the terminal
            told.add(named)
            shown = self.app.get_key_display(binding)
            reason = "" if active.enabled else _why_not(active)
            yield Command(
                f"{binding.description}  ({shown or key})",
                f"Not now: {reason}" if reason else binding.tooltip,
                active,
            )

    async def _run(self, command: Command) -> None:
        if isinstance(self.app, SettingActs):
            others = (title for title in self.app.recalled if title != command.title)
            self.app.recalled = (command.title, *others)[:_RECALLED]
        if command.active.enabled:
            await self.app.run_action(command.active.binding.action, command.active.node)
        else:
            self.app.notify(_why_not(command.active), severity="warning", markup=False)


def _why_not(active: ActiveBinding) -> str:
    node = active.node
    return node.why_not(active.binding.action) if isinstance(node, Pane) else "Not possible here."
