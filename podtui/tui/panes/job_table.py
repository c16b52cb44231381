"""The table of the Jobs pane: job lines, some of them marked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from podtui.domain.job import JobKey
from podtui.domain.job_line import JobLine
from podtui.domain.job_views import JobLook
from podtui.domain.mutes import Mutes
from podtui.tui.panes.job_cells import Drawing, cells, columns
from podtui.tui.widgets.column_widths import Cell
from podtui.tui.widgets.line_table import LineTable


class JobTable(LineTable[JobLine, JobKey]):
    """Draws lines as `drawing` says; a mark stands before the first column while there are any.

    `line_of` tells the line that stands for a job now, whether it is shown or not.
    """

    def __init__(
        self, line_of: Callable[[JobKey], JobLine | None], *, id: str | None = None
    ) -> None:
        super().__init__(columns(JobLook()), id=id)
        self.line_of = line_of
        self.drawing = Drawing()
        self._marks: Collection[JobKey] = frozenset()
        self._mutes = Mutes()
        self._fields: tuple[str, ...] = tuple(choice.field for choice in JobLook().columns)

    def key_of(self, line: JobLine) -> JobKey:
        """Cluster and id."""
        return line.key

    def find(self, key: JobKey, lines: Sequence[JobLine]) -> int | None:
        """Where it stands, found at the speed of C: a line is the same object as long as it is."""
        with suppress(ValueError):
            return None if (line := self.line_of(key)) is None else lines.index(line)
        return None

    def cells_of(self, line: JobLine) -> Sequence[Cell]:
        """The cells of the chosen columns."""
        drawn = cells(line, self._fields, self.drawing)
        if "state" in self._fields and self.is_muted(line):
            at = self._fields.index("state")
            text, style, short = drawn[at]
            drawn[at] = Cell(f"{text} ∅ muted", style, f"{short or text} ∅")
        if self._marks:
            mark = "● " if self.is_marked(line) else "  "
            drawn[0] = drawn[0]._replace(text=mark + drawn[0].text)
        return drawn

    def is_marked(self, line: JobLine) -> bool:
        """Whether it is marked, or the array it belongs to is."""
        return bool(self._marks) and (
            line.key in self._marks or (line.array is not None and line.array.key in self._marks)
        )

    def look_like(self, look: JobLook) -> None:
        """Have the columns of a look, and the arrow of its order."""
        self._fields = tuple(choice.field for choice in look.columns)
        at = self._fields.index(look.sort) if look.sort in self._fields else None
        self.show_columns(columns(look), at, descending=look.descending)

    def is_muted(self, line: JobLine) -> bool:
        """Whether its end is not told."""
        return bool(self._mutes.names) and line.row in self._mutes

    def show_mutes(self, mutes: Mutes) -> None:
        """Tell which jobs are muted."""
        self._mutes = mutes
        self._plan()
        self.refresh()

    def show_marks(self, marks: Collection[JobKey]) -> None:
        """Mark the lines with these keys; does not draw."""
        self._marks = marks
