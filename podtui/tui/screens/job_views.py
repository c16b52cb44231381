"""Looks of the job table kept under names."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from podtui.domain.job_columns import BY_NAME
from podtui.domain.job_views import JobLook, JobViews
from podtui.domain.text import visible
from podtui.tui.screens.dialogs import Ask, Confirm
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_COLUMNS = (
    ColumnSpec("View", 10, 24),
    ColumnSpec("Filter", 10, 40),
    ColumnSpec("Sorted by", 9, 14),
    ColumnSpec("Columns", 10, 60),
)
_FIRST = ""  # the key of the look podtui begins with
_LONGEST = 40  # characters of a name


class ViewTable(LineTable[tuple[str, JobLook], str]):
    """A line for each view; the first is how podtui looks by itself."""

    def key_of(self, line: tuple[str, JobLook]) -> str:
        """The name."""
        return line[0]

    def cells_of(self, line: tuple[str, JobLook]) -> list[Cell]:
        """Name, filter, order, columns."""
        name, look = line
        labels = ", ".join(BY_NAME[column.field].label for column in look.columns)
        arrow = "▼" if look.descending else "▲"
        return [
            Cell(visible(name, _LONGEST) or "(as at first)"),
            Cell(visible(look.filter, 80) or "–"),
            Cell(f"{arrow} {BY_NAME[look.sort].label}"),
            Cell(labels),
        ]


class ViewsScreen(Modal[JobViews | None]):
    """Enter takes one; s keeps what is shown now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="views.take", tooltip="Look like this"),
        Binding("s", "keep", "Keep", id="views.keep", tooltip="Keep the look of now under a name"),
        Binding("d", "drop", "Drop", id="views.drop", tooltip="Forget this view"),
        Binding("escape", "decline", "Close", id="views.no", tooltip="Change nothing"),
    ]
    AUTO_FOCUS = "ViewTable"

    def __init__(self, views: JobViews) -> None:
        super().__init__(classes="dialog")
        self._views = views

    def compose(self) -> ComposeResult:
        """The views and what the keys do."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable(
                "Enter takes · s keeps what is shown now · d drops · Esc closes"
            )
            yield Label("Views", classes="dialog-title")
            yield ViewTable(_COLUMNS)
            yield Static("", markup=False, classes="dialog-problem")

    def on_mount(self) -> None:
        """Stand on the one in use."""
        table = self.query_one(ViewTable)
        table.show(((_FIRST, JobLook()), *self._views.named))
        table.stand_on(self._views.name)

    @on(ViewTable.Chosen)
    def action_take(self) -> None:
        """Look like the view under the cursor."""
        if line := self.query_one(ViewTable).current:
            self.dismiss(replace(self._views, look=line[1], name=line[0]))

    def action_keep(self) -> None:
        """Ask for a name, and keep the look of now under it."""
        question = Ask("Keep this view", "Name:", self._views.name, _no_name)
        self.app.push_screen(question, self._kept)

    def _kept(self, name: str | None) -> None:
        if name is not None:
            self.dismiss(self._views.kept(name.strip()))

    def action_drop(self) -> None:
        """Forget the view under the cursor, if the person is sure."""
        line = self.query_one(ViewTable).current
        if line is None or line[0] == _FIRST:
            self.query_one(".dialog-problem", Static).update("This one cannot be dropped.")
            return

        def drop(sure: bool | None) -> None:
            if sure:
                self.dismiss(self._views.dropped(line[0]))

        name = visible(line[0], _LONGEST)
        body = "Its columns, order and filter are forgotten. No job is touched."
        self.app.push_screen(Confirm(f"Drop the view {name}?", body, "Drop", "Keep"), drop)

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _no_name(name: str) -> str:
    name = name.strip()
    if not name:
        return "Type a name."
    return f"At most {_LONGEST} characters." if len(name) > _LONGEST else ""
