"""Which columns the Files pane has, and what it is sorted by."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label

from podtui.domain.bookmarks import FileViews
from podtui.domain.file_look import FILE_FIELDS, FileField, FileLook
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_COLUMNS = (ColumnSpec("Column", 12, 14), ColumnSpec("Sorted", 6, 6), ColumnSpec("Tells", 20, 50))


class FileFieldTable(LineTable[FileField, str]):
    """A line for each thing an entry can show."""

    look: FileLook = FileLook()

    def key_of(self, line: FileField) -> str:
        """Its name."""
        return line.name

    def cells_of(self, line: FileField) -> list[Cell]:
        """Shown or not, sorted by or not, what it tells."""
        shown = line.name in self.look.columns
        arrow = ("▼" if self.look.descending else "▲") if line.name == self.look.sort else ""
        style = "" if shown else "dim"
        return [
            Cell(f"{'☑' if shown else '☐'} {line.label}", style),
            Cell(arrow),
            Cell(line.tells, style),
        ]


class FileColumnsScreen(Modal[FileViews | None]):
    """Enter takes them, Esc leaves all as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="file_columns.take", tooltip="Have these columns"),
        Binding("space", "turn", "Show or hide", id="file_columns.turn", tooltip="The column"),
        Binding("s", "sort", "Sort", id="file_columns.sort", tooltip="Sort by it, or turn"),
        Binding("escape", "decline", "Never mind", id="file_columns.no", tooltip="As it was"),
    ]
    AUTO_FOCUS = "FileFieldTable"

    def __init__(self, views: FileViews) -> None:
        super().__init__(classes="dialog")
        self._views = views

    def compose(self) -> ComposeResult:
        """The columns and what the keys do."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable(
                "Enter takes them · Space shows or hides · s sorts · Esc closes"
            )
            yield Label("Columns and order", classes="dialog-title")
            yield FileFieldTable(_COLUMNS)

    def on_mount(self) -> None:
        """Show them."""
        self._have(self._views.look)

    def _have(self, look: FileLook) -> None:
        self._views = replace(self._views, look=look)
        table = self.query_one(FileFieldTable)
        table.look = look
        table.show(FILE_FIELDS)

    @on(LineTable.Chosen)
    def action_turn(self) -> None:
        """Show or hide the column; so does a click on the line stood on."""
        if field := self.query_one(FileFieldTable).current:
            turned = self._views.look.turned(field.name)
            if turned == self._views.look:
                self.notify(f"{field.label} stays: an entry is known by it.", markup=False)
            self._have(turned)

    def action_sort(self) -> None:
        """Sort by it; once more, the other way round."""
        if field := self.query_one(FileFieldTable).current:
            self._have(self._views.look.sorted_by(field.name))

    def action_take(self) -> None:
        """Have these."""
        self.dismiss(self._views)

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)
