"""What arrives is hashed at the far side piece by piece, while the rest is still on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from podtui.backends.ssh.local_file import Source
from podtui.backends.ssh.window import UNDER_WAY
from podtui.domain.piece import Piece, Proved

_LEAST, _MOST = 16 << 20, 1 << 30  # bytes of a piece

HashFar = Callable[[int, int, bool], Awaitable[str]]
"""The hash there of the bytes from a first one on: so many, or those and all behind them."""


def cut_piece(start: int, size: int) -> int:
    """Where the piece ends that begins at `start`: half of what is left, so the last is small."""
    left = size - start
    return size if left <= 2 * _LEAST else start + min(left // 2, _MOST)


class Proving:
    """Compares the pieces of one file that is sent, from `offset` on."""

    def __init__(self, hash_far: HashFar, proved: Proved, offset: int) -> None:
        self._hash_far = hash_far
        self._proved = proved
        self._there = offset  # before it all is there, but for what is under way
        self._ended = False
        self._news = asyncio.Event()

    def moved(self, count: int) -> None:
        """So many bytes more are there, in any order."""
        self._there += count
        self._news.set()

    def ended(self) -> None:
        """All are there, and no piece will be added."""
        self._ended = True
        self._news.set()

    async def run(self, near: Source) -> tuple[str, str]:
        """Compare its pieces as they end: the hashes of the first that differs, or the last ones.

        One that differs is looked at again when all is there: a server may write in any order.
        """
        done, told = 0, ("", "")
        doubtful: list[Piece] = []
        while not (self._ended and done == len(near.pieces)):
            if done == len(near.pieces) or not self._is_there(near.pieces[done], near.size):
                await self._news.wait()
                self._news.clear()
                continue
            told = await self._compare(near.pieces[done], near.size)
            if told[0] != told[1]:
                doubtful.append(near.pieces[done])
            done += 1
        for piece in doubtful:
            told = await self._compare(piece, near.size)
            if told[0] != told[1]:
                break
        return told

    def _is_there(self, piece: Piece, size: int) -> bool:
        return self._ended or self._there == size or self._there >= piece.end + UNDER_WAY

    async def _compare(self, piece: Piece, size: int) -> tuple[str, str]:
        """The last one to the end of what is there: nothing may be behind it."""
        last = piece.end == size
        told = await self._hash_far(piece.start, piece.end - piece.start, last)
        if told == piece.hash:
            await self._proved(piece)
        return piece.hash, told
