"""One file from one end to the other: `.part`, taken up where it stopped, verified, renamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from podtui.backends.local import LocalFiles
from podtui.backends.together import both
from podtui.domain.entry import EntryKind
from podtui.domain.piece import Proved
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
from podtui.services.beginnings import WITHOUT_ORDER, Stretches
from podtui.services.ledger import Ledger, Source
from podtui.services.taking_up import LARGE, TakingUp
from podtui.services.walk import End, Item

_WORTH_RESUMING = 1 << 20  # bytes of a file; a smaller one is sent again sooner than looked at
_WORTH_HASHING = 64 << 10  # bytes of it that are there; a bad link may carry no more at a time
_OWNER_WRITES = 0o200
_ABOUT_THE_LINK = (Unreachable, LoginRequired, HostKeyUnknown, HostKeyChanged, Cancelled)
_LONGEST_NAME = 255 - len(".podtui.part")

Moved = Callable[[int], None]


class _Differs(Exception):
    """What is there is not the beginning of the file, but for so many bytes."""

    def __init__(self, good: int) -> None:
        super().__init__(good)
        self.good = good


@runtime_checkable
class ProvesUploads(Protocol):
    """A cluster's files that are hashed there while they arrive."""

    async def upload_proved(
        self,
        source: Path,
        target: str,
        algo: str,
        progress: Moved,
        proved: Proved,
        offset: int = 0,
    ) -> tuple[str, str]:
        """As `Files.upload`; hashes of what was sent and of what arrived, equal when all is well.

        Of the whole, or of a piece. `proved` is told of each piece that is equal.
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
class _Filling:
    """A `.part` that is made whole: from what source, of what size, and who is told of it."""

    source: str
    place: str
    size: int
    moved: Moved
    resumed: Moved


@dataclass(frozen=True, slots=True)
class Road:
    """Two ends and how files go from one to the other.

    `at` names the target's end in the ledger. `parts`: whether files get their names in a second
    step. `keep`: whether permissions and times go along. `ahead`: what is being hashed already, by
    its path.
    """

    source: End
    target: End
    at: str
    algo: str
    ledger: Ledger
    parts: bool = True
    keep: bool = True
    ahead: Mapping[str, Stretches] | None = None

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
            await self._fill(_Filling(source, place, item.size, moved, resumed), there)
            await self._finish(item, place, target)
        if resumable:
            await self.ledger.end_part(f"{self.at}:{place}")

    async def _fill(self, filling: _Filling, there: int) -> None:
        """Make the `.part` whole; `there` bytes may be of use, when both ends hash them alike.

        SourceChanged also when the source was changed after those were hashed, and before the rest
        was begun to be read.
        """
        state = await self._taking_up.state(filling.source) if there else ""
        offset, whole = 0, False
        if there >= LARGE:
            offset, whole = await self._go_on(filling, there, state)
        elif there:
            offset = await self._proved(filling.source, filling.place, there)
        if not whole:
            filling.resumed(offset)
            if not offset or offset < filling.size:
                await self._send(filling, offset, filling.moved)
        if state and await self._taking_up.state(filling.source) != state:
            await self._prove_again(filling)

    async def _prove_again(self, filling: _Filling) -> None:
        """All of it: a chmod changes the state of a source as well as another byte does."""
        if not await self._agree(filling.source, filling.place, filling.size):
            await self._give_up(filling.place)
            raise SourceChanged(f"{visible(filling.source, 200)!r} changed while it was sent.")

    async def _go_on(self, filling: _Filling, there: int, state: str) -> tuple[int, bool]:
        """Send the rest while what is there is proved: how much of it is good, and if that is all.

        Until that is known nothing is told of what moves: unless it is all, it was for nothing.
        """
        agreed, waiting = False, 0

        def told(count: int) -> None:
            nonlocal waiting
            if agreed:
                filling.moved(count)
            else:
                waiting += count

        async def prove() -> None:
            nonlocal agreed
            good = await self._taking_up.alike(filling.source, filling.place, there, state)
            if good < there:
                raise _Differs(good)
            agreed = True
            filling.resumed(there)
            filling.moved(waiting)

        try:
            if there < filling.size:
                await both(prove(), self._send(filling, there, told))
            else:
                await prove()
        except _Differs as differs:
            return differs.good, False
        return there, True

    async def _send(self, filling: _Filling, offset: int, moved: Moved) -> None:
        try:
            sent, there = await self._bytes(filling, offset, moved)
            if there is not None and sent != there:
                raise HashMismatch(
                    f"{visible(filling.source, 200)!r}: {self.algo} of what was sent is {sent}, "
                    f"of what arrived {there}."
                )
        except _ABOUT_THE_LINK:
            raise
        except PodError:
            await self._give_up(filling.place)
            raise

    @property
    def _taking_up(self) -> TakingUp:
        return TakingUp(self.source, self.target, self.at, self.algo, self.ledger, self.ahead or {})

    @asynccontextmanager
    async def begun(self, target: str) -> AsyncIterator[Road]:
        """This road, while what an earlier try left for `target` is hashed already."""
        if target and self.parts:
            async with self._taking_up.begun(part_name(target)) as ahead:
                yield replace(self, ahead=ahead)
        else:
            yield self

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
        for length in (there, there - WITHOUT_ORDER):
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

    async def _bytes(self, filling: _Filling, offset: int, moved: Moved) -> tuple[str, str | None]:
        """Send the rest: the hash of what was sent, and of what the other end has of it."""
        source, place = filling.source, filling.place
        if isinstance(self.source, LocalFiles):
            assert not isinstance(self.target, LocalFiles), "one end is a cluster"
            if filling.size - offset >= LARGE and isinstance(self.target, ProvesUploads):
                state = await self._taking_up.state(source) if self.parts else ""
                proved = partial(self._taking_up.keep, place, state)
                return await self.target.upload_proved(
                    Path(source), place, self.algo, moved, proved, offset
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
        if before is not None and before.size - offset >= LARGE:
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
