"""A large file of which an earlier try left something: what of it is good."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from podtui.backends.local import LocalFiles
from podtui.domain.piece import Piece
from podtui.services.beginnings import Stretches, alike, cut, stretches_of
from podtui.services.journal import JournalUnwritable
from podtui.services.ledger import Ledger
from podtui.services.walk import End

LARGE = 64 << 20
"""Bytes; hashing less takes no time worth saving."""


@dataclass(frozen=True, slots=True)
class TakingUp:
    """Two ends, what the ledger knows of what is on its way, and what is hashed ahead, by path."""

    source: End
    target: End
    at: str
    algo: str
    ledger: Ledger
    ahead: Mapping[str, Stretches]

    async def state(self, source: str) -> str:
        """What the hashes of the source can be known by; empty where they cannot."""
        told = await self.source.state(source) if isinstance(self.source, LocalFiles) else ""
        return told and f"{self.algo} {told}"

    async def keep(self, place: str, state: str, piece: Piece) -> None:
        """Write down the hash of a piece of the source that is at its place, for the next try."""
        if state:
            with suppress(JournalUnwritable):  # it only saves time
                await self.ledger.keep_piece(f"{self.at}:{place}", state, piece)

    async def alike(self, source: str, place: str, there: int, state: str) -> int:
        """How many of the bytes that are there are the same at both ends.

        A source of this machine is not read again where an earlier try wrote down its hashes and it
        has not been changed in any way since. The other end always is.
        """
        known = await self.ledger.pieces(f"{self.at}:{place}", state) if state else ()
        async with (
            self._stretches(self.source, source) as here,
            self._stretches(self.target, place) as far,
        ):
            return await alike(cut(known, there), here, far, partial(self.keep, place, state))

    @asynccontextmanager
    async def _stretches(self, end: End, path: str) -> AsyncIterator[Stretches]:
        """Those that were begun ahead, or new ones."""
        if path in self.ahead:
            yield self.ahead[path]
        else:
            async with stretches_of(end, path, self.algo) as made:
                yield made

    @asynccontextmanager
    async def begun(self, place: str) -> AsyncIterator[Mapping[str, Stretches]]:
        """Begin to hash what an earlier try left at `place`: what is hashed ahead, by its path.

        That needs no answer of the file service there, which may take a second to start.
        """
        known = await self.ledger.part(f"{self.at}:{place}")
        pieces = await self._to_be_hashed(known.path, place) if known else ()
        if known is None or sum(piece.end - piece.start for piece in pieces) < LARGE:
            yield {}
            return
        async with (
            stretches_of(self.source, known.path, self.algo) as source,
            stretches_of(self.target, place, self.algo) as target,
        ):
            for piece in pieces:
                source.begin(piece)
                target.begin(Piece(piece.start, piece.end))
            yield {known.path: source, place: target}

    async def _to_be_hashed(self, source: str, place: str) -> tuple[Piece, ...]:
        """What is known to be there without asking."""
        if isinstance(self.target, LocalFiles):
            found = await self.target.stat(place)
            return cut((), found.size) if found else ()
        state = await self.state(source)
        return await self.ledger.pieces(f"{self.at}:{place}", state) if state else ()
