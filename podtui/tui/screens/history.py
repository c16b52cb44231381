"""The jobs that were: all that podtui remembers, searched by words."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static

from podtui.domain.history import PastJob
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.services.history_file import MOST_FOUND
from podtui.tui.acts.base import ActBase
from podtui.tui.glyphs import job_mark
from podtui.tui.log_requests import PastJobRequested, PastJobsRequested
from podtui.tui.requests import CopyRequested
from podtui.tui.spans import elapsed
from podtui.tui.standing import stands
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.line_list import LineList

_WIDE = 100  # cells from which on the queue is shown too


def _short_time(when: datetime, now: datetime) -> str:
    """The local time of day; the date before it when that is not today's; far back the date."""
    local, today = when.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


class PastJobList(LineList[PastJob]):
    """One line a job: when, id, cluster, state, how long it ran, name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "choose", "Details", id="history.open", tooltip="Everything about the job"
        ),
    ]

    @staticmethod
    def heading(width: int) -> str:
        """What stands in which column."""
        more = f"{'Queue':<13}{'Script':<17}" if width >= _WIDE else ""
        return f"{'Last':<12}{'Job':<16}{'Cluster':<9}{'State':<16}{'Ran':>6}  {more}Name"

    def key_of(self, line: PastJob) -> str:
        """Cluster and id."""
        return "\0".join(line.job.key)

    def draw(self, line: PastJob, width: int) -> Text:
        """When it was last at something, which it is, and how it ended."""
        job = line.job
        mark = job_mark(job.state)
        now = self.app.now() if isinstance(self.app, ActBase) else line.last_seen
        when = job.ended or job.started or job.submitted or line.last_seen
        ran = elapsed(job.ended - job.started) if job.ended and job.started else ""
        state = mark.text + (f" ({job.exit_status})" if job.exit_status else "")
        text = Text(f"{_short_time(when, now):<12}")
        text.append(f"{visible(job.id, 15):<16}{visible(job.cluster, 8):<9}")
        text.append(f"{state:<15} ", style=mark.style(self.app))
        text.append(f"{ran:>6}  ")
        if width >= _WIDE:
            text.append(f"{visible(job.queue, 12):<13}{visible(line.script_name, 16):<17}")
        text.append(visible(job.name, 200))
        return text


class HistoryScreen(Screen[None]):
    """Type words to look for; Enter opens a job."""

    HELP = """
The jobs of all clusters that podtui has seen while it ran, also those their scheduler has
forgotten. Words are looked for in id, name, state, cluster, queue, user, machines, paths and in
the script of jobs you submitted here; a job is shown when it has all of them.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "search",
            "Search",
            id="history.search",
            key_display="/",
            tooltip="Type words that a job must have",
        ),
        Binding("y", "copy", "Copy id", id="history.copy", tooltip="Copy the job's id"),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            id="history.help",
            key_display="?",
            tooltip="What is shown here",
        ),
        Binding("escape,q", "back", "Back", id="history.back", tooltip="All jobs again, then back"),
    ]
    AUTO_FOCUS = "PastJobList"
    CSS = """
    HistoryScreen > Input { background: $surface; }
    HistoryScreen > #history-heading { height: 1; color: $secondary; text-style: bold; }
    HistoryScreen > PastJobList { height: 1fr; background: $background; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """How many there are, the field, the jobs."""
        yield Static(" History", id="history-title", classes="screen-title", markup=False)
        yield Input(placeholder="/ words: name, state, path, text of the script …", compact=True)
        yield Static(id="history-heading", markup=False)
        yield PastJobList()
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the latest; what is noted meanwhile comes in with the app's rows."""
        self.watch(self.app, "answers", self._ask, init=False)
        self._ask()

    def on_resize(self) -> None:
        """The columns there is room for."""
        width = self.query_one(PastJobList).scrollable_content_region.width or self.size.width
        self.query_one("#history-heading", Static).update(PastJobList.heading(width))

    def _ask(self) -> None:
        words = self._words
        self.post_message(PastJobsRequested(words, lambda got: self._took(words, got)))

    def _took(self, words: tuple[str, ...], got: tuple[PastJob, ...] | PodError) -> None:
        if words != self._words or not stands(self):
            return  # asked anew meanwhile, or the screen is on its way out
        if isinstance(got, PodError):
            self.query_one(PastJobList).show(
                (), nothing=f"{visible(got.title)}: {visible(got.message, 300)} {got.hint}"
            )
            return
        count = f"the latest {len(got)}" if len(got) >= MOST_FOUND else _jobs(len(got))
        found = f" with {visible(' '.join(words), 60)}" if words else ""
        self.query_one("#history-title", Static).update(f" History: {count}{found}")
        nothing = "No job has all of these words." if words else "No job was seen yet."
        self.query_one(PastJobList).show(got, nothing=nothing)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Look while it is typed."""
        event.stop()
        self._words = tuple(event.value.split())
        self._ask()

    @on(Input.Submitted)
    def to_list(self, event: Input.Submitted) -> None:
        """Keep the words, go on in the list."""
        event.stop()
        self.query_one(PastJobList).focus()

    def action_search(self) -> None:
        """Type words."""
        self.query_one(Input).focus()

    @on(LineList.Chosen)
    def open_job(self) -> None:
        """Everything about the job."""
        if past := self.query_one(PastJobList).current:
            self.post_message(PastJobRequested(past))

    def action_copy(self) -> None:
        """Put the job's id on the clipboard."""
        if past := self.query_one(PastJobList).current:
            job_id = past.job.id
            self.post_message(CopyRequested(job_id, f"The id {visible(job_id, 40)}"))

    def action_back(self) -> None:
        """All jobs again, then back."""
        field = self.query_one(Input)
        if field.has_focus or field.value:
            field.value = ""
            self.query_one(PastJobList).focus()
        else:
            self.dismiss(None)
