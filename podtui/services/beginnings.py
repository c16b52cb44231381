"""What both ends have of a large file already: proved alike, stretch by stretch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import pairwise
from typing import Protocol, runtime_checkable

from podtui.backends.together import all_done, both
from podtui.domain.piece import HashStretch, Piece, Proved
from podtui.errors import NotOffered
from podtui.services.walk import End

WITHOUT_ORDER = 16 << 20
"""Bytes: a server may have written the last ones in any order."""
_STRETCHES = 4  # of what is not known yet
_LEAST = 16 << 20  # bytes of one of them
_AT_ONCE = 2  # hashed at each end: a login node is everybody's


@runtime_checkable
class HashesStretches(Protocol):
    """A cluster's files that are hashed there in stretches, by one command."""

    def stretches(self, path: str, algo: str) -> AbstractAsyncContextManager[HashStretch]:
        """What hashes stretches of the file at `path`, several at once."""
        ...


def cut(known: Sequence[Piece], there: int) -> tuple[Piece, ...]:
    """The first `there` bytes in stretches: as they are known, and the rest without a hash.

    The last bytes apart, for they may not be in order.
    """
    pieces, at = [], 0
    for piece in known:
        if piece.start == at and piece.end <= there:
            pieces.append(piece)
            at = piece.end
    ordered = max(at, there - WITHOUT_ORDER)
    step = max(_LEAST, -(-(ordered - at) // _STRETCHES))
    bounds = dict.fromkeys((*range(at, ordered, step), ordered, there))
    return (*pieces, *(Piece(start, end) for start, end in pairwise(bounds)))


class Stretches:
    """Hashes of stretches of one file at one end: each is made once, two at a time."""

    def __init__(self, hash_stretch: HashStretch) -> None:
        self._hash_stretch = hash_stretch
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._begun: dict[tuple[int, int], asyncio.Task[str]] = {}

    def begin(self, piece: Piece) -> asyncio.Task[str]:
        """The hash of those bytes, being made from now on."""
        key = piece.start, piece.end
        if key not in self._begun:
            self._begun[key] = asyncio.create_task(self._hash(piece))
        return self._begun[key]

    async def _hash(self, piece: Piece) -> str:
        if piece.hash:
            return piece.hash
        async with self._at_once:
            return await self._hash_stretch(piece.start, piece.end - piece.start)

    async def end(self) -> None:
        """Give up what is under way."""
        for task in self._begun.values():
            task.cancel()
        await asyncio.gather(*self._begun.values(), return_exceptions=True)


@asynccontextmanager
async def stretches_of(end: End, path: str, algo: str) -> AsyncIterator[Stretches]:
    """What hashes stretches of the file at `path` while the block lasts."""
    async with AsyncExitStack() as stack:
        if isinstance(end, HashesStretches):
            hash_stretch = await stack.enter_async_context(end.stretches(path, algo))
        else:
            hash_stretch = partial(_hash, end, path, algo)
        made = Stretches(hash_stretch)
        stack.push_async_callback(made.end)
        yield made


async def _hash(end: End, path: str, algo: str, start: int, length: int) -> str:
    return await end.hash(path, algo, start, length)


async def alike(
    pieces: Sequence[Piece], source: Stretches, target: Stretches, proved: Proved
) -> int:
    """How many of the first bytes are the same at both ends, in whole pieces.

    A piece whose hash is known is not hashed again at the source; `proved` is told of each that is
    the same, and its hash.
    """

    async def same(piece: Piece) -> bool:
        told, there = await both(source.begin(piece), target.begin(Piece(piece.start, piece.end)))
        if told == there:
            await proved(Piece(piece.start, piece.end, told))
        return told == there

    asked = [asyncio.ensure_future(same(piece)) for piece in pieces]
    try:
        await all_done(*asked)
    except NotOffered:
        return 0
    good = 0
    for piece, is_same in zip(pieces, asked, strict=True):
        if not is_same.result():
            break
        good = piece.end
    return good
