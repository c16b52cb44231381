"""One file from one end to the other: `.part`, taken up where it stopped, verified, renamed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from podtui.backends.local import LocalFiles
from podtui.backends.together import all_done
from podtui.domain.entry import EntryKind
from podtui.domain.text import visible
from podtui.errors import (
    Cancelled,
    FileTrouble,
    HashMismatch,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRequired,
    NotFound,
    NotOffered,
    PodError,
    SourceChanged,
    Unreachable,
)
from podtui.services.ledger import Ledger, Source
from podtui.services.walk import End, Item

_LARGE = 64 << 20  # bytes; hashing less takes no time worth saving
_WORTH_RESUMING = 1 << 20  # bytes of a file; a smaller one is sent again sooner than looked at
_WORTH_HASHING = 64 << 10  # bytes of it that are there; a bad link may carry no more at a time
_WITHOUT_ORDER = 16 << 20  # bytes: a server may have written the last ones in any order
_OWNER_WRITES = 0o200
_ABOUT_THE_LINK = (Unreachable, LoginRequired, HostKeyUnknown, HostKeyChanged, Cancelled)
_LONGEST_NAME = 255 - len(".podtui.part")

Moved = Callable[[int], None]
_A = TypeVar("_A")
_B = TypeVar("_B")


class _Differs(Exception):
    """What is there is not the beginning of the file."""


@runtime_checkable
class ProvesUploads(Protocol):
    """A cluster's files that are hashed there while they arrive."""

    async def upload_proved(
        self, source: Path, target: str, algo: str, progress: Moved, offset: int = 0
    ) -> tuple[str, str]:
        """As `Files.upload`; hashes of what was sent and of what arrived, equal when all is well.

        Of the whole, or of a piece.
        """
        ...


def part_name(path: str) -> str:
    """Where a file is written before it is whole and verified: beside its final name."""
    folder, slash, name = path.rpartition("/")
    raw = os.fsencode(name)
    if len(raw) > _LONGEST_NAME:
        name = hashlib.sha256(raw).hexdigest()[:32]
    return f"{folder}{slash}{name}.podtui.part"


