"""How a change of several jobs goes: a line each, alive until it is through."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from podtui.domain.job import JobKey
from podtui.domain.job_changes import Ending, JobRun, Outcome
from podtui.domain.text import visible
from podtui.tui.glyphs import Mark
from podtui.tui.messages import StopChangeRequested
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.standing import stands
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_COLUMNS = (
    ColumnSpec("Cluster", 7, 14),
    ColumnSpec("ID", 9, 20),
    ColumnSpec("Name", 8, 20),
    ColumnSpec("Result", 11, 14),
    ColumnSpec("Why", 10, 200),
)
_MARKS = {
    Ending.WAITING: Mark("○", "waiting", "foreground"),
    Ending.DONE: Mark("✓", "done", "success"),
    Ending.FAILED: Mark("✗", "failed", "error"),
    Ending.UNKNOWN: Mark("?", "unknown", "warning"),
    Ending.NOT_TRIED: Mark("–", "not tried", "warning"),
}
_FIRST = (Ending.FAILED, Ending.UNKNOWN, Ending.NOT_TRIED, Ending.WAITING, Ending.DONE)


class ResultTable(LineTable[Outcome, JobKey]):
    """A line for each job."""

    def key_of(self, line: Outcome) -> JobKey:
        """The job's."""
        return line.target.key

    def cells_of(self, line: Outcome) -> list[Cell]:
        """Which job, how it went and why."""
        job, mark = line.target.row.job, _MARKS[line.ending]
        return [
            Cell(visible(job.cluster, 24)),
            Cell(visible(job.id, 60)),
            Cell(visible(job.name, 60)),
            Cell(mark.text, mark.style(self.app)),
            Cell(visible(line.reason, 300)),
        ]


class JobResultsScreen(Modal[None]):
    """What failed stands first. Closing it stops nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close", id="results.close", tooltip="Back"),
        Binding("x", "stop", "Stop", id="results.stop", tooltip="Begin no further one"),
    ]
    AUTO_FOCUS = "ResultTable"

    def __init__(self) -> None:
        super().__init__(classes="dialog")
        self._ended = False

    def compose(self) -> ComposeResult:
        """Where it stands, a line each, the reason of the one under the cursor."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable("Esc closes · x stops")
            yield Label("", markup=False, classes="dialog-title", id="results-title")
            yield ResultTable(_COLUMNS)
            yield Static("", markup=False, classes="dialog-problem", id="results-reason")

    def on_mount(self) -> None:
        """Follow the app's run."""
        self.watch(self.app, "job_run", self._see)

    def _see(self, run: JobRun | None) -> None:
        if not stands(self):
            return
        title = self.query_one("#results-title", Label)
        if run is None:
            title.update("No change of several jobs was made yet.")
            return
        title.update(run_title(run))
        ordered = sorted(run.outcomes, key=lambda outcome: _FIRST.index(outcome.ending))
        table = self.query_one(ResultTable)
        table.show(ordered)
        if run.ended and not self._ended:  # what failed stands first: tell why
            table.stand_on(table.key_of(ordered[0]))
        self._ended = run.ended
        self.look_again()

    def on_line_table_cursor_moved(self) -> None:
        """Another line, another reason."""
        self.look_again()

    def look_again(self) -> None:
        """Show the whole reason of the line under the cursor."""
        line = self.query_one(ResultTable).current
        reason = f"{line.reason} {line.hint}".strip() if line else ""
        self.query_one("#results-reason", Static).update(visible(reason, 400))

    def action_stop(self) -> None:
        """Begin no further one."""
        self.post_message(StopChangeRequested())

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def run_title(run: JobRun) -> str:
    """`Cancel: 12 of 37 done, 1 failed`."""
    parts = [f"{run.count(Ending.DONE):,} of {len(run.outcomes):,} done"]
    for ending in (Ending.FAILED, Ending.UNKNOWN, Ending.NOT_TRIED):
        if number := run.count(ending):
            parts.append(f"{number:,} {ending.value}")
    if (left := run.count(Ending.WAITING)) and run.ended:
        parts.append(f"stopped, {left:,} not begun")
    return f"{run.change.value.capitalize()}: {', '.join(parts)}{'' if run.ended else ' …'}"
