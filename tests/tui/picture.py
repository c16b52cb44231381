"""What stands on the screen as text: the letters, and below them their colours, run by run.

A tenth of an SVG in size, and its differences can be read. `legend` names each style once, in the
order of its first cell; a line of styles is `a12 b3`: twelve cells of the first, three of the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rich.segment import Segment
from rich.style import Style

from podtui.tui.app import PodtuiApp

_FLAGS = ("bold", "dim", "italic", "underline", "reverse", "strike")


def rows_of(app: PodtuiApp) -> list[list[Segment]]:
    """The segments of each line that is shown, as the terminal gets them."""
    return [list(strip) for strip in app.screen._compositor.render_strips()]


def letters(rows: Iterable[list[Segment]]) -> str:
    """The text alone."""
    return "\n".join("".join(segment.text for segment in row).rstrip() for row in rows)


def colours(rows: Iterable[list[Segment]]) -> str:
    """The styles alone: the legend, then a line for each line."""
    legend: dict[str, str] = {}
    lines = []
    for row in rows:
        runs = []
        for style, run in groupby(row, lambda segment: _style(segment.style)):
            name = legend.setdefault(style, _letter(len(legend)))
            runs.append(f"{name}{sum(segment.cell_length for segment in run)}")
        lines.append(" ".join(runs))
    return "\n".join([*(f"{name} = {style}" for style, name in legend.items()), *lines])


def _letter(number: int) -> str:
    more, at = divmod(number, 26)
    return "abcdefghijklmnopqrstuvwxyz"[at] * (more + 1)


def _style(style: Style | None) -> str:
    if style is None:
        return "none"
    ends = (style.color, style.bgcolor)
    names = [
        "-" if color is None else color.get_truecolor().hex if color.triplet else color.name
        for color in ends
    ]
    flags = [flag for flag in _FLAGS if getattr(style, flag)]
    return " ".join([f"{names[0]} on {names[1]}", *flags])