@dataclass(frozen=True, slots=True)
class Road:
    """Two ends and how files go from one to the other.

    `at` names the target's end in the ledger. `parts`: whether files get their names in a second
    step. `keep`: whether permissions and times go along.
    """

    source: End
    target: End
    at: str
    algo: str
    ledger: Ledger
    parts: bool = True
    keep: bool = True

    async def move(
        self, item: Item, source: str, target: str, moved: Moved, resumed: Moved
    ) -> None:
        """Move one file to exactly `target`; `resumed` is told what was there already.

        HashMismatch, and nothing under the final name, unless what arrived is what was sent. What
        a cut or a login leaves in the `.part` is taken up by the next try; other failures take it
        away.
        """
        place = part_name(target) if self.parts else target
        resumable = self.parts and item.size >= _WORTH_RESUMING
        there = await self._found(item, source, place, target) if resumable else 0
        if there is None:
            resumed(item.size)
        else:
            await self._fill(item, source, place, there, moved, resumed)
            await self._finish(item, place, target)
        if resumable:
            await self.ledger.end_part(f"{self.at}:{place}")

    async def _fill(
        self, item: Item, source: str, place: str, there: int, moved: Moved, resumed: Moved
    ) -> None:
        """Make the `.part` whole; `there` bytes may be of use, when both ends hash them alike."""
        if there >= _LARGE:
            if await self._go_on(item, source, place, there, moved, resumed):
                return
            there -= _WITHOUT_ORDER  # a server may have written the last ones in any order
        offset = await self._proved(source, place, there)
        resumed(offset)
        if not offset or offset < item.size:
            await self._send(source, item.size, place, offset, moved)

    async def _go_on(
        self, item: Item, source: str, place: str, there: int, moved: Moved, resumed: Moved
    ) -> bool:
        """Send the rest while both ends hash what is there; False when it is not the same.

        Until that is known nothing is told of what moves: it may be for nothing.
        """
        agreed, waiting = False, 0

        def told(count: int) -> None:
            nonlocal waiting
            if agreed:
                moved(count)
            else:
                waiting += count

        async def prove() -> None:
            nonlocal agreed
            if not await self._agree(source, place, there):
                raise _Differs
            agreed = True
            resumed(there)
            moved(waiting)

        try:
            if there < item.size:
                await both(prove(), self._send(source, item.size, place, there, told))
            else:
                await prove()
        except _Differs:
            return False
        return True

    async def _send(self, source: str, size: int, place: str, offset: int, moved: Moved) -> None:
        try:
            sent, there = await self._bytes(source, size, place, offset, moved)
            if there is not None and sent != there:
                raise HashMismatch(
                    f"{visible(source, 200)!r}: {self.algo} of what was sent is {sent}, "
                    f"of what arrived {there}."
                )
        except _ABOUT_THE_LINK:
            raise
        except PodError:
            await self._give_up(place)
            raise

    async def _found(self, item: Item, source: str, place: str, target: str) -> int | None:
        """How much of the file seems to be at `place` already.

        None when an earlier try was ended just after the file had got its name.
        """
        key, wanted = f"{self.at}:{place}", Source(source, item.size, item.modified)
        if await self.ledger.part(key) != wanted:
            await self.ledger.begin_part(key, wanted)
            return 0
        found = await self.target.stat(place)
        if found is None:
            named = await self.target.stat(target)
            if named is None or named.kind is not EntryKind.FILE or named.size != item.size:
                return 0
            return None if await self._agree(source, target, item.size) else 0
        return min(found.size, item.size)

    async def _proved(self, source: str, place: str, there: int) -> int:
        """How much of what is there has the same hash at both ends."""
        for length in (there, there - _WITHOUT_ORDER):
            if length >= _WORTH_HASHING and await self._agree(source, place, length):
                return length
        return 0

    async def _agree(self, source: str, place: str, length: int) -> bool:
        """Whether both ends have the same first bytes."""
        try:
            here, far = await both(
                self.source.hash(source, self.algo, length=length),
                self.target.hash(place, self.algo, length=length),
            )
        except NotOffered:
            return False
        return here == far

    async def _bytes(
        self, source: str, size: int, place: str, offset: int, moved: Moved
    ) -> tuple[str, str | None]:
        """Send the rest: the hash of what was sent, and of what the other end has of it."""
        if isinstance(self.source, LocalFiles):
            assert not isinstance(self.target, LocalFiles), "one end is a cluster"
            if size - offset >= _LARGE and isinstance(self.target, ProvesUploads):
                return await self.target.upload_proved(
                    Path(source), place, self.algo, moved, offset
                )
            sent = await self.target.upload(Path(source), place, self.algo, moved, offset)
            return sent, await self._hash(self.target, place, offset)
        if isinstance(self.target, LocalFiles):
            return await self._fetched(source, place, offset, moved)
        sent = await self.source.pass_on(source, self.target, place, self.algo, moved, offset)
        return sent, await self._hash(self.target, place, offset)

    async def _fetched(
        self, source: str, place: str, offset: int, moved: Moved
    ) -> tuple[str, str | None]:
        """Fetch the rest. A large file's hash is made there meanwhile: it is whole already."""
        assert not isinstance(self.source, LocalFiles), "one end is a cluster"
        before = await self.source.stat(source)
        fetching = self.source.download(source, Path(place), self.algo, moved, offset)
        if before is not None and before.size - offset >= _LARGE:
            hashes = await both(fetching, self._hash(self.source, source, offset))
        else:
            got = await fetching
            try:
                hashes = got, await self._hash(self.source, source, offset)
            except NotFound:
                raise SourceChanged(
                    f"{visible(source, 200)!r} vanished while it was read."
                ) from None
        if before is not None and await self.source.stat(source) != before:
            raise SourceChanged(f"{visible(source, 200)!r} was replaced while it was read.")
        return hashes

    async def _hash(self, end: End, path: str, offset: int) -> str | None:
        """None where nothing there can tell: such a service says so in its documentation."""
        try:
            return await end.hash(path, self.algo, offset)
        except NotOffered:
            return None

    async def _finish(self, item: Item, place: str, target: str) -> None:
        """Its permissions and time, then its name; a `.part` stays writable for the next try."""
        writable = item.mode | _OWNER_WRITES if item.mode else 0
        if self.keep:
            await self._keep_facts(item, place, writable)
        if self.parts:
            await self._name(place, target)
        if self.keep and writable != item.mode:
            await self._keep_facts(item, target, item.mode)

    async def _keep_facts(self, item: Item, place: str, mode: int) -> None:
        """As far as the far end lets us: the bytes are what was asked for."""
        if item.modified is not None:
            with suppress(NotOffered, FileTrouble):
                await self.target.set_facts(place, mode, item.modified)

    async def _name(self, place: str, target: str) -> None:
        try:
            await self.target.rename(place, target)
        except FileTrouble as error:
            raise FileTrouble(
                f"{visible(target, 200)!r} cannot be written: {error.message}",
                hint=f"The whole, verified file is at {visible(place, 200)}.",
            ) from None

    async def _give_up(self, place: str) -> None:
        """Take away what is half-written: it would only fill the disk."""
        if not self.parts:
            return
        with suppress(PodError):
            await self.target.remove(place)
        with suppress(PodError):
            await self.ledger.end_part(f"{self.at}:{place}")


async def both(first: Awaitable[_A], second: Awaitable[_B]) -> tuple[_A, _B]:
    """Both answers, asked at the same time; the first failure ends the other."""
    one, two = asyncio.ensure_future(first), asyncio.ensure_future(second)
    await all_done(one, two)
    return one.result(), two.result()
