"""How wide the columns of a table are, and cells cut to them: arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

GAP = 1  # cells between two columns


class Cell(NamedTuple):
    """What stands in a line under a column, harmless already; `style` is one of rich's.

    `short` stands there instead where `text` would be cut.
    """

    text: str
    style: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column: its width is that of its content, between `least` and `most` cells.

    Where the table is too narrow, columns shrink, the one with most to spare first; where even the
    least widths do not fit, `optional` columns go, the last first.
    """

    label: str
    least: int = 4
    most: int = 40
    right: bool = False
    optional: bool = False


def plan_widths(specs: Sequence[ColumnSpec], natural: Sequence[int], room: int) -> tuple[int, ...]:
    """A width for each column, 0 for one left out, together at most `room` where that can be."""
    widths = [
        max(spec.least, min(wish, spec.most)) for spec, wish in zip(specs, natural, strict=True)
    ]
    for at in reversed(range(len(specs))):
        least = sum(s.least + GAP for s, w in zip(specs, widths, strict=True) if w)
        if specs[at].optional and least > room:
            widths[at] = 0
    while sum(width + GAP for width in widths if width) > room:
        slack, widest = max(
            ((w - s.least, at) for at, (w, s) in enumerate(zip(widths, specs, strict=True))),
            default=(0, 0),
        )
        if slack <= 0:
            break
        widths[widest] -= 1
    return tuple(widths)


class ColumnPlan:
    """The columns of a table as they are laid out now; the one sorted by carries an arrow."""

    def __init__(self, columns: Sequence[ColumnSpec]) -> None:
        self.columns = tuple(columns)
        self.widths: tuple[int, ...] = ()
        self._natural: list[int] = []
        self._arrow: tuple[int, str] = (-1, "")

    @property
    def full_width(self) -> int:
        """All columns and the gaps behind them, in cells."""
        return sum(width + GAP for width in self.widths if width)

    def set(self, columns: Sequence[ColumnSpec], sorted_by: int | None, arrow: str) -> None:
        """Other columns, or another one sorted by."""
        self._arrow = (-1, "") if sorted_by is None else (sorted_by, arrow)
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self._natural = []

    @property
    def heads(self) -> tuple[Cell, ...]:
        """The labels."""
        at, arrow = self._arrow
        return tuple(
            Cell(f"{arrow}{column.label}" if number == at else column.label)
            for number, column in enumerate(self.columns)
        )

    def plan(self, lines: Iterable[Sequence[Cell]], room: int, *, grow: bool) -> None:
        """Lay out for these lines in `room` cells; with `grow` no content seen before is cut."""
        natural = [0] * len(self.columns)
        widen(natural, self.heads)
        for cells in lines:
            widen(natural, cells)
        if grow and len(self._natural) == len(natural):
            natural = list(map(max, natural, self._natural))
        self._natural = natural
        self.widths = plan_widths(self.columns, natural, room)

    def see(self, cells: Sequence[Cell]) -> bool:
        """A line that was not planned for came into sight: whether it asks for more room."""
        before = list(self._natural)
        widen(self._natural, cells)
        return self._natural != before

    def column_at(self, x: int) -> int | None:
        """The column that stands `x` cells from the left."""
        left = 0
        for at, width in enumerate(self.widths):
            if width and left <= x < left + width + GAP:
                return at
            left += width + GAP if width else 0
        return None


def fitted(text: str, width: int, *, right: bool = False, short: str = "") -> str:
    """`text`, or else `short`, cut with an ellipsis or filled up to exactly `width` cells."""
    size = len(text) if text.isascii() else cell_len(text)
    if size > width and short:
        return fitted(short, width, right=right)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - size) + text if right else text + " " * (width - size)


def widen(widths: list[int], cells: Sequence[Cell]) -> None:
    """Make room for what stands in the cells of a line."""
    for at, (text, *_) in enumerate(cells):
        widths[at] = max(widths[at], len(text) if text.isascii() else cell_len(text))
