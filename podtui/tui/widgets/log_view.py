"""The lines of a log's window, as a terminal would leave them."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.reactive import reactive

from podtui.domain.log_text import Colour, Pen, shown_line
from podtui.domain.log_view import LONGEST, LogWindow
from podtui.tui.widgets.line_view import LineView, cuts

_ODD = re.compile(rb"[^\x20-\x7e]")


class LogView(LineView):
    """One window on a log. What is seen stays where it is when another window is shown.

    `codes` shows colour codes and carriage returns as they stand instead of honouring them.
    """

    codes: reactive[bool] = reactive(False, init=False)

    class EdgeWanted(Message):
        """The first (0) or the last (-1) line of the file is wanted."""

        def __init__(self, end: int) -> None:
            super().__init__()
            self.end = end

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._window = LogWindow.of(0, b"", 0)

    @property
    def window(self) -> LogWindow:
        """What is shown."""
        return self._window

    @property
    def line_count(self) -> int:
        """How many lines the window has."""
        return len(self._window)

    def line_text(self, line: int) -> Text:
        """A line with its colours."""
        shown = shown_line(self._window.raw(line), codes=self.codes)
        text = Text(shown.text)
        for span in shown.spans:
            text.stylize(_style(span.pen), span.start, span.end)
        return text

    def line_rows(self, line: int, width: int) -> int:
        """How many rows a line takes; nothing is drawn to know it."""
        raw = self._window.raw(line)
        if len(raw) <= LONGEST and not _ODD.search(raw):
            return max(1, -(-len(raw) // width))
        return len(cuts(shown_line(raw, codes=self.codes).text, width))

    def widest(self) -> int:
        """At most as many cells as the longest line has bytes."""
        window = self._window
        return max((min(len(window.raw(at)), LONGEST) for at in range(len(window))), default=0)

    def show(self, window: LogWindow) -> None:
        """Show `window`; the line that is at the top stays there, if it is in it."""
        before, (line, row) = self._window, self.top
        top = before.offset_of(line) if len(before) else 0
        marked = before.offset_of(self.marked) if self.marked is not None else None
        self._window = window
        self.set_reactive(LogView.marked, None)
        if marked is not None and window.offset <= marked < window.end:
            self.set_reactive(LogView.marked, window.line_at(marked))
        inside = window.offset <= top < window.end
        self.lay_out((window.line_at(top), row) if inside else (0, 0))

    def grow(self, size: int) -> None:
        """The file has `size` bytes now; what is seen stays as it is."""
        old = self._window
        self._window = LogWindow(old.offset, old.data, max(size, old.end), old.starts)

    def action_edge(self, end: int) -> None:
        """To the first or the last line of the file, which may not be in the window."""
        super().action_edge(end)
        self.post_message(self.EdgeWanted(end))

    def watch_codes(self) -> None:
        """Show codes, or colours."""
        self.lay_out()

    @property
    def position(self) -> int:
        """How far the last visible line is through the file, in percent."""
        window = self._window
        if not len(window) or (window.at_end and self.at_bottom):
            return 100
        return 100 * window.offset_of(self.last_seen) // max(window.size, 1)


@lru_cache(maxsize=512)
def _style(pen: Pen) -> Style:
    return Style(
        color=_colour(pen.fore),
        bgcolor=_colour(pen.back),
        bold=pen.bold or None,
        dim=pen.dim or None,
        italic=pen.italic or None,
        underline=pen.underline or None,
        reverse=pen.reverse or None,
        strike=pen.strike or None,
    )


def _colour(colour: Colour) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)
