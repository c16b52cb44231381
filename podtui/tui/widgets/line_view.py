"""Text of any length, wrapped or not: only the visible lines are ever drawn."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar

from rich.cells import cached_cell_len, get_character_cell_size
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from podtui.tui.widgets.scrolled import Scrolled

_BEFORE = 80  # cells, as long as nobody has said how wide it is


def cuts(plain: str, width: int) -> list[int]:
    """Where `plain` begins a new row of `width` cells; the first is 0."""
    if plain.isascii():
        return list(range(0, len(plain), width)) or [0]
    if cached_cell_len(plain) <= width:
        return [0]
    found, used = [0], 0
    for at, char in enumerate(plain):
        size = get_character_cell_size(char)
        if used and used + size > width:
            found.append(at)
            used = 0
        used += size
    return found


def word_cuts(plain: str, width: int) -> list[int]:
    """The same between words, where there are any."""
    found, begin = [0], 0
    while len(rows := cuts(plain[begin : begin + width + 1], width)) > 1:
        hard = begin + rows[1]
        blank = plain.rfind(" ", begin, hard + 1)
        begin = blank + 1 if plain[begin : max(blank, begin)].strip() else hard
        found.append(begin)
    return found


class LineView(Scrolled, can_focus=True):
    """Lines that a subclass gives one by one; `wrap` breaks those that are too long.

    One line may be `marked` (what was found), and `pattern` is shown wherever it stands.
    """

    DEFAULT_CSS = """
    LineView {
        height: 1fr;
        overflow-y: auto;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .line-view--marked { background: $block-cursor-blurred-background; }
        &:focus > .line-view--marked { background: $surface-lighten-2; }
        & > .line-view--match { background: $warning; color: $background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-view--marked", "line-view--match"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_rows(-1)", "Up", show=False),
        Binding("down,j", "scroll_rows(1)", "Down", show=False),
        Binding("pageup,b", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First line", show=False),
        Binding("end", "edge(-1)", "Last line", show=False),
        Binding("less_than_sign,shift+left", "sideways(-1)", "Left", show=False),
        Binding("greater_than_sign,shift+right", "sideways(1)", "Right", show=False),
    ]

    wrap: reactive[bool] = reactive(True, init=False)
    marked: reactive[int | None] = reactive(None, init=False)
    pattern: reactive[re.Pattern[str] | None] = reactive(None, init=False)

    class Moved(Message):
        """Other lines are seen now, or a key tried to go beyond the first or the last."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = array("L", [0])  # the row each line begins at, and the number of rows
        self._laid_out = 0  # the width they are for
        self._bottom = False  # whether the last row is to stay in sight
        self._settled = Size()  # what it was laid out in last

    # What a subclass gives

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_text(self, line: int) -> Text:
        """How a line looks; nothing in it acts on a terminal."""
        raise NotImplementedError

    def line_rows(self, line: int, width: int) -> int:
        """How many rows of `width` cells a line takes."""
        return len(self.row_starts(self.line_text(line).plain, width))

    def row_starts(self, plain: str, width: int) -> list[int]:
        """Where a line is broken."""
        return cuts(plain, width)

    def widest(self) -> int:
        """At most how many cells a line takes."""
        return max((self.line_text(at).cell_len for at in range(self.line_count)), default=0)

    # Layout

    @property
    def _width(self) -> int:
        return max(self.scrollable_content_region.width, 0) or _BEFORE

    def lay_out(self, top: tuple[int, int] | None = None) -> None:
        """Count the rows anew, and stand on line and row `top`, the present ones without."""
        (line, row), bottom = top or self.top, self._bottom
        self._laid_out = self._width
        if self.wrap:
            heights = (self.line_rows(at, self._laid_out) for at in range(self.line_count))
        else:
            heights = (1 for _ in range(self.line_count))
        self._rows = array("L", accumulate(heights, initial=0))
        wide = 0 if self.wrap else self.widest()
        self.virtual_size = Size(wide, self._rows[-1])
        self.scroll_to(
            None if not self.wrap else 0,
            self._row_of(line) + row,
            animate=False,
            force=True,
            immediate=True,
        )
        self._bottom = False
        if bottom and top is None:
            self.to_bottom()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Another width wraps otherwise; the last row stays in sight."""
        bottom = self._bottom
        if self._laid_out != self._width:
            self.lay_out()
        self._settled = self.size
        if bottom:
            self._bottom = True
            self.call_after_refresh(self._keep_bottom)

    def _keep_bottom(self) -> None:
        if self._bottom:
            self.to_bottom()

    def watch_wrap(self) -> None:
        """Wrap, or do not."""
        self.lay_out()

    def watch_marked(self) -> None:
        """Show which line it is."""
        self.refresh()

    def watch_pattern(self) -> None:
        """Show where it stands."""
        self.refresh()

    def _row_of(self, line: int) -> int:
        return self._rows[min(max(line, 0), len(self._rows) - 1)]

    def line_of_row(self, row: int) -> int:
        """The line that stands at a row."""
        return max(0, min(bisect_right(self._rows, row) - 1, self.line_count - 1))

    @property
    def top(self) -> tuple[int, int]:
        """The first visible line, and how many of its rows are above."""
        row = self.scroll_offset.y
        line = self.line_of_row(row)
        return line, row - self._row_of(line)

    @property
    def last_seen(self) -> int:
        """The last visible line."""
        return self.line_of_row(self.scroll_offset.y + max(self.size.height, 1) - 1)

    @property
    def at_bottom(self) -> bool:
        """Whether the last row is seen."""
        return self.scroll_offset.y >= self.max_scroll_y

    @property
    def sticks(self) -> bool:
        """Whether the last row was seen when something was last moved."""
        return self._bottom

    def to_bottom(self) -> None:
        """Show the last row, and keep it in sight."""
        self.scroll_to(None, self._rows[-1], animate=False, force=True, immediate=True)
        self._bottom = True

    def reveal(self, line: int) -> None:
        """Mark a line, and show it with what stands around it."""
        self.marked = line
        row, height = self._row_of(line), max(self.size.height, 1)
        if not self.scroll_offset.y <= row < self.scroll_offset.y + height - 1:
            self.scroll_to(None, row - height // 3, animate=False, force=True, immediate=True)
        self._bottom = False  # what was found stays in sight, whatever is added

    def visible_text(self) -> str:
        """The lines that are seen, whole."""
        lines = range(self.top[0], min(self.last_seen + 1, self.line_count))
        return "\n".join(self.line_text(line).plain for line in lines)

    # Keys

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other lines are seen."""
        super().watch_scroll_y(old_value, new_value)
        if self.size == self._settled:  # else it is the layout that moves, and no person
            self._bottom = self.at_bottom
        if round(old_value) != round(new_value):
            self.post_message(self.Moved())

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """A bar that comes after the scrolling stands where the lines are, not at the top."""
        if shown:
            self.vertical_scrollbar.position = self.scroll_y

    def action_scroll_rows(self, by: int) -> None:
        """Up or down."""
        self._go(by)

    def action_scroll_pages(self, by: int) -> None:
        """Up or down by what is seen."""
        self._go(by * max(self.size.height - 1, 1))

    def _go(self, by: int) -> None:
        self.scroll_to(None, self.scroll_offset.y + by, animate=False, force=True, immediate=True)
        self.post_message(self.Moved())

    def action_edge(self, end: int) -> None:
        """To the first or the last row."""
        self.scroll_to(
            None, 0 if end == 0 else self._rows[-1], animate=False, force=True, immediate=True
        )
        self.post_message(self.Moved())

    def action_sideways(self, by: int) -> None:
        """Left or right, where long lines are not wrapped."""
        self.scroll_to(
            self.scroll_offset.x + by * self._width // 2, animate=False, force=True, immediate=True
        )

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw the row that stands at `y` of the widget."""
        row, width, base = y + self.scroll_offset.y, self._width, self.rich_style
        if row >= self._rows[-1]:
            return Strip.blank(width, base)
        line = self.line_of_row(row)
        text = self._decorated(line)
        if self.wrap:
            places = self.row_starts(text.plain, self._laid_out)
            at = row - self._row_of(line)
            if at >= len(places):
                return Strip.blank(width, base)
            text = text[places[at] : places[at + 1] if at + 1 < len(places) else len(text.plain)]
        over = self.get_component_rich_style("line-view--marked") if line == self.marked else base
        segments = Segment.apply_style(text.render(self.app.console), over)
        strip = Strip(segment for segment in segments if segment.text != "\n")
        left = 0 if self.wrap else self.scroll_offset.x
        return strip.crop(left, left + width).adjust_cell_length(width, over)

    def _decorated(self, line: int) -> Text:
        text = self.line_text(line)
        if self.pattern is not None and self.pattern.search(text.plain):
            text = text.copy()
            style = self.get_component_rich_style("line-view--match")
            for match in self.pattern.finditer(text.plain):
                text.stylize(style, match.start(), match.end())
        text.end = ""
        return text
