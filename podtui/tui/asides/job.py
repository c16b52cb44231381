"""Beside the jobs: the facts of the one under the cursor, and the last lines it has written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_table import JobRow
from podtui.domain.log_text import plain_text
from podtui.domain.text import visible
from podtui.errors import NotFound, PodError
from podtui.tui.acts.base import ActBase
from podtui.tui.asides.base import Aside
from podtui.tui.messages import JobFactsRequested, JobTailRequested
from podtui.tui.panes.follow import follow_app
from podtui.tui.screens.job_text import facts_text, title_text
from podtui.tui.standing import stands

AGAIN = 15.0
"""Seconds between two looks at what a running job writes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for about a job in one state."""

    key: JobKey
    state: JobState


class JobAside(Aside):
    """Asks for a job's attributes once in each state, and for the end of its output."""

    TITLE = "Job"
    DEFAULT_CSS = """
    JobAside > #job-tail { height: 1fr; color: $text-muted; }
    """
    rows: reactive[tuple[JobRow, ...]] = reactive((), init=False)
    standing_job: reactive[JobKey | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._row: JobRow | None = None
        self._facts: Job | None = None
        self._asked: _Asked | None = None
        self._trouble = ""
        self._tail: tuple[str, ...] = ()
        self._note = ""

    def more(self) -> ComposeResult:
        """What it has written."""
        yield Static(classes="aside-head", id="job-tail-head", markup=False)
        yield Static(id="job-tail", markup=False)

    def on_mount(self) -> None:
        """Follow the app; a running job writes more."""
        follow_app(self, "rows", "standing_job")
        self.app.theme_changed_signal.subscribe(self, lambda _: self.look())
        self.set_interval(AGAIN, self._again)

    def watch_standing_job(self) -> None:
        """Another job."""
        self._find()
        self._facts, self._asked, self._trouble = None, None, ""
        self._tail, self._note = (), ""
        self.look()

    def watch_rows(self) -> None:
        """The same job may stand otherwise now."""
        before = self._row
        self._find()
        if self._row is not before:
            self.look()

    def _find(self) -> None:
        key = self.standing_job
        self._row = next((row for row in self.rows if row.job.key == key), None)

    @property
    def _job(self) -> Job | None:
        """The job as it is known best."""
        row, facts = self._row, self._facts
        if row is None:
            return None
        return facts if facts is not None and facts.state is row.job.state else row.job

    def draw(self) -> None:
        """What is known of it."""
        row, job = self._row, self._job
        if row is None or job is None:
            self.tell(Text("No job is under the cursor.", style="dim"))
        else:
            colours = self.app.theme_variables
            now = self.app.now() if isinstance(self.app, ActBase) else None
            facts = facts_text(row, job, now, self._trouble, colours)
            self.tell(Text("\n\n").join([title_text(row, colours), facts]))
        self._draw_tail(job)

    def _draw_tail(self, job: Job | None) -> None:
        head, tail = self.query_one("#job-tail-head", Static), self.query_one("#job-tail", Static)
        path = job.stdout if job else ""
        head.update(f"Output, its last lines: {visible(path, 200)}" if path else "")
        room = max(tail.size.height, 1)
        text = (
            Text(self._note, style="italic") if self._note else Text("\n".join(self._tail[-room:]))
        )
        text.no_wrap, text.overflow = True, "ellipsis"
        tail.update(text)

    # Asking

    def ask(self) -> None:
        """The attributes once; then the end of the output, where the job has begun."""
        row = self._row
        if row is None or (row.staged and row.staged.key is None):
            return
        wanted = _Asked(row.job.key, row.job.state)
        if self._asked != wanted:
            self._asked = wanted
            took = partial(self._took, wanted)
            self.post_message(JobFactsRequested(wanted.key, took, politely=True))
        else:
            self._ask_tail()

    def _took(self, wanted: _Asked, got: Job | PodError) -> None:
        if wanted != self._asked or not stands(self):
            return  # another job is looked at by now
        if isinstance(got, PodError):
            self._trouble = f"{visible(got.title)}: {visible(got.message, 300)}"
        else:
            self._facts, self._trouble = got, ""
        self.draw()
        self._ask_tail()

    def _again(self) -> None:
        if self.seen and self._job is not None and self._job.state is JobState.RUNNING:
            self._ask_tail()

    def _ask_tail(self) -> None:
        job = self._job
        if job is None or not job.stdout or job.state.pending:
            return
        path = job.stdout

        def took(got: bytes | PodError) -> None:
            if stands(self) and self._job is not None and self._job.stdout == path:
                self._take_tail(got)

        self.post_message(JobTailRequested(self, job.cluster, path, took))

    def _take_tail(self, got: bytes | PodError) -> None:
        if isinstance(got, NotFound):
            self._note = "Nothing is there yet; many sites put it in place at the end."
        elif isinstance(got, PodError):
            self._note = f"{visible(got.title)}: {visible(got.message, 200)}"
        else:
            lines = [plain_text(line) for line in got.split(b"\n")]
            self._tail, self._note = tuple(lines[:-1] if lines and not lines[-1] else lines), ""
        self._draw_tail(self._job)
