"""A table of any length: only the lines in sight are ever drawn, the cursor stays on its key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from podtui.tui.widgets.column_widths import GAP, Cell, ColumnPlan, ColumnSpec, fitted
from podtui.tui.widgets.scrolled import RIGHT, Scrolled

L = TypeVar("L")
K = TypeVar("K", bound=Hashable)
_MEASURED = 150  # lines from the top whose cells decide the widths; further ones once in sight
_STEP = 8  # cells of one step sideways


class LineTable(Scrolled, Generic[L, K], can_focus=True):
    """Lines under a head, with a cursor.

    100,000 lines cost no more to draw than 20: DataTable needs 7.8 s to be filled with 20,000. A
    subclass says what a line is called (`key_of`), and what stands in it (`cells_of`). Enter is
    left to the pane around it, so that its footer can say what Enter does.
    """

    DEFAULT_CSS = """
    LineTable {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow: auto auto;
        scrollbar-size: 1 1;
        & > .line-table--header { background: $surface; color: $secondary; text-style: bold; }
        & > .line-table--hover { background: $surface; }
        & > .line-table--marked { text-style: bold; background: $panel; }
        & > .line-table--cursor { background: $block-cursor-blurred-background; }
        &:focus > .line-table--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-table--header",
        "line-table--hover",
        "line-table--marked",
        "line-table--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("shift+up", "extend(-1)", "Mark up", show=False),
        Binding("shift+down", "extend(1)", "Mark down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,ctrl+home", "edge(0)", "First", show=False),
        Binding("end,ctrl+end", "edge(-1)", "Last", show=False),
        Binding("left", "sideways(-1)", "Left", show=False),
        Binding("right", "sideways(1)", "Right", show=False),
    ]

    class CursorMoved(Message):
        """The cursor stands on another key than before, or on none."""

        def __init__(self, table: LineTable[Any, Any]) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> LineTable[Any, Any]:
            """The table, for `@on(…, "#id")`."""
            return self.table

    class Chosen(CursorMoved):
        """The line the cursor stands on was clicked."""

    class HeadChosen(CursorMoved):
        """The head of a column was clicked: its place among the columns."""

        def __init__(self, table: LineTable[Any, Any], column: int) -> None:
            super().__init__(table)
            self.column = column

    class SpanChosen(CursorMoved):
        """Shift and the cursor or the mouse went over lines: the first and the last place.

        One and the same line twice when it was clicked with Ctrl: that turns it round.
        """

        def __init__(self, table: LineTable[Any, Any], first: int, last: int, turn: bool) -> None:
            super().__init__(table)
            self.first = first
            self.last = last
            self.turn = turn

    def __init__(self, columns: Sequence[ColumnSpec] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = ColumnPlan(columns)
        self._lines: Sequence[L] = ()
        self._at = 0
        self._standing: K | None = None
        self._hover = -1
        self._drawn: dict[int, tuple[Cell, ...]] = {}

    # What a subclass says

    def key_of(self, line: L) -> K:
        """What stays the same of `line` when the rest of it changes."""
        raise NotImplementedError

    def cells_of(self, line: L) -> Sequence[Cell]:
        """What stands in `line`, a cell for each column; its text is harmless already."""
        raise NotImplementedError

    def find(self, key: K, lines: Sequence[L]) -> int | None:
        """Where the line with `key` stands among `lines`; None where it does not."""
        key_of = self.key_of
        return next((at for at, line in enumerate(lines) if key_of(line) == key), None)

    def is_marked(self, line: L) -> bool:  # noqa: ARG002 - for subclasses that mark
        """Whether `line` is one of several chosen ones."""
        return False

    # What is shown

    @property
    def lines(self) -> Sequence[L]:
        """What is shown, from top to bottom."""
        return self._lines

    @property
    def keys(self) -> tuple[K, ...]:
        """The keys, from top to bottom."""
        return tuple(map(self.key_of, self._lines))

    @property
    def cursor_row(self) -> int:
        """Where the cursor stands, from 0."""
        return self._at

    @property
    def current(self) -> L | None:
        """The line under the cursor."""
        return self._lines[self._at] if self._at < len(self._lines) else None

    @property
    def cursor_key(self) -> K | None:
        """The key the cursor stands on."""
        return None if (line := self.current) is None else self.key_of(line)

    def line_text(self, at: int) -> str:
        """What stands in a line, uncut."""
        return " ".join(cell.text for cell in self.cells_of(self._lines[at]))

    def show_columns(
        self, columns: Sequence[ColumnSpec], sorted_by: int | None, *, descending: bool
    ) -> None:
        """Have these columns; the one sorted by carries an arrow."""
        self._columns.set(columns, sorted_by, "▼" if descending else "▲")
        self._plan()

    def show(self, lines: Sequence[L]) -> None:
        """Become `lines`. The cursor stays on its key; where that has gone, in its place."""
        in_sight = self._in_sight(self._at)
        self._at = self._place(lines)
        self._lines = lines
        self._drawn.clear()
        self._hover = -1
        self._plan()
        if in_sight:
            self._reveal()
        self._note_cursor()
        self.refresh()

    def stand_on(self, key: K) -> None:
        """Move the cursor to a key that is there."""
        at = self.find(key, self._lines)
        if at is not None:
            self._go(at)

    def _place(self, lines: Sequence[L]) -> int:
        key, at = self._standing, self._at
        if key is None or not lines:
            return 0
        if at < len(lines) and self.key_of(lines[at]) == key:
            return at
        found = self.find(key, lines)
        return min(at, len(lines) - 1) if found is None else found

    # The cursor

    def _go(self, at: int) -> None:
        before, self._at = self._at, max(0, min(at, len(self._lines) - 1))
        self._reveal()
        self._refresh_row(before)
        self._refresh_row(self._at)
        self._note_cursor()

    def _note_cursor(self) -> None:
        key = self.cursor_key
        if key != self._standing:
            self._standing = key
            self.post_message(self.CursorMoved(self))

    @property
    def _height(self) -> int:
        return max(self.scrollable_content_region.height - 1, 1)

    def _in_sight(self, at: int) -> bool:
        return 0 <= at - self.scroll_offset.y < self._height

    def _reveal(self) -> None:
        top = self.scroll_offset.y
        wanted = min(max(top, self._at - self._height + 1), self._at)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Go up or down."""
        self._go(self._at + by)

    def action_extend(self, by: int) -> None:
        """Go up or down, choosing both lines."""
        before = self._at
        self._go(before + by)
        first, last = sorted((before, self._at))
        if self._lines:
            self.post_message(self.SpanChosen(self, first, last, turn=False))

    def action_page(self, by: int) -> None:
        """Go up or down by what fits on the screen."""
        self._go(self._at + by * self._height)

    def action_edge(self, end: int) -> None:
        """Go to the first or the last line."""
        self._go(0 if end == 0 else len(self._lines) - 1)

    def action_sideways(self, by: int) -> None:
        """Look at columns further left or right."""
        self.scroll_to(x=max(self.scroll_offset.x + by * _STEP, 0), animate=False)

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """A click goes to the line, the next one chooses it; Shift and Ctrl choose several.

        The right button only goes there: the app then shows what can be done.
        """
        at = event.get_content_offset(self)
        if at is None:
            return
        row = at.y - 1 + self.scroll_offset.y
        if event.button == RIGHT:
            if 0 <= row < len(self._lines):
                self._go(row)
        elif at.y == 0:
            column = self._columns.column_at(at.x + self.scroll_offset.x)
            if column is not None:
                self.post_message(self.HeadChosen(self, column))
        elif row < len(self._lines):
            self._click(row, event)

    def _click(self, row: int, event: events.Click) -> None:
        before = self._at
        self._go(row)
        if event.shift:
            first, last = sorted((before, row))
            self.post_message(self.SpanChosen(self, first, last, turn=False))
        elif event.ctrl:
            self.post_message(self.SpanChosen(self, row, row, turn=True))
        elif before == row:
            self.post_message(self.Chosen(self))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The line under the mouse stands out."""
        at = event.get_content_offset(self)
        self._hover_over(-1 if at is None or at.y == 0 else at.y - 1 + self.scroll_offset.y)

    def on_leave(self) -> None:
        """No line stands out."""
        self._hover_over(-1)

    def _hover_over(self, row: int) -> None:
        if row != self._hover:
            before, self._hover = self._hover, row
            self._refresh_row(before)
            self._refresh_row(row)

    # Widths

    def on_resize(self) -> None:
        """There is another room for the columns."""
        self._plan()

    def _plan(self) -> None:
        """Lay the columns out anew."""
        top = (self.cells_of(line) for line in self._lines[:_MEASURED])
        room = max(self.scrollable_content_region.width, 20)
        self._columns.plan(top, room, grow=len(self._lines) > _MEASURED)
        self.virtual_size = Size(self._columns.full_width, len(self._lines) + 1)
        self.refresh()

    # Drawing

    def refresh_changed(self) -> None:
        """Draw the lines in sight anew in which something else stands by now: an age, a bar."""
        top = self.scroll_offset.y
        for row in range(top, min(top + self._height, len(self._lines))):
            if self._drawn.get(row) != tuple(self.cells_of(self._lines[row])):
                self._refresh_row(row)

    def _refresh_row(self, row: int) -> None:
        if row >= 0:
            y = row + 1 - self.scroll_offset.y
            self.refresh(Region(0, y, max(self.size.width, 1), 1))

    def render_line(self, y: int) -> Strip:
        """The head, or the line that stands at row `y` of the widget."""
        width = self.scrollable_content_region.width
        if y == 0:
            style = self.get_component_rich_style("line-table--header")
            return self._strip(self._columns.heads, style, width)
        row = y - 1 + self.scroll_offset.y
        base = self.rich_style
        if row >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[row]
        cells = self.cells_of(line)
        self._drawn[row] = tuple(cells)
        if row >= _MEASURED and self._columns.see(cells):
            self.call_after_refresh(self._plan)
        return self._strip(cells, base, width, self._over(row, line))

    def _over(self, row: int, line: L) -> Style:
        """What lies over a line's own colours."""
        style = Style()
        if self.is_marked(line):
            style += self.get_component_rich_style("line-table--marked", partial=True)
        if row == self._at:
            return style + self.get_component_rich_style("line-table--cursor", partial=True)
        if row == self._hover:
            return style + self.get_component_rich_style("line-table--hover", partial=True)
        return style

    def _strip(
        self, cells: Sequence[Cell], base: Style, width: int, over: Style | None = None
    ) -> Strip:
        segments = []
        plan = self._columns
        for cell, column, room in zip(cells, plan.columns, plan.widths, strict=False):
            if room:
                style = base + Style.parse(cell.style) if cell.style else base
                style = style if over is None else style + over
                text = fitted(cell.text, room, right=column.right, short=cell.short) + " " * GAP
                segments.append(Segment(text, style))
        left = self.scroll_offset.x
        strip = Strip(segments, plan.full_width)
        rest = base if over is None else base + over
        return strip.extend_cell_length(left + width, rest).crop(left, left + width)
