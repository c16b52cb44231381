"""Text from outside made harmless, and sizes read."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from podtui.errors import InputError

_SIZE = re.compile(r"\s*(\d{1,20}(?:\.\d{1,20})?)\s*([KMGT]?)(?:i?B)?\s*", re.IGNORECASE)
_FACTOR = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_PICTURES = 0x2400  # U+2400…: the visible pictures of the control characters


def visible(text: str, limit: int = 0) -> str:
    """`text` with everything that could act on a terminal shown instead of acting.

    Control characters become their Unicode pictures (ESC → ␛, newline → ␊), bytes that were not
    UTF-8 (surrogate escapes) become \\xNN, bidirectional and zero-width characters \\u{…}.
    `limit` > 0 cuts the middle out of what is longer.
    """
    shown = text if text.isprintable() and text.isascii() else "".join(map(_one, text))
    if limit and len(shown) > limit:
        head = limit // 2
        tail = limit - 1 - head
        shown = shown[:head] + "…" + (shown[-tail:] if tail else "")
    return shown


def visible_lines(text: str, limit: int = 0, most: int = 20) -> str:
    """`text` made harmless line by line, each at most `limit` long; blank edges left out."""
    return "\n".join(visible(line, limit) for line in text.strip().splitlines()[:most])


def _one(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(_PICTURES + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char == " " or char.isprintable():
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return f"\\u{{{code:x}}}"


def from_bytes(name: bytes) -> str:
    """A file name of any bytes as text that turns back into the same bytes."""
    return name.decode("utf-8", "surrogateescape")


def to_bytes(name: str) -> bytes:
    """The bytes `from_bytes` was given."""
    return name.encode("utf-8", "surrogateescape")


def parse_size(text: str | int) -> int:
    """Bytes meant by `10G`, `500M`, `0` (PODTools: suffixes K, M, G, T; 0 = unlimited)."""
    match = _SIZE.fullmatch(str(text))
    if match is None:
        raise InputError(
            f"{str(text)!r} is not a size", hint="Write a number with K, M, G or T, such as 500M."
        )
    return int(Decimal(match[1]) * _FACTOR[match[2].upper()])
