"""The Jobs pane: the jobs of all clusters in one table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from podtui.domain.cluster import ClusterStatus
from podtui.domain.job import JobKey, Scope
from podtui.domain.job_table import ClusterJobs, JobRow
from podtui.domain.text import visible
from podtui.domain.transfer import Transfer
from podtui.tui import messages
from podtui.tui.acts.base import ActBase
from podtui.tui.lack import Lack
from podtui.tui.panes import job_reasons
from podtui.tui.panes.base import Pane
from podtui.tui.panes.job_cells import COLUMNS, cells, found_by
from podtui.tui.panes.stale_notice import Tries, notice, scope_text
from podtui.tui.widgets.keyed_table import KeyedTable

_TICK = 1.0  # seconds: ages grow, the next try comes nearer
_ON_A_JOB = ("details", "cancel", "hold", "release", "requeue", "retry", "forget")
_OLDEST = datetime.min.replace(tzinfo=UTC)


class JobsPane(Pane):
    """All jobs, newest first, with their staging."""

    HELP = """
The jobs of **all clusters** in one table, newest first. A job you submit here may take files with
it: they are copied and verified before it starts (**Stage-in**), and fetched when it has ended
(**Stage-out**). podtui goes on with that by itself, also after it was closed and started again.

A cluster that does not answer keeps its last rows, dimmed, and the line above tells how old they
are. What a grey key would need is told when you press it.
"""
    FOCUS = "#job-table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "submit", "New", id="jobs.submit", tooltip="Submit a job script"),
        Binding(
            "enter",
            "details",
            "Details",
            id="jobs.details",
            tooltip="Facts, script, output and staging of the job",
        ),
        Binding("c", "cancel", "Cancel", id="jobs.cancel", tooltip="End the job"),
        Binding("h", "hold", "Hold", id="jobs.hold", tooltip="Keep the job from starting"),
        Binding("r", "release", "Release", id="jobs.release", tooltip="Let a held job start"),
        Binding(
            "R",
            "requeue",
            "Requeue",
            show=False,
            id="jobs.requeue",
            tooltip="End the running job and let it begin again later",
        ),
        Binding(
            "t",
            "retry",
            "Retry staging",
            show=False,
            id="jobs.retry",
            tooltip="Take failed staging up again where it stopped",
        ),
        Binding(
            "f",
            "forget",
            "Forget",
            show=False,
            id="jobs.forget",
            tooltip="Take an ended staged job off this list",
        ),
        Binding(
            "g", "refresh", "Refresh", show=False, id="jobs.refresh", tooltip="Ask all clusters now"
        ),
        Binding(
            "u",
            "scope",
            "Whose jobs",
            show=False,
            id="jobs.scope",
            tooltip="Show your jobs, a user's, a group's, or everybody's",
        ),
        Binding(
            "slash",
            "filter",
            "Filter",
            id="jobs.filter",
            key_display="/",
            tooltip="Show only jobs with all of some words",
        ),
        Binding(
            "escape",
            "show_all",
            "Show all",
            False,
            id="jobs.show_all",
            tooltip="Take the filter away",
        ),
    ]

    rows: reactive[tuple[JobRow, ...]] = reactive((), layout=False)
    answers: reactive[tuple[ClusterJobs, ...]] = reactive((), layout=False)
    transfers: reactive[tuple[Transfer, ...]] = reactive((), layout=False)
    statuses: reactive[tuple[ClusterStatus, ...]] = reactive((), layout=False)
    scope: reactive[Scope] = reactive(Scope(), layout=False)
    lacking: reactive[frozenset[Lack]] = reactive(frozenset(), layout=False)

    def __init__(self) -> None:
        super().__init__()
        self._words: tuple[str, ...] = ()
        self._by_key: dict[JobKey, JobRow] = {}
        self._tries = Tries()

    def compose(self) -> ComposeResult:
        """Notices, filter, table, and what to do while it is empty."""
        yield Static(id="job-notice", classes="notice", markup=False)
        yield Input(
            placeholder="words to look for; Enter goes to the table, Esc shows all",
            id="job-filter",
            compact=True,
        )
        yield KeyedTable[JobKey](COLUMNS, id="job-table")
        yield Static(id="job-empty", classes="empty", markup=False)
        yield Static(id="job-trouble", classes="trouble", markup=False)

    def on_mount(self) -> None:
        """Ages and the next try move on by themselves."""
        self.set_interval(_TICK, self._draw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())
        self._draw()

    # Down: values → rows

    def watch_rows(self) -> None:
        """Show them."""
        self._draw()

    def watch_answers(self) -> None:
        """Note when a cluster was asked."""
        self._tries.note(self.answers, self._now())
        self._draw()

    def watch_transfers(self) -> None:
        """Bars move."""
        self._draw()

    def watch_lacking(self) -> None:
        """A key may have become grey."""
        self._draw()

    def watch_statuses(self) -> None:
        """The empty table says what to do."""
        self._draw()

    def watch_scope(self) -> None:
        """Say whose jobs these are."""
        self._draw()

    def _now(self) -> datetime:
        return self.app.now() if isinstance(self.app, ActBase) else datetime.now(UTC)

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        now = self._now()
        colours = self.app.theme_variables
        shown = [row for row in self.rows if found_by(row, self._words)]
        shown.sort(key=lambda row: (row.job.submitted or _OLDEST, row.job.id), reverse=True)
        self._by_key = {row.job.key: row for row in shown}
        self._table.show(
            [
                (key, cells(row, self.transfers, now, lambda name: colours.get(name, "")))
                for key, row in self._by_key.items()
            ]
        )
        self._draw_notice(now)
        self._draw_empty()
        self.look_again()

    def _draw_notice(self, now: datetime) -> None:
        text = notice(self.answers, self.statuses, self._tries, now)
        if whose := scope_text(self.scope):
            text = f"{whose}; u changes that.\n{text}"
        widget = self.query_one("#job-notice", Static)
        widget.set_class(bool(text), "told")
        widget.update(text.rstrip())

    def _draw_empty(self) -> None:
        empty = not self._by_key
        text = ""
        if empty and self._words:
            text = "No job has these words. Esc shows all."
        elif empty and not self.statuses:
            text = "No cluster is configured yet. `podtui demo` runs one of its own."
        elif empty and not any(answer.answered for answer in self.answers):
            text = "No cluster has told its jobs yet. Press 1 to see how the links stand."
        elif empty:
            text = "No jobs. Press n to submit one."
        self.query_one("#job-empty", Static).set_class(empty, "told")
        self.query_one("#job-empty", Static).update(Text(text))
        self._table.set_class(empty, "empty-table")

    @property
    def _table(self) -> KeyedTable[JobKey]:
        return self.query_one("#job-table", KeyedTable)

    @property
    def _row(self) -> JobRow | None:
        key = self._table.cursor_key
        return self._by_key.get(key) if key else None

    # Up: keys → requests

    def why_not(self, action: str) -> str:
        """The reason from the job under the cursor."""
        if not self.is_mounted:
            return ""
        if action == "submit":
            return "" if self.statuses else "No cluster is configured yet."
        if action not in _ON_A_JOB:
            return ""
        row = self._row
        if row is None:
            return "There is no job to do it to."
        lacks = (lack for lack in self.lacking if lack[:2] == (row.job.cluster, action))
        lack = next(lacks, None)
        return visible(lack.reason, 240) if lack else job_reasons.why_not(action, row)

    @on(KeyedTable.CursorMoved)
    def look_again(self) -> None:
        """Another job has other troubles and grey keys; the footer changes only at need."""
        row = self._row
        trouble = job_reasons.trouble(row) if row else ""
        self.query_one("#job-trouble", Static).set_class(bool(trouble), "told")
        self.query_one("#job-trouble", Static).update(trouble)
        self.refresh_bindings()

    @on(KeyedTable.Chosen)
    def action_details(self) -> None:
        """Everything about the job."""
        self._ask(messages.JobDetailsRequested)

    def action_submit(self) -> None:
        """A form for a new job."""
        self.post_message(messages.SubmitRequested())

    def action_cancel(self) -> None:
        """End the job."""
        self._ask(messages.CancelJobRequested)

    def action_hold(self) -> None:
        """Keep it from starting."""
        self._ask(messages.HoldJobRequested)

    def action_release(self) -> None:
        """Let it start."""
        self._ask(messages.ReleaseJobRequested)

    def action_requeue(self) -> None:
        """Let it begin again later."""
        self._ask(messages.RequeueJobRequested)

    def action_retry(self) -> None:
        """Take its staging up again."""
        self._ask(messages.RetryStagingRequested)

    def action_forget(self) -> None:
        """Take it off the list."""
        self._ask(messages.ForgetStagedRequested)

    def action_refresh(self) -> None:
        """Ask all clusters now."""
        self.post_message(messages.RefreshRequested())

    def action_scope(self) -> None:
        """Whose jobs are shown."""
        self.post_message(messages.ScopeRequested())

    def _ask(self, request: type[messages.JobRequest]) -> None:
        if row := self._row:
            self.post_message(request(row))

    # The filter

    def action_filter(self) -> None:
        """Type words."""
        field = self.query_one("#job-filter", Input)
        field.add_class("told")
        field.focus()

    @on(Input.Changed, "#job-filter")
    def narrow(self, event: Input.Changed) -> None:
        """Show what has all the words."""
        event.stop()
        self._words = tuple(event.value.casefold().split())
        self._draw()

    @on(Input.Submitted, "#job-filter")
    def back_to_table(self, event: Message) -> None:
        """Keep the words, go on in the table."""
        event.stop()
        self._table.focus()
        field = self.query_one("#job-filter", Input)
        field.set_class(bool(field.value), "told")

    def action_show_all(self) -> None:
        """No filter."""
        field = self.query_one("#job-filter", Input)
        field.value = ""
        field.remove_class("told")
        self._table.focus()
