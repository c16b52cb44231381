"""PODShell's tables: `+---+` around, one space beside each text, texts to the left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from podtui.domain.text import visible


def ascii_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], least: Sequence[int] = ()
) -> tuple[str, ...]:
    """The lines of a table; every cell is made harmless, `least` are least widths."""
    shown = [list(head), *([visible(cell) for cell in row] for row in rows)]
    widths = [max(_cells(row[at]) for row in shown) for at in range(len(head))]
    widths = [
        max(width, minimum)
        for width, minimum in zip(widths, _padded(least, len(head)), strict=True)
    ]
    rule = "+".join(["", *("-" * (width + 2) for width in widths), ""])
    lines = [_line(row, widths) for row in shown]
    return (rule, lines[0], rule, *lines[1:], rule)


def _padded(least: Sequence[int], count: int) -> list[int]:
    return [*least, *[0] * (count - len(least))]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        f" {cell}{' ' * (width - _cells(cell))} " for cell, width in zip(row, widths, strict=True)
    )
    return "|".join(["", *cells, ""])


def _cells(text: str) -> int:
    """How many columns of a terminal `text` takes: two for a wide character."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
