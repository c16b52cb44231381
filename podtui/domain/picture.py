"""A picture made small enough for a terminal."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 16 << 20
"""A file with more is not fetched to be drawn."""
MOST_PIXELS = 100_000_000
"""Width times height that are unpacked at most."""
WIDEST = 400  # pixels of what is drawn, either way


@dataclass(frozen=True, slots=True)
class Frame:
    """The room for a picture, in pixels, and what is behind its clear parts, as rrggbb.

    A file of more than `most` bytes is not fetched for it.
    """

    width: int
    height: int
    background: str = "000000"
    most: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Picture:
    """`rgb` are three bytes a pixel, row by row. `cut`: the file ends before the picture does."""

    width: int
    height: int
    rgb: bytes
    cut: bool = False

    def colour(self, x: int, y: int) -> tuple[int, int, int] | None:
        """Red, green and blue of a pixel, None outside."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return None
        at = 3 * (y * self.width + x)
        return (self.rgb[at], self.rgb[at + 1], self.rgb[at + 2])
