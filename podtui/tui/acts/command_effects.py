"""What the lines of the command line do: each checks all that can fail, then there is an effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.widgets import Input, TabbedContent

from podtui.domain.command_words import split_place
from podtui.domain.file_look import FILE_FIELDS
from podtui.domain.job_columns import BY_NAME
from podtui.domain.job_query import parse_query
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.errors import InputError
from podtui.tui.acts.jobs import JobActs
from podtui.tui.acts.settings import SettingActs
from podtui.tui.acts.submitting import SubmitActs
from podtui.tui.file_requests import FileViewsChanged
from podtui.tui.folder import Side
from podtui.tui.messages import JobDetailsRequested, LookChanged
from podtui.tui.requests import ConnectRequested

Effect = Callable[[], object]


class CommandEffects(JobActs, SubmitActs, SettingActs):
    """A method a command; each returns what to do once the line is closed."""

    def action_show_pane(self, name: str) -> None:
        """Show a pane, and put the focus in it."""
        raise NotImplementedError

    @property
    def shown_pane(self) -> str:
        """The name of the pane in front."""
        return self.screen_stack[0].query_one("#panes", TabbedContent).active

    def files_side(self) -> Side:
        """The side of the Files pane in use."""
        from podtui.tui.panes.files import FilesPane

        panes = self.screen_stack[0].query(FilesPane)
        return panes.first().side if panes else Side.LEFT

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

    async def to_jobs(self, words: str) -> Effect:
        """The jobs, those that have the words."""
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

    async def to_job(self, wanted: str) -> Effect:
        """Everything about one job."""
        found = [row for row in self.rows if wanted in _ids(row)]
        if not found:
            raise InputError(f"No job {visible(wanted, 60)!r} is on the list.")
        if len(found) > 1:
            told = ", ".join(visible(f"{row.job.cluster}:{wanted}", 60) for row in found[:3])
            raise InputError(f"Several clusters have such a job: {told}.")
        return lambda: self.post_message(JobDetailsRequested(found[0]))

    async def to_files(self, place: str) -> Effect:
        """A folder of the side in use."""
        self._can_leave()
        if not place:
            return lambda: self._main("files")
        side = self.files_side()
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

    async def to_form(self, script: str) -> Effect:
        """The form for a new job."""
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

    async def to_cluster(self, name: str) -> Effect:
        """Log in, and look at it."""
        if name not in {status.name for status in self.statuses}:
            known = ", ".join(visible(status.name, 40) for status in self.statuses)
            raise InputError(f"No cluster is called {visible(name, 40)!r}.", hint=f"Known: {known}")
        return lambda: self.post_message(ConnectRequested(name))

    async def to_filter(self, words: str) -> Effect:
        """Only what has the words."""
        self._can_leave()
        if self.shown_pane == "files":
            from podtui.tui.panes.files import FilesPane

            return lambda: self.screen_stack[0].query_one(FilesPane).find(words)
        parse_query(words)

        def show() -> None:
            self._main("jobs")
            self._filter_jobs(words)

        return show

    async def to_order(self, told: str) -> Effect:
        """Sorted by a column."""
        column, turned = told.removeprefix("-"), told.startswith("-")
        if self.shown_pane == "files":
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

    async def to_view(self, name: str) -> Effect:
        """A view that was kept."""
        self._can_leave()
        look = self.job_views.find(name)
        if look is None:
            known = ", ".join(visible(one, 40) for one, _ in self.job_views.named) or "none yet"
            raise InputError(f"No view is called {visible(name, 40)!r}.", hint=f"Kept: {known}")

        def show() -> None:
            self._main("jobs")
            self.post_message(LookChanged(replace(self.job_views, look=look, name=name)))

        return show

    async def to_theme(self, name: str) -> Effect:
        """Other colours."""
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
