"""Which columns the job table has, in which order, how wide."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from podtui.domain.job_columns import BY_NAME, FIELDS
from podtui.domain.job_views import FIRST_CHOICE, ColumnChoice, JobViews
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_COLUMNS = (ColumnSpec("Column", 12, 14), ColumnSpec("Width", 6, 6), ColumnSpec("Tells", 20, 46))
_KEYS = "Space shows or hides, K and J move, + and - width, 0 fits, d as at first"
_LEAST, _MOST = 3, 100  # cells


class ColumnTable(LineTable[ColumnChoice, str]):
    """A line for each column there could be, those that are shown first."""

    shown: frozenset[str] = frozenset()

    def key_of(self, line: ColumnChoice) -> str:
        """The field."""
        return line.field

    def cells_of(self, line: ColumnChoice) -> list[Cell]:
        """Shown or not, its width, what it tells."""
        field = BY_NAME[line.field]
        glyph = "☑" if line.field in self.shown else "☐"
        width = str(line.width) if line.width else "fits"
        style = "" if line.field in self.shown else "dim"
        return [Cell(f"{glyph} {field.label}", style), Cell(width, style), Cell(field.tells, style)]


class ColumnsScreen(Modal[JobViews | None]):
    """Enter takes them, Esc leaves all as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="columns.take", tooltip="Have these columns"),
        Binding("space", "turn", "Show or hide", id="columns.turn", tooltip="Show or hide it"),
        Binding("K,ctrl+up", "move(-1)", "Move up", id="columns.up", tooltip="Further left"),
        Binding("J,ctrl+down", "move(1)", "Move down", id="columns.down", tooltip="Further right"),
        Binding("plus", "widen(1)", "Wider", id="columns.wider", tooltip="One cell wider"),
        Binding("minus", "widen(-1)", "Narrower", id="columns.narrower", tooltip="One less"),
        Binding("0", "widen(0)", "As wide as needed", id="columns.fit", tooltip="Fit the content"),
        Binding("d", "reset", "As at first", id="columns.reset", tooltip="The first columns"),
        Binding("escape", "decline", "Never mind", id="columns.no", tooltip="Change nothing"),
    ]
    AUTO_FOCUS = "ColumnTable"

    def __init__(self, views: JobViews) -> None:
        super().__init__(classes="dialog")
        self._views = views
        self._choices: list[ColumnChoice] = []
        self._shown: set[str] = set()
        self._have(views.look.columns)

    def _have(self, chosen: tuple[ColumnChoice, ...]) -> None:
        self._shown = {choice.field for choice in chosen}
        rest = [ColumnChoice(f.name) for f in FIELDS if f.name not in self._shown]
        self._choices = [*chosen, *rest]

    def compose(self) -> ComposeResult:
        """The columns and what the keys do."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable("Enter takes them · Esc closes")
            yield Label("Columns", classes="dialog-title")
            yield Static(_KEYS, classes="dialog-body")
            yield ColumnTable(_COLUMNS)
            yield Static("", markup=False, classes="dialog-problem")

    def on_mount(self) -> None:
        """Show them."""
        self._draw()

    def _draw(self) -> None:
        table = self.query_one(ColumnTable)
        table.shown = frozenset(self._shown)
        table.show(tuple(self._choices))

    @on(LineTable.Chosen)
    def action_turn(self) -> None:
        """Show or hide the column; so does a click on the line stood on."""
        if choice := self.query_one(ColumnTable).current:
            self._shown ^= {choice.field}
            self._draw()

    def action_move(self, by: int) -> None:
        """Move the column."""
        at = self.query_one(ColumnTable).cursor_row
        if 0 <= at + by < len(self._choices):
            self._choices.insert(at + by, self._choices.pop(at))
            self._draw()

    def action_widen(self, by: int) -> None:
        """Make it wider or narrower; by nothing, as wide as its content."""
        table = self.query_one(ColumnTable)
        if choice := table.current:
            width = choice.width or BY_NAME[choice.field].least
            width = max(_LEAST, min(width + by, _MOST)) if by else 0
            self._choices[table.cursor_row] = replace(choice, width=width)
            self._draw()

    def action_reset(self) -> None:
        """As at first."""
        self._have(FIRST_CHOICE)
        self._draw()

    def action_take(self) -> None:
        """Have these."""
        chosen = tuple(choice for choice in self._choices if choice.field in self._shown)
        if not chosen:
            self.query_one(".dialog-problem", Static).update("One column at least.")
            return
        look = replace(self._views.look, columns=chosen)
        self.dismiss(replace(self._views, look=look))

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)
