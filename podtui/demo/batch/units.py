"""Durations and sizes, as batch systems write them."""

import re

_SIZES = {"b": 1, "w": 8}
_PREFIXES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def seconds(text: str) -> int:
    """Read `[[[D:]H:]M:]S`, with an optional fraction, which is dropped; a bare number is seconds.

    Raises ValueError for anything else.
    """
    match = re.fullmatch(r"(\d+(?::\d+){0,3})(?:\.\d*)?", text.strip())
    if match is None:
        raise ValueError(text)
    total = 0
    parts = [int(part) for part in match[1].split(":")]
    for part, scale in zip(reversed(parts), (1, 60, 3600, 86400), strict=False):
        total += part * scale
    return total


def clock(total: float) -> str:
    """Write seconds as `HH:MM:SS`; hours go over 99."""
    whole = int(total)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def size(text: str) -> int:
    """Read a size (`50mb`, `4G`, `1024`, words as `10kw`) in bytes; ValueError otherwise."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgtp]?)(b|w)?", text.strip().lower())
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * 1024 ** _PREFIXES[match[2]] * _SIZES[match[3] or "b"])
