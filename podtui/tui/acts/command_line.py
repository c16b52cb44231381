"""The command line: what can be named just now, what a line does, and what was given before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import islice

from textual import on
from textual.widgets import Input, TabbedContent

from podtui.domain.command_words import remembered, split_place
from podtui.domain.file_look import FILE_FIELDS
from podtui.domain.job_columns import BY_NAME, FIELDS
from podtui.domain.job_query import parse_query
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.errors import InputError, PodError
from podtui.services.command_history import MOST
from podtui.tui.acts.file_places import work_for
from podtui.tui.acts.jobs import JobActs
from podtui.tui.acts.settings import SettingActs
from podtui.tui.acts.submitting import SubmitActs
from podtui.tui.completions import Known
from podtui.tui.file_requests import FileViewsChanged
from podtui.tui.folder import Side
from podtui.tui.messages import CommandGiven, JobDetailsRequested, LookChanged
from podtui.tui.palette import Command, commands, why_not
from podtui.tui.requests import ConnectRequested

Effect = Callable[[], object]
_JOBS_OFFERED = 40


class CommandActs(JobActs, SubmitActs, SettingActs):
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

    def action_show_pane(self, name: str) -> None:
        """Show a pane, and put the focus in it."""
        raise NotImplementedError

    # The line

    def action_command_line(self) -> None:
        """Open the line over what is in front."""
        from podtui.tui.screens.command_line import CommandLineScreen

        def chosen(command: Command | None) -> None:
            if command is not None:
                self._remember(command.name)
                self.run_worker(self._press(command), name=f"command {command.name}")

        self.push_screen(CommandLineScreen(self._known()), chosen)

    async def _press(self, command: Command) -> None:
        """Do what the key of `command` does."""
        if command.active.enabled:
            await self.run_action(command.active.binding.action, command.active.node)
        else:
            self.notify(why_not(command.active), severity="warning", markup=False)

    def _known(self) -> Known:
        folder = self.folder_of(self._files_side())
        in_files = self._shown_pane == "files"
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

    @property
    def _shown_pane(self) -> str:
        return self.screen_stack[0].query_one("#panes", TabbedContent).active

    def _files_side(self) -> Side:
        from podtui.tui.panes.files import FilesPane

        panes = self.screen_stack[0].query(FilesPane)
        return panes.first().side if panes else Side.LEFT

    @on(CommandGiven)
    def do_line(self, event: CommandGiven) -> None:
        """Do what the line says; what is wrong with it is told where it was typed."""
        work_for(event.asker, self._do_line(event), "command")

    async def _do_line(self, event: CommandGiven) -> None:
        await self._opened.wait()
        does: dict[str, Callable[[str], Awaitable[Effect]]] = {
            "jobs": self._to_jobs,
            "job": self._to_job,
            "files": self._to_files,
            "submit": self._to_form,
            "cluster": self._to_cluster,
            "filter": self._to_filter,
            "sort": self._to_order,
            "view": self._to_view,
            "theme": self._to_theme,
        }
        try:
            effect = await does[event.name](event.argument)
        except PodError as error:
            event.answer(error)
            return
        self._remember(event.line)
        event.answer(None)
        effect()

    # What each does: all that can fail first, then the effect, on the screen below the line

    def _main(self, pane: str) -> None:
        """Leave what only shows, and have a pane in front."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.action_show_pane(pane)

    def _can_leave(self) -> None:
        """InputError where something that is typed would be lost, or an answer is waited for."""
        from podtui.tui.screens.command_line import CommandLineScreen
        from podtui.tui.screens.history import HistoryScreen
        from podtui.tui.screens.job import JobScreen
        from podtui.tui.screens.operations import OperationsScreen

        kinds = (CommandLineScreen, HistoryScreen, JobScreen, OperationsScreen)
        if not all(isinstance(screen, kinds) for screen in self.screen_stack[1:]):
            raise InputError("First close what is open.", hint="Esc, twice.")

    async def _to_jobs(self, words: str) -> Effect:
        self._can_leave()
        if words:
            parse_query(words)

        def show() -> None:
            self._main("jobs")
            if words:
                self._filter_jobs(words)

        return show

    def _filter_jobs(self, words: str) -> None:
        views = replace(self.job_views, look=replace(self.job_views.look, filter=words))
        self.post_message(LookChanged(views.remembering(words)))

    async def _to_job(self, wanted: str) -> Effect:
        found = [row for row in self.rows if wanted in _ids(row)]
        if not found:
            raise InputError(f"No job {visible(wanted, 60)!r} is on the list.")
        if len(found) > 1:
            told = ", ".join(visible(f"{row.job.cluster}:{wanted}", 60) for row in found[:3])
            raise InputError(f"Several clusters have such a job: {told}.")
        return lambda: self.post_message(JobDetailsRequested(found[0]))

    async def _to_files(self, place: str) -> Effect:
        self._can_leave()
        if not place:
            return lambda: self._main("files")
        side = self._files_side()
        folder = self.folder_of(side)
        clusters = tuple(status.name for status in self.statuses)
        end, path = split_place(place, folder.end, clusters)
        if end == folder.end and folder.path and path and not path.startswith(("/", "~")):
            path = folder.inside(path)
        path = path.rstrip("/") or ("/" if path else "~" if end else "")
        path = await self._folder_there(end, path)

        def show() -> None:
            self._main("files")
            if end != folder.end:
                self._let_go_of(side, end)
            self.show_folder(side, path)

        return show

    async def _folder_there(self, end: str, path: str) -> str:
        """The path made absolute; InputError where no folder is."""
        resolved = await self.session.files.resolve(end, path)
        entry = await self.session.files.stat(end, resolved)
        if entry is None or not entry.is_folder:
            what = "is no folder" if entry else "is not there"
            raise InputError(f"{visible(resolved, 200)} {what}.")
        return resolved

    async def _to_form(self, script: str) -> Effect:
        from podtui.tui.screens.submit import SubmitScreen

        if not self.config.clusters:
            raise InputError("No cluster is configured yet.", hint="`+` adds one.")
        self._can_leave()
        path = ""
        if script:
            path = await self.session.files.resolve("", script)
            entry = await self.session.files.stat("", path)
            if entry is None or entry.is_folder:
                raise InputError(f"{visible(path, 200)} is no file on this machine.")

        async def fill(screen: SubmitScreen) -> None:
            await self.push_screen(screen)
            screen.query_one("#script", Input).value = path

        def show() -> None:
            self.run_act(fill(SubmitScreen(self.config.clusters, self.cluster)), "submit")

        return show

    async def _to_cluster(self, name: str) -> Effect:
        if name not in {status.name for status in self.statuses}:
            known = ", ".join(visible(status.name, 40) for status in self.statuses)
            raise InputError(f"No cluster is called {visible(name, 40)!r}.", hint=f"Known: {known}")
        return lambda: self.post_message(ConnectRequested(name))

    async def _to_filter(self, words: str) -> Effect:
        self._can_leave()
        if self._shown_pane == "files":
            from podtui.tui.panes.files import FilesPane

            return lambda: self.screen_stack[0].query_one(FilesPane).find(words)
        parse_query(words)

        def show() -> None:
            self._main("jobs")
            self._filter_jobs(words)

        return show

    async def _to_order(self, told: str) -> Effect:
        column, turned = told.removeprefix("-"), told.startswith("-")
        if self._shown_pane == "files":
            look = self.file_views.look
            self._known_column(column, {one.name for one in FILE_FIELDS})
            look = replace(look, sort="", descending=False).sorted_by(column)
            look = replace(look, descending=look.descending is not turned)
            return lambda: self.post_message(FileViewsChanged(replace(self.file_views, look=look)))
        self._known_column(column, set(BY_NAME))
        late = BY_NAME[column].late
        job_look = replace(self.job_views.look, sort=column, descending=late is not turned)
        return lambda: self.post_message(LookChanged(replace(self.job_views, look=job_look)))

    def _known_column(self, column: str, known: set[str]) -> None:
        if column not in known:
            told = ", ".join(sorted(known))
            raise InputError(f"There is no column {visible(column, 40)!r}.", hint=f"Known: {told}")

    async def _to_view(self, name: str) -> Effect:
        self._can_leave()
        look = self.job_views.find(name)
        if look is None:
            known = ", ".join(visible(one, 40) for one, _ in self.job_views.named) or "none yet"
            raise InputError(f"No view is called {visible(name, 40)!r}.", hint=f"Kept: {known}")

        def show() -> None:
            self._main("jobs")
            self.post_message(LookChanged(replace(self.job_views, look=look, name=name)))

        return show

    async def _to_theme(self, name: str) -> Effect:
        if not name:
            return self.action_change_theme
        if name not in self.available_themes:
            known = ", ".join(theme.name for theme in self.own_themes)
            raise InputError(
                f"No theme is called {visible(name, 40)!r}.", hint=f"There are {known}"
            )
        return lambda: self.keep_theme(name)


def _ids(row: JobRow) -> tuple[str, str]:
    return (row.job.id, f"{row.job.cluster}:{row.job.id}")
