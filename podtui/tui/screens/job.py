"""Everything about one job, alive while it is open."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, TabbedContent, TabPane

from podtui.domain.history import PastJob, SeenState
from podtui.domain.job import Job, JobState
from podtui.domain.job_fold import Counts
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.errors import NotFound, PodError
from podtui.tui.acts.base import ActBase
from podtui.tui.log_requests import JobShellRequested, JobStatesRequested
from podtui.tui.messages import JobFactsRequested
from podtui.tui.requests import CopyRequested
from podtui.tui.screens.job_changing import JobChanging
from podtui.tui.screens.job_course import Sample, course_text, sampled, usage_text
from podtui.tui.screens.job_text import facts_text, script_text, staging_text, title_text
from podtui.tui.standing import stands
from podtui.tui.submit_requests import ResubmitRequested
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.log_pane import LogPane
from podtui.tui.widgets.text_pane import ReadingPane, TextPane

_TABS = ("facts", "script", "output", "errors", "staging", "history", "usage")
_SAMPLE_EVERY = 15.0  # seconds between two questions for what a running job uses


class JobScreen(JobChanging):
    """Facts, Script, Output, Errors, Staging, History and Usage of the job of one row."""

    HELP = """
Everything about one job. **Output** and **Errors** follow the job's files as they grow; only what
is looked at is read, so that a file may be of any length. `/` finds words, `e` the next line of
trouble, also in the part that was not read yet. Many sites put the files in place only when the
job has ended. **Staging** tells every file that travels with the job, and why one did not arrive.
**History** is kept by podtui when the scheduler has forgotten the job. **Usage** tells what the
scheduler measured, and nothing where it measured nothing. The keys that end, hold, release and
requeue it are the table's; of an array they mean all of it.
"""
    CSS_PATH = "job.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "again", "Ask again", False, id="job.again", tooltip="Ask the cluster now"),
        Binding(
            "S", "shell", "Shell", False, id="job.shell", tooltip="Open a shell where the job runs"
        ),
        Binding(
            "o",
            "resubmit",
            "Once more",
            False,
            id="job.resubmit",
            tooltip="Submit its script again, with more of what ran out; asks first",
        ),
        Binding("Y", "copy_id", "Copy id", False, id="job.copy_id", tooltip="Copy the job's id"),
        Binding("left", "turn(-1)", "Tab before", False, id="job.before", tooltip="Tab before"),
        Binding("right", "turn(1)", "Next tab", False, id="job.next", tooltip="Next tab"),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            id="job.help",
            key_display="?",
            tooltip="What is shown here",
        ),
        Binding("escape,q", "back", "Back", id="job.back", tooltip="Back to the table"),
        *(
            Binding(
                str(n),
                f"tab('{tab}')",
                tab.capitalize(),
                False,
                id=f"job.{tab}",
                tooltip=f"Show the tab {tab.capitalize()}",
            )
            for n, tab in enumerate(_TABS, 1)
        ),
    ]
    AUTO_FOCUS = ""

    def __init__(self, row: JobRow, past: PastJob | None = None, counts: Counts = ()) -> None:
        super().__init__(row, counts)
        self._past = past
        self._seen: tuple[SeenState, ...] = ()
        self._samples: tuple[Sample, ...] = ()
        self._asking = False
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Title and seven tabs."""
        yield Static(id="job-title", classes="screen-title", markup=False)
        with TabbedContent(initial="facts", id="job-tabs"):
            for number, tab in enumerate(_TABS, 1):
                with TabPane(f"{number} {tab.capitalize()}", id=tab):
                    if tab in ("output", "errors"):
                        yield LogPane("stdout" if tab == "output" else "stderr")
                    else:
                        yield TextPane(id=f"job-{tab}")
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the app's rows, and ask for what they do not tell."""
        for tabs in self.query("ContentTabs"):
            tabs.can_focus = False
        for name in ("rows", "transfers"):
            self.watch(self.app, name, self._see, init=False)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())
        self.set_interval(_SAMPLE_EVERY, self._sample)
        self._ask()
        self._draw()

    def _see(self) -> None:
        """The job's row as it is now; a row that has gone stays as it was last."""
        if not stands(self) or not isinstance(self.app, ActBase):
            return
        before = self._row
        for row in self.app.rows:
            same_staging = before.staged and row.staged and row.staged.token == before.staged.token
            if row.job.key == before.job.key or same_staging:
                self._row = row
                break
        if self._row.job.state is not before.job.state or self._row.job.key != before.job.key:
            self._ask()
        self._draw()

    # The job's attributes and its history

    def _ask(self) -> None:
        staged = self._row.staged
        if not self._asking and not (staged and staged.key is None):
            self._asking = True
            self.post_message(JobFactsRequested(self._row.job.key, self._took))
        self.post_message(JobStatesRequested(self._row.job.key, self._took_states))

    def _sample(self) -> None:
        """What a running job uses is asked for while somebody looks at it."""
        active = self.query_one("#job-tabs", TabbedContent).active
        if active == "usage" and self._job.state is JobState.RUNNING:
            self._ask()

    def _took(self, got: Job | PodError) -> None:
        self._asking = False
        if not stands(self):
            return
        if isinstance(got, NotFound) and self._past is not None:
            self._trouble = "The cluster has forgotten this job; podtui's history has not."
        elif isinstance(got, PodError):
            self._trouble = f"{visible(got.title)}: {visible(got.message, 300)}"
        else:
            self._facts, self._trouble = got, ""
            if isinstance(self.app, ActBase):
                self._samples = sampled(self._samples, got, self.app.now())
        self._draw()

    def _took_states(self, got: tuple[PastJob | None, tuple[SeenState, ...]] | PodError) -> None:
        if stands(self) and not isinstance(got, PodError):
            past, self._seen = got
            self._past = past or self._past
            self._draw()

    @property
    def _job(self) -> Job:
        """The job as it is known best."""
        return self._facts or self._row.job

    def _draw(self) -> None:
        if len(self.query(ReadingPane)) < len(_TABS):
            return  # not composed yet, or on its way out
        colours = self.app.theme_variables
        row, job, past = self._row, self._job, self._past
        now = self.app.now() if isinstance(self.app, ActBase) else None
        transfers = self.app.transfers if isinstance(self.app, ActBase) else ()
        self.query_one("#job-title", Static).update(title_text(row, colours))
        for tab, text in (
            ("facts", facts_text(row, job, now, self._trouble, colours)),
            ("script", script_text(row.staged, past)),
            ("staging", staging_text(row, past, transfers, colours)),
            ("history", course_text(job, past, self._seen, now, colours)),
            ("usage", usage_text(job, self._samples, colours)),
        ):
            self.query_one(f"#job-{tab}", TextPane).show(text)
        for pane in self.query(LogPane):
            pane.look_at(job)
        self.refresh_bindings()

    # Keys

    def action_tab(self, name: str) -> None:
        """Show a tab and put the focus where it scrolls."""
        self.query_one("#job-tabs", TabbedContent).active = name

    def action_turn(self, by: int) -> None:
        """The tab before or after."""
        at = _TABS.index(self.query_one("#job-tabs", TabbedContent).active)
        self.action_tab(_TABS[(at + by) % len(_TABS)])

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """The shown tab has the focus, and only its file is read."""
        event.stop()
        event.pane.query_one(ReadingPane).take_focus()
        for pane in self.query(LogPane):
            pane.shown = pane in event.pane.query(LogPane)

    @property
    def _pane(self) -> ReadingPane:
        """What is read in now."""
        return self.query_one(f"#{self.query_one(TabbedContent).active}").query_one(ReadingPane)

    def action_again(self) -> None:
        """Ask for the facts and the shown file now."""
        self._ask()
        for pane in self.query(LogPane):
            if pane.shown:
                pane.read()

    def action_shell(self) -> None:
        """A shell where the job runs."""
        self.post_message(JobShellRequested(self._job))

    def action_copy_id(self) -> None:
        """Put the job's id on the clipboard."""
        self.post_message(CopyRequested(self._job.id, f"The id {visible(self._job.id, 40)}"))

    def action_resubmit(self) -> None:
        """Its script once more, in the form for a new job."""
        self.post_message(ResubmitRequested(self._job))

    def action_back(self) -> None:
        """Out of the field or the search first, then back to the table."""
        if not self._pane.let_go():
            self.dismiss(None)
