"""A picture in half blocks: two pixels a cell, one above the other."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from podtui.domain.picture import Frame, Picture

_UPPER = "▀"


class PictureView(ScrollView, can_focus=True):
    """Draws what was made to fit; in a smaller room it scrolls."""

    DEFAULT_CSS = """
    PictureView { height: 1fr; background: $surface; scrollbar-size: 1 1; }
    """
    picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Show it."""
        self.picture = picture
        self.virtual_size = Size(picture.width, (picture.height + 1) // 2)
        self.refresh()

    def frame_in(self, size: Size, most: int | None = None) -> Frame:
        """What a picture is asked for in a room of `size` cells, over our own background."""
        background = self.styles.background.rgb
        told = "".join(f"{part:02x}" for part in background)
        frame = Frame(max(size.width, 1), max(2 * size.height, 2), told)
        return frame if most is None else Frame(frame.width, frame.height, told, most)

    def render_line(self, y: int) -> Strip:
        """One row of cells, in the middle of the width there is."""
        width = self.scrollable_content_region.width
        picture = self.picture
        if picture is None:
            return Strip.blank(width, self.rich_style)
        left = max((width - picture.width) // 2, 0)
        offset = self.scroll_offset
        row = 2 * (y + offset.y)
        strip = Strip(
            [
                Segment(" " * left, self.rich_style),
                *(
                    Segment(_UPPER, self._style(picture, x, row))
                    for x in range(offset.x, min(offset.x + width - left, picture.width))
                ),
            ]
        )
        return strip.adjust_cell_length(width, self.rich_style)

    def _style(self, picture: Picture, x: int, row: int) -> Style:
        upper, lower = picture.colour(x, row), picture.colour(x, row + 1)
        if upper is None:
            return Style(color=self.rich_style.bgcolor, bgcolor=self.rich_style.bgcolor)
        below = Color.from_rgb(*lower) if lower else self.rich_style.bgcolor
        return Style(color=Color.from_rgb(*upper), bgcolor=below)
