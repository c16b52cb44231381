"""The command line: what can be named just now, what a line does, and what was given before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

from textual import events, on

from podtui.domain.command_words import remembered
from podtui.domain.file_look import FILE_FIELDS
from podtui.domain.job_columns import FIELDS
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.services.command_history import MOST
from podtui.tui.acts.command_effects import CommandEffects, Effect
from podtui.tui.acts.file_places import work_for
from podtui.tui.completions import Known
from podtui.tui.messages import CommandGiven
from podtui.tui.palette import Command, commands, why_not
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.scrolled import RIGHT

_JOBS_OFFERED = 40


class CommandActs(CommandEffects):
    """One line for everything: `:` and Ctrl+P."""

    earlier: tuple[str, ...] = ()
    """The lines given so far, the latest first."""

    def on_frame_drawn(self) -> None:
        """Take up what was kept."""
        self._keeping_commands = asyncio.Lock()
        self.run_act(self._load_commands(), "load commands")

    async def _load_commands(self) -> None:
        kept = await asyncio.to_thread(self.session.commands.load)
        self.earlier = tuple(dict.fromkeys((*self.earlier, *kept)))[:MOST]

    def _remember(self, line: str) -> None:
        """Recall `line` from now on, also after the next start."""
        self.earlier = remembered(line, self.earlier, MOST)
        self.run_act(self._keep_commands(), "keep commands")

    async def _keep_commands(self) -> None:
        async with self._keeping_commands:  # the last is written last
            await asyncio.to_thread(self.session.commands.save, self.earlier)

    # The line

    def action_command_line(self) -> None:
        """Open the line over what is in front."""
        from podtui.tui.screens.command_line import CommandLineScreen

        def chosen(command: Command | None) -> None:
            if command is not None:
                self._remember(command.name)
                self.run_worker(self._press(command), name=f"command {command.name}")

        self.push_screen(CommandLineScreen(self._known()), chosen)

    def on_click(self, event: events.Click) -> None:
        """The right button asks what can be done where it was pressed."""
        if event.button == RIGHT and not isinstance(event.widget, KeyLine):
            self.call_after_refresh(self.offer_actions)  # cursor and focus have come there by then

    def offer_actions(self) -> None:
        """A menu of the keys of what has the focus, what cannot be done just now last."""
        from podtui.tui.screens.choice import Choice, ChoiceScreen, Chosen

        mine = (one for one in commands(self.screen) if one.active.node is not self)
        found = sorted(mine, key=lambda one: not one.active.enabled)
        if isinstance(self.screen, ChoiceScreen) or not found:
            return
        wide = max(len(one.key) for one in found)
        choices = tuple(
            Choice(str(at), f"{one.key:<{wide}}  {one.name}", one.help)
            for at, one in enumerate(found)
        )

        def chosen(answer: Chosen | None) -> None:
            if answer is not None:
                command = found[int(answer.key)]
                self.run_worker(self._press(command), name=f"command {command.name}")

        self.push_screen(ChoiceScreen("What can be done here", "", choices), chosen)

    async def _press(self, command: Command) -> None:
        """Do what the key of `command` does."""
        if command.active.enabled:
            await self.run_action(command.active.binding.action, command.active.node)
        else:
            self.notify(why_not(command.active), severity="warning", markup=False)

    def _known(self) -> Known:
        folder = self.folder_of(self.files_side())
        in_files = self.shown_pane == "files"
        columns = FILE_FIELDS if in_files else FIELDS
        return Known(
            commands=tuple(commands(self.screen)),
            clusters=tuple(status.name for status in self.statuses),
            themes=tuple(theme.name for theme in self.own_themes),
            views=tuple(name for name, _ in self.job_views.named),
            filters=() if in_files else self.job_views.recent,
            columns=tuple((column.name, column.tells) for column in columns),
            earlier=self.earlier,
            end=folder.end,
            folder=folder.path,
            jobs=self._jobs_like,
        )

    def _jobs_like(self, text: str) -> Iterator[tuple[str, str]]:
        """Jobs whose id begins so, or whose name has it; `CLUSTER:ID`, and what they are."""
        wanted = text.casefold()
        found = (
            row
            for row in self.rows
            if f"{row.job.cluster}:{row.job.id}".casefold().startswith(wanted)
            or row.job.id.casefold().startswith(wanted)
            or wanted in row.job.name.casefold()
        )
        for row in islice(found, _JOBS_OFFERED):
            tells = f"{visible(row.job.name, 40)}  {row.job.state.value}"
            yield (f"{row.job.cluster}:{row.job.id}", tells)

    @on(CommandGiven)
    def do_line(self, event: CommandGiven) -> None:
        """Do what the line says; what is wrong with it is told where it was typed."""
        work_for(event.asker, self._do_line(event), "command")

    async def _do_line(self, event: CommandGiven) -> None:
        await self._opened.wait()
        does: dict[str, Callable[[str], Awaitable[Effect]]] = {
            "jobs": self.to_jobs,
            "job": self.to_job,
            "files": self.to_files,
            "submit": self.to_form,
            "cluster": self.to_cluster,
            "filter": self.to_filter,
            "sort": self.to_order,
            "view": self.to_view,
            "theme": self.to_theme,
        }
        try:
            effect = await does[event.name](event.argument)
        except PodError as error:
            event.answer(error)
            return
        self._remember(event.line)
        event.answer(None)
        effect()
