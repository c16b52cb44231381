"""Every binding of podtui with the keys it has: those of one's own are marked."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.text import visible
from podtui.tui.keymap import BoundKey
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_COLUMNS = (
    ColumnSpec("Binding", 14, 26),
    ColumnSpec("Key", 8, 20),
    ColumnSpec("", 9, 10),
    ColumnSpec("What it does", 10, 60),
)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A binding, the keys it shall have, and where these stand: "default", "file", "● changed"."""

    bound: BoundKey
    keys: str
    where: str


class KeyBindingsTable(LineTable[KeyLine, str]):
    """A line a binding."""

    def __init__(self, *, id: str) -> None:
        super().__init__(_COLUMNS, id=id)

    def key_of(self, line: KeyLine) -> str:
        """The binding's id."""
        return line.bound.id

    def cells_of(self, line: KeyLine) -> list[Cell]:
        """Id, keys, where they stand, what it does."""
        colours = self.app.theme_variables
        style = colours.get("text-warning", "") if line.where.startswith("●") else "dim"
        return [
            Cell(line.bound.id),
            Cell(visible(line.keys, 40), "bold"),
            Cell(line.where, style),
            Cell(visible(line.bound.description, 60)),
        ]
