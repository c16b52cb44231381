"""What a part of a file looks like to a person: a text, a table, or bytes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import Enum
from io import StringIO

from podtui.domain.file_kinds import file_kind
from podtui.domain.picture import Picture
from podtui.domain.text import from_bytes, visible

PART = 256 * 1024  # bytes read at a time
_MOST_CELLS = 200  # columns of a table; more of them are no table for a screen
_LONGEST_CELL = 200
_LONGEST_LINE = 20_000  # characters
_BYTES_SHOWN = 4096
_ODD = 0.1  # of the characters of a text may be none that can be shown,
_FEW = 2  # or so many


class PreviewKind(Enum):
    """How it is shown."""

    TEXT = "text"
    TABLE = "table"
    BYTES = "bytes"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Preview:
    """The bytes `start` to `end` of a file of `size`, made harmless.

    `rows` are a table's, the first one its head. `what` says the format where it is known, `note`
    why it is shown no better.
    """

    kind: PreviewKind
    start: int
    end: int
    size: int
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    what: str = ""
    picture: Picture | None = None
    note: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is all of the file."""
        return self.start == 0 and self.end >= self.size


def preview(name: str, data: bytes, start: int, size: int) -> Preview:
    """The part of the file `name` that begins at `start`; `data` may have a piece too much.

    A part that does not reach the end is cut behind its last line.
    """
    known = file_kind(data) if start == 0 else ""
    if known or not is_text(data):
        shown = data[:_BYTES_SHOWN]
        lines = hex_lines(shown, start)
        end = start + len(shown)
        return Preview(PreviewKind.BYTES, start, end, size, lines, what=known)
    if start + len(data) < size:
        data = data[: data.rfind(b"\n") + 1] or data
    end = start + len(data)
    text = from_bytes(data)
    delimiter = _delimiter(name, text) if start == 0 else ""
    if delimiter and (rows := _rows(text, delimiter)):
        return Preview(PreviewKind.TABLE, start, end, size, _lines(text), rows, "table")
    return Preview(PreviewKind.TEXT, start, end, size, _lines(text))


def is_text(data: bytes) -> bool:
    """Whether it reads as text: no zero byte, and few that stand for nothing one can see."""
    if b"\x00" in data:
        return False
    text = from_bytes(data[:8192])
    odd = sum(
        1 for char in text if (ord(char) < 0x20 and char not in "\t\n\r\f\x1b\b") or _is_raw(char)
    )
    return odd <= max(len(text) * _ODD, _FEW)


def hex_lines(data: bytes, start: int) -> tuple[str, ...]:
    """Sixteen bytes a line: where they stand, as numbers, as letters."""
    lines = []
    for at in range(0, len(data), 16):
        piece = data[at : at + 16]
        numbers = piece.hex(" ")
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in piece)
        lines.append(f"{start + at:08x}  {numbers:<47}  {letters}")
    return tuple(lines)


def _is_raw(char: str) -> bool:
    return 0xDC80 <= ord(char) <= 0xDCFF


def _lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return tuple(visible(line.removesuffix("\r").expandtabs(), _LONGEST_LINE) for line in lines)


def _delimiter(name: str, text: str) -> str:
    """What stands between the cells, by the name's ending; empty where it is no table."""
    ending = name.lower().rpartition(".")[2]
    if ending in ("tsv", "tab"):
        return "\t"
    if ending != "csv":
        return ""
    first = text.partition("\n")[0]
    return max(",;\t|", key=first.count) if any(char in first for char in ",;\t|") else ""


def _rows(text: str, delimiter: str) -> tuple[tuple[str, ...], ...]:
    """The cells, each row as wide as the widest; empty where it does not read as a table."""
    try:
        found = [
            tuple(visible(cell.strip(), _LONGEST_CELL) for cell in row)
            for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter)
            if row
        ]
    except csv.Error:
        return ()
    width = max(map(len, found), default=0)
    if not 1 < width <= _MOST_CELLS:
        return ()
    return tuple(row + ("",) * (width - len(row)) for row in found)
