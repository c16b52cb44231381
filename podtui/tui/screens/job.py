"""Everything about one job, alive while it is open."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static, TabbedContent, TabPane

from podtui.domain.job import Job
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.acts.base import ActBase
from podtui.tui.messages import JobFactsRequested
from podtui.tui.screens.job_text import facts_text, script_text, staging_text, title_text
from podtui.tui.widgets.tail_view import TailView

_TABS = ("facts", "script", "output", "errors", "staging")


class JobScreen(Screen[None]):
    """Facts, Script, Output, Errors and Staging of the job of one row."""

    HELP = """
Everything about one job. **Output** and **Errors** show the end of the job's files and follow them
as they grow; many sites put them in place only when the job has ended. **Staging** tells every
file that travels with the job, and why one did not arrive.
"""
    CSS_PATH = "job.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f",
            "follow",
            "Follow",
            id="job.follow",
            tooltip="Look for new output every two seconds, or leave it as it is",
        ),
        Binding("g", "again", "Ask again", id="job.again", tooltip="Ask the cluster now"),
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

    def __init__(self, row: JobRow) -> None:
        super().__init__()
        self._row = row
        self._facts: Job | None = None
        self._asking = False
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Title and five tabs."""
        yield Static(id="job-title", classes="screen-title", markup=False)
        with TabbedContent(initial="facts", id="job-tabs"):
            with TabPane("1 Facts", id="facts"), VerticalScroll():
                yield Static(id="job-facts", markup=False)
            with TabPane("2 Script", id="script"), VerticalScroll():
                yield Static(id="job-script", markup=False)
            with TabPane("3 Output", id="output"):
                yield TailView("stdout")
            with TabPane("4 Errors", id="errors"):
                yield TailView("stderr")
            with TabPane("5 Staging", id="staging"), VerticalScroll():
                yield Static(id="job-staging", markup=False)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Follow the app's rows, and ask for what they do not tell."""
        for tabs in self.query("ContentTabs"):
            tabs.can_focus = False
        for name in ("rows", "transfers"):
            self.watch(self.app, name, self._see, init=False)
        self._ask()
        self._draw()

    def _see(self) -> None:
        """The job's row as it is now; a row that has gone stays as it was last."""
        if not self.is_attached or not isinstance(self.app, ActBase):
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

    # The job's attributes

    def _ask(self) -> None:
        staged = self._row.staged
        if not self._asking and not (staged and staged.key is None):
            self._asking = True
            self.post_message(JobFactsRequested(self._row.job.key, self._took))

    def _took(self, got: Job | PodError) -> None:
        self._asking = False
        if not self.is_attached:
            return
        if isinstance(got, PodError):
            self._trouble = f"{visible(got.title)}: {visible(got.message, 300)}"
        else:
            self._facts, self._trouble = got, ""
        self._draw()

    def _draw(self) -> None:
        colours = self.app.theme_variables
        row, staged = self._row, self._row.staged
        job = self._facts or row.job
        now = self.app.now() if isinstance(self.app, ActBase) else None
        transfers = self.app.transfers if isinstance(self.app, ActBase) else ()
        self.query_one("#job-title", Static).update(title_text(row, colours))
        self.query_one("#job-facts", Static).update(
            facts_text(row, job, now, self._trouble, colours)
        )
        self.query_one("#job-script", Static).update(script_text(staged))
        self.query_one("#job-staging", Static).update(staging_text(row, transfers, colours))
        for view in self.query(TailView):
            view.look_at(job)

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
        event.pane.query_one(VerticalScroll).focus()
        for view in self.query(TailView):
            view.shown = view in event.pane.query(TailView)

    def action_follow(self) -> None:
        """Follow the output, or leave it as it is."""
        follow = not self.query(TailView).first().follow
        for view in self.query(TailView):
            view.follow = follow

    def action_again(self) -> None:
        """Ask for the facts and the shown file now."""
        self._ask()
        for view in self.query(TailView):
            view.read()

    def action_back(self) -> None:
        """Back to the table."""
        self.dismiss(None)
