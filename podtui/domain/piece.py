"""A stretch of a file and its hash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes from `start` to before `end`, and their hash in hex; empty while it is unknown."""

    start: int
    end: int
    hash: str = ""


HashStretch = Callable[[int, int], Awaitable[str]]
"""The hash in hex of the bytes of one file from a first one on, so many."""

Proved = Callable[[Piece], Awaitable[None]]
"""Is told of each piece that is the same at both ends."""
