"""A list of lines of any length: only the visible ones are ever drawn."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from podtui.tui.widgets.scrolled import RIGHT, Scrolled

L = TypeVar("L")


class LineList(Scrolled, Generic[L], can_focus=True):
    """Lines with a cursor that stays on its line's key when lines come and go.

    A folder of 100,000 entries costs no more to draw than one of 20. A subclass says by `draw` how
    one line looks at a given width, and by `key_of` what it is called.
    """

    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;
        & > .line-list--cursor { background: $block-cursor-blurred-background; }
        &:focus > .line-list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        & > .line-list--muted { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--muted"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(-1)", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    class Chosen(Message):
        """A line was clicked twice, or Enter was pressed on it."""

        def __init__(self, lines: LineList[Any]) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> LineList[Any]:
            """The list it happened in."""
            return self.lines

    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[L, ...] = ()
        self.nothing = ""

    def key_of(self, line: L) -> str:
        """What stays the same of `line` when the rest of it changes."""
        raise NotImplementedError

    def draw(self, line: L, width: int) -> Text:
        """How `line` looks in `width` cells."""
        raise NotImplementedError

    @property
    def lines(self) -> tuple[L, ...]:
        """What is shown."""
        return self._lines

    @property
    def current(self) -> L | None:
        """The line under the cursor."""
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def show(self, lines: tuple[L, ...], *, nothing: str = "", cursor: str = "") -> None:
        """Show `lines`, or the text `nothing` when there are none; stay on the line we were on."""
        before = self.current
        wanted = cursor or (self.key_of(before) if before is not None else "")
        place = next((i for i, line in enumerate(lines) if self.key_of(line) == wanted), None)
        if place is None:
            place = min(self.cursor, max(len(lines) - 1, 0))
        self._lines = lines
        self.nothing = nothing
        self.virtual_size = Size(0, len(lines))
        self.set_reactive(LineList.cursor, place)
        self.call_after_refresh(self._reveal)
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return max(0, min(cursor, len(self._lines) - 1))

    def watch_cursor(self) -> None:
        """Follow the cursor."""
        self._reveal()
        self.refresh()

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Go up or down."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Go up or down by what fits on the screen."""
        self.cursor += by * max(self.scrollable_content_region.height - 1, 1)

    def action_edge(self, end: int) -> None:
        """Go to the first or the last line."""
        self.cursor = 0 if end == 0 else len(self._lines) - 1

    def action_choose(self) -> None:
        """Choose the line under the cursor."""
        if self._lines:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """A click goes to the line, the second one chooses it."""
        at = event.get_content_offset(self)
        if at is None:
            return
        place = at.y + self.scroll_offset.y
        if place < len(self._lines):
            self.cursor = place
            if event.chain == 2 and event.button != RIGHT:
                self.post_message(self.Chosen(self))

    def render_line(self, y: int) -> Strip:
        """Draw the line that stands at row `y` of the widget."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self._lines):
            return self._note(y, width, base)
        text = self.draw(self._lines[place], width)
        text.truncate(width, overflow="ellipsis", pad=True)
        over = Style()
        if place == self.cursor:
            over = self.get_component_rich_style("line-list--cursor")
        drawn = Segment.apply_style(text.render(self.app.console), base, over)
        return Strip(segment for segment in drawn if segment.text != "\n").adjust_cell_length(
            width, base + over
        )

    def _note(self, y: int, width: int, base: Style) -> Strip:
        """A row of the text that stands in an empty list."""
        rows = list(Text(self.nothing).wrap(self.app.console, max(width - 2, 1)))
        if self._lines or not 0 < y <= len(rows):
            return Strip.blank(width, base)
        style = base + self.get_component_rich_style("line-list--muted", partial=True)
        text = " " + rows[y - 1].plain
        return Strip([Segment(text, style)]).adjust_cell_length(width, base)
