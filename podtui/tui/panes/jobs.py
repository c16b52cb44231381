"""The Jobs pane: the jobs of all clusters in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import reactive
from textual.widgets import Static

from podtui.backends.collector import collector_at_rest
from podtui.domain.cluster import ClusterStatus
from podtui.domain.job import JobKey, Scope
from podtui.domain.job_changes import JobChange
from podtui.domain.job_line import JobLine
from podtui.domain.job_lines import Lines, chosen
from podtui.domain.job_query import Asker, Query
from podtui.domain.job_table import ClusterJobs, JobRow
from podtui.domain.job_views import JobLook, JobViews
from podtui.domain.text import visible
from podtui.domain.transfer import Transfer
from podtui.tui import messages
from podtui.tui.acts.base import ActBase
from podtui.tui.lack import Lack
from podtui.tui.panes import job_keys, job_reasons, job_targets
from podtui.tui.panes.job_actions import JobActions
from podtui.tui.panes.job_cells import Drawing
from podtui.tui.panes.job_filter import JobFilter
from podtui.tui.panes.job_table import JobTable
from podtui.tui.panes.stale_notice import Tries, notice, scope_text, why_empty
from podtui.tui.submit_requests import ResubmitRequested

_TICK = 1.0  # seconds: ages grow, the next try comes nearer
_CHANGES = frozenset(change.value for change in JobChange)


class JobsPane(JobActions):
    """All jobs, newest first, with their staging."""

    DEFAULT_CSS = """
    JobsPane #job-tally {
        height: 1;
        padding: 0 1;
        background: $surface;
        color: $secondary;
        display: none;
        &.told { display: block; }
    }
    """
    HELP = job_keys.HELP
    FOCUS = "#job-table"
    BINDINGS: ClassVar[list[BindingType]] = [*job_keys.BINDINGS]

    rows: reactive[tuple[JobRow, ...]] = reactive((), layout=False)
    answers: reactive[tuple[ClusterJobs, ...]] = reactive((), layout=False)
    transfers: reactive[tuple[Transfer, ...]] = reactive((), layout=False)
    statuses: reactive[tuple[ClusterStatus, ...]] = reactive((), layout=False)
    scope: reactive[Scope] = reactive(Scope(), layout=False)
    lacking: reactive[frozenset[Lack]] = reactive(frozenset(), layout=False)
    job_views: reactive[JobViews] = reactive(JobViews(), layout=False)

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()
        self._query = Query()
        self._marks: frozenset[JobKey] = frozenset()
        self._turned: frozenset[JobKey] = frozenset()
        self._unfolded = False
        self._tries = Tries()
        self._stood_on: JobKey | None = None
        self._known_reasons: dict[str, str] = {}
        self._known_meant: tuple[JobLine, ...] | None = None

    def compose(self) -> ComposeResult:
        """Notices, filter, table, and what to do while it is empty."""
        yield Static(id="job-notice", classes="notice", markup=False)
        yield JobFilter(id="job-filter-line")
        yield Static(id="job-tally", markup=False)
        yield JobTable(self._lines.get, id="job-table")
        yield Static(id="job-empty", classes="empty", markup=False)
        yield Static(id="job-trouble", classes="trouble", markup=False)

    def on_mount(self) -> None:
        """Ages and the next try move on by themselves."""
        self.set_interval(_TICK, self._draw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._arrange())
        self._look_like_it()

    # Down: values → lines

    def watch_rows(self) -> None:
        """Show them."""
        with collector_at_rest():
            self._lines.take(self.rows)
            self._arrange()

    def watch_answers(self) -> None:
        """Note when a cluster was asked."""
        self._tries.note(self.answers, self._now())
        self._draw()

    def watch_transfers(self) -> None:
        """Bars move."""
        self._draw()

    def watch_lacking(self) -> None:
        """A key may have become grey."""
        self._known_reasons.clear()
        self._draw()

    def watch_statuses(self) -> None:
        """The empty table says what to do."""
        self._known_reasons.clear()
        self._draw()

    def watch_scope(self) -> None:
        """Say whose jobs these are."""
        self._draw()

    def watch_job_views(self) -> None:
        """Have the columns, the order and the filter of the look of now."""
        self._look_like_it()

    def _look_like_it(self) -> None:
        if not self.is_mounted:
            return
        look, line = self.job_views.look, self._filter
        line.recent = self.job_views.recent
        if line.text != look.filter:
            self._stood_on = self._table.cursor_key
            line.put(look.filter)
        self._table.look_like(look)
        if look.unfolded is not self._unfolded:
            self._unfolded, self._turned = look.unfolded, frozenset()
        self._arrange()

    def _now(self) -> datetime:
        return self.app.now() if isinstance(self.app, ActBase) else datetime.now(UTC)

    def _arrange(self) -> None:
        """The lines anew: other rows, another order, another filter."""
        if self.is_mounted:
            self._show(self._found())

    def _found(self) -> Sequence[JobLine]:
        me = {status.name: status.user for status in self.statuses}
        asker = Asker(me, self._now().timestamp())
        return self._lines.show(self.job_views.look, self._query, asker, self._turned)

    def _show(self, lines: Sequence[JobLine]) -> None:
        if self._marks:
            self._marks = self._lines.still_there(self._marks)
        self._known_meant = None
        self._known_reasons.clear()
        self._table.show_marks(self._marks)
        self._table.drawing = self._drawing()
        self._table.show(lines)
        self._draw_around()

    def _drawing(self) -> Drawing:
        colours = self.app.theme_variables
        unfolded, turned = self.job_views.look.unfolded, self._turned
        return Drawing(
            self._now(),
            lambda name: colours.get(name, ""),
            tuple(t for t in self.transfers if t.job and not t.state.ended),
            lambda line: (line.key in turned) is not unfolded,
        )

    def _draw(self) -> None:
        """The same lines as they look by now, and what stands around them."""
        if not self.is_mounted:
            return
        self._table.drawing = self._drawing()
        self._table.refresh_changed()
        self._draw_around()

    def _draw_around(self) -> None:
        self._draw_notice()
        self._draw_tally()
        self._draw_empty()
        self._draw_trouble()

    def _draw_notice(self) -> None:
        text = notice(self.answers, self.statuses, self._tries, self._now())
        if whose := scope_text(self.scope):
            text = f"{whose}; u changes that.\n{text}"
        self._tell("#job-notice", text.rstrip())

    def _draw_tally(self) -> None:
        parts = []
        if self._query.terms:
            parts.append(f"{len(self._lines.matching):,} of {self._lines.total:,} jobs found")
        if self._marks:
            parts.append(f"{len(self._marks):,} marked: the keys mean all of them, Esc unmarks")
        if self.job_views.name:
            parts.append(f"view {visible(self.job_views.name, 40)}")
        self._tell("#job-tally", " · ".join(parts))

    def _draw_empty(self) -> None:
        empty = not self._table.lines
        filtered = bool(self._query.terms)
        text = why_empty(filtered, self.answers, self.statuses) if empty else ""
        self._tell("#job-empty", text)
        self._table.set_class(empty, "empty-table")

    def _tell(self, selector: str, text: str) -> None:
        widget = self.query_one(selector, Static)
        widget.set_class(bool(text), "told")
        if str(widget.content) != text:
            widget.update(Text(text), layout=selector != "#job-tally")  # that one is one line high

    @property
    def _table(self) -> JobTable:
        return self.query_one("#job-table", JobTable)

    @property
    def _filter(self) -> JobFilter:
        return self.query_one(JobFilter)

    # Up: keys → requests

    @property
    def meant(self) -> Sequence[JobLine]:
        """The marked lines, or the one under the cursor."""
        if self._marks:
            if self._known_meant is None:
                self._known_meant = chosen(self._marks, self._lines)
            return self._known_meant
        line = self._table.current
        return () if line is None else (line,)

    def why_not(self, action: str) -> str:
        """The reason from the job under the cursor, or from all that are marked."""
        if not self.is_mounted:
            return ""
        if action not in self._known_reasons:
            self._known_reasons[action] = self._why_not(action)
        return self._known_reasons[action]

    def _why_not(self, action: str) -> str:
        line = self._table.current
        reason = ""
        if action == "submit" and not self.statuses:
            reason = "No cluster is configured yet."
        elif action in (*_CHANGES, "details", "resubmit", "mark", "mark_all") and line is None:
            reason = "There is no job to do it to."
        elif action in _CHANGES:
            reason = job_targets.why_not(action, self.meant, self.lacking)
        elif action == "fold" and (line is None or not (line.tasks or line.array)):
            reason = "This is no array with several rows."
        elif action == "fold_all" and not self._lines.arrays:
            reason = "There is no array with several rows."
        return reason

    @on(JobTable.CursorMoved)
    def look_again(self) -> None:
        """Another job has other troubles and grey keys; the footer changes only at need."""
        if not self._marks:  # the keys mean the marked ones, wherever the cursor goes
            self._known_reasons.clear()
        for action in ("fold", "details", "mark", "mark_all"):
            self._known_reasons.pop(action, None)
        self.post_message(messages.JobMet(self._table.cursor_key))
        self._draw_trouble()

    def _draw_trouble(self) -> None:
        line = self._table.current
        text = job_reasons.told(line, self._table.is_muted(line)) if line else ""
        self._tell("#job-trouble", text)
        self.refresh_bindings()

    @on(JobTable.Chosen)
    def action_details(self) -> None:
        """Everything about the job."""
        if line := self._table.current:
            self.post_message(messages.JobDetailsRequested(line.row, line.counts))

    def action_resubmit(self) -> None:
        """The job's script once more, in the form for a new one."""
        if line := self._table.current:
            self.post_message(ResubmitRequested(line.row.job))

    # Marks and arrays

    def action_mark(self) -> None:
        """Mark the line, go to the next."""
        if line := self._table.current:
            self._mark(job_targets.turned(self._marks, line))
            self._table.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all that was found; all marked already, none."""
        found = job_targets.all_found(self._lines)
        self._mark(frozenset() if found <= self._marks else self._marks | found)

    @on(JobTable.SpanChosen)
    def mark_span(self, event: JobTable.SpanChosen) -> None:
        """Shift over some lines marks them, Ctrl turns one."""
        lines = self._table.lines[event.first : event.last + 1]
        span = self._marks | {line.key for line in lines}
        self._mark(job_targets.turned(self._marks, lines[0]) if event.turn else span)

    def _mark(self, marks: frozenset[JobKey]) -> None:
        self._marks = marks
        self._arrange()

    def action_fold(self) -> None:
        """Open the array, or fold it and stand on it."""
        if (line := self._table.current) is None:
            return
        array = line if line.tasks else line.array
        if array is not None:
            self._turned = self._turned ^ {array.key}
            self._table.stand_on(array.key)
            self._arrange()

    def action_fold_all(self) -> None:
        """Open all arrays, or fold them."""
        look = self.job_views.look
        self._look_changed(replace(look, unfolded=not look.unfolded))

    # The look

    def action_order(self) -> None:
        """What it is sorted by."""
        self.post_message(messages.OrderRequested(self._views()))

    def action_turn_order(self) -> None:
        """The other way round."""
        self._look_changed(self.job_views.look.sorted_by(self.job_views.look.sort))

    @on(JobTable.HeadChosen)
    def sort_by_column(self, event: JobTable.HeadChosen) -> None:
        """Sort by the column whose head was clicked."""
        look = self.job_views.look
        self._look_changed(look.sorted_by(look.columns[event.column].field))

    def action_columns(self) -> None:
        """Which columns."""
        self.post_message(messages.ColumnsRequested(self._views()))

    def action_views(self) -> None:
        """Looks under names."""
        self.post_message(messages.ViewsRequested(self._views()))

    def _views(self) -> JobViews:
        """The views, the look of now with the filter that is typed."""
        views = self.job_views
        return replace(views, look=replace(views.look, filter=self._filter.text.strip()))

    def _look_changed(self, look: JobLook) -> None:
        look = replace(look, filter=self._filter.text.strip())
        self.post_message(messages.LookChanged(replace(self.job_views, look=look)))

    # The filter

    def action_filter(self) -> None:
        """Type one."""
        self._filter.clusters = tuple(status.name for status in self.statuses)
        self._stood_on = self._table.cursor_key
        self._filter.open()

    @on(JobFilter.Changed)
    def narrow(self, event: JobFilter.Changed) -> None:
        """Show what is looked for."""
        event.stop()
        if event.query != self._query:
            self._query = event.query
            if (found := self._found()) is self._table.lines:  # the very same: nothing to draw
                self._draw_around()
            else:
                self._show(found)
            stood_on = self._stood_on  # a filter half typed may have hidden it
            if stood_on is not None and stood_on != self._table.cursor_key:
                self._table.stand_on(stood_on)

    @on(JobFilter.Kept)
    def keep_filter(self, event: JobFilter.Kept) -> None:
        """Remember it, go on in the table."""
        event.stop()
        self._stood_on = None
        self._table.focus()
        views = self._views()
        self.post_message(messages.LookChanged(views.remembering(views.look.filter)))

    def action_show_all(self) -> None:
        """No marks; if there are none, no filter."""
        self._stood_on = self._table.cursor_key
        self._table.focus()
        if self._marks:
            self._mark(frozenset())
        elif self._filter.text or self._filter.has_class("told"):
            self._filter.put("")
            self._look_changed(self.job_views.look)
