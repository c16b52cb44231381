"""Everything the keys can do just now, by its name, with the reason where it cannot be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.binding import ActiveBinding, Binding
from textual.screen import Screen

from podtui.tui.reasoned import Reasoned

_LEFT_OUT = ("", "command_line", "app.command_line")


class Command(NamedTuple):
    """One entry: what it does, its key as shown, what it explains, and the binding."""

    name: str
    key: str
    help: str
    active: ActiveBinding

    @property
    def title(self) -> str:
        """Name and key."""
        return f"{self.name}  ({self.key})"


def commands(screen: Screen[object]) -> Iterator[Command]:
    """The bindings of what has the focus on `screen`, its pane, the screen and the app."""
    told = set()
    for key, active in in_force(screen).items():
        binding = active.binding
        named = (active.node, binding.action)
        if not binding.description or binding.action in _LEFT_OUT or named in told:
            continue
        if binding.id is None or binding.system:
            continue  # cursor keys of widgets, keys of the terminal
        told.add(named)
        shown = screen.app.get_key_display(binding)
        reason = "" if active.enabled else why_not(active)
        yield Command(
            binding.description,
            shown or key,
            f"Not now: {reason}" if reason else binding.tooltip,
            active,
        )


def in_force(screen: Screen[object]) -> dict[str, ActiveBinding]:
    """What each key does with the focus where it is.

    The arrows of whatever could scroll give way to a key with a name further out: Textual passes
    them on where there is nothing to scroll.
    """
    found = dict(screen.active_bindings)
    for node, bindings in screen._modal_binding_chain:
        for key, binding in bindings:
            if binding.id and key in found and _only_scrolls(found[key].binding):
                possible = screen.app._check_action_state(binding.action, node)
                if possible is not False:
                    found[key] = ActiveBinding(node, binding, bool(possible), binding.tooltip)
    return found


def _only_scrolls(binding: Binding) -> bool:
    return binding.id is None and binding.action.startswith(("scroll_", "page_"))


def why_not(active: ActiveBinding) -> str:
    """Why a key that is greyed does nothing."""
    node, action = active.node, active.binding.action
    return node.why_not(action) if isinstance(node, Reasoned) else "Not possible here."
