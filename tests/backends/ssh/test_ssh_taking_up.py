"""A large file cut on its way up: what an earlier try proved is not read again, and never believed.

Whatever happens to either end between the lives or while the rest travels: what gets its name is
the source, whole.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from podtui.backends.local import LocalFiles
from podtui.backends.ssh import proving, window
from podtui.backends.ssh.far_hasher import FarHasher
from podtui.backends.ssh.sftp import SftpFiles
from podtui.domain.piece import Piece
from podtui.domain.transfer import Links
from podtui.errors import SourceChanged
from podtui.services import taking_up
from podtui.services.ledger import Ledger
from podtui.services.moving import Road, part_name
from podtui.services.walk import walk

MEGA = 1 << 20
SIZE = 24 * MEGA + 17
CUT = 21 * MEGA
CUT_DOWN = 16 * MEGA  # what has come is written down only three batches later
TIME = 1_000_000_000


pytestmark = pytest.mark.parametrize("files", ["OpenSSH"], indirect=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is about large files, for one of 24 MiB that was just made."""
    for place in ("podtui.services.moving", "podtui.services.taking_up"):
        monkeypatch.setattr(f"{place}.LARGE", MEGA)
    monkeypatch.setattr("podtui.services.beginnings.WITHOUT_ORDER", MEGA)
    monkeypatch.setattr("podtui.services.beginnings._LEAST", 2 * MEGA)
    monkeypatch.setattr("podtui.backends.local._SETTLED", 0.0)
    monkeypatch.setattr(proving, "_LEAST", 2 * MEGA)
    monkeypatch.setattr(proving, "UNDER_WAY", MEGA)
    monkeypatch.setattr(window, "UNDER_WAY", MEGA)


class Hashed:
    """Which stretches were hashed at each end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.here: list[tuple[int, int | None]] = []
        self.there: list[tuple[int, int]] = []
        self.gate: Callable[[int], asyncio.Event | None] = lambda _: None
        at_far, at_near = FarHasher.hash, LocalFiles.hash

        async def far(
            hasher: FarHasher, start: int, length: int, *, to_end: bool = False, keep: bool = False
        ) -> str | None:
            self.there.append((start, length))
            if (gate := self.gate(start)) is not None:
                await gate.wait()
            return await at_far(hasher, start, length, to_end=to_end, keep=keep)

        async def near(
            files: LocalFiles, path: str, algo: str, start: int = 0, length: int | None = None
        ) -> str:
            self.here.append((start, length))
            return await at_near(files, path, algo, start, length)

        monkeypatch.setattr(FarHasher, "hash", far)
        monkeypatch.setattr(LocalFiles, "hash", near)

    def forget(self) -> None:
        self.here.clear()
        self.there.clear()


class Errand:
    """A file that is to go up, in however many lives."""

    def __init__(self, files: SftpFiles, ledger: Ledger, near: Path, far: Path) -> None:
        self.source, self.target = near / "a", far / "b"
        self.part = Path(part_name(str(self.target)))
        self.data = os.urandom(SIZE)
        self.source.write_bytes(self.data)
        os.utime(self.source, (TIME, TIME))
        self.files, self.ledger = files, ledger
        self.moved = self.resumed = 0
        self.left = SIZE * 9

    def road(self, *, down: bool = False) -> Road:
        here = LocalFiles()
        source, target = (self.files, here) if down else (here, self.files)
        return Road(source, target, "far", "sha256", self.ledger)

    async def live(self, *, down: bool = False) -> Errand:
        """One life; what it moved, and what it took up."""
        self.moved = self.resumed = 0
        (item,) = [one async for one in walk(LocalFiles(), str(self.source), Links.FOLLOW)]
        async with self.road(down=down).begun(str(self.target)) as road:
            await road.move(item, str(self.source), str(self.target), self._moved, self._resumed)
        assert self.target.read_bytes() == self.source.read_bytes()
        assert not self.part.exists()
        return self

    def _moved(self, count: int) -> None:
        self.moved += count

    def _resumed(self, count: int) -> None:
        self.resumed += count

    async def die_at(self, size: int, proved: int = 0, *, down: bool = False) -> None:
        """A life that ends as with its process when so much is there, and so much of it proved."""
        self.left = (
            size
            + (5 if down else 2) * MEGA
            - (self.part.stat().st_size if self.part.exists() else 0)
        )
        life = asyncio.create_task(self.live(down=down))

        async def known() -> int:
            return max([piece.end for piece in await self.known()], default=0)

        while not self.part.exists() or self.part.stat().st_size < size or await known() < proved:
            assert not life.done()
            await asyncio.sleep(0.01)
        life.cancel()
        with pytest.raises(asyncio.CancelledError):
            await life
        self.left = SIZE * 9
        assert not self.target.exists()

    async def cut(self, *, down: bool = False, known: bool = True) -> tuple[Piece, ...]:
        """A first life, and its end; the pieces it has proved: half, and half of what is left."""
        if down:
            await self.die_at(CUT_DOWN, down=True)
        else:
            await self.die_at(CUT, SIZE * 3 // 4 if known else 0)
        os.truncate(self.part, CUT_DOWN if down else CUT)
        return await self.known()

    async def take(self, count: int) -> None:
        """In place of the cap on bytes a second: so many may pass in a life."""
        self.left -= count
        if self.left < 0:
            await asyncio.Event().wait()

    async def known(self) -> tuple[Piece, ...]:
        state = f"sha256 {await LocalFiles().state(str(self.source))}"
        return await self.ledger.pieces(f"far:{self.part}", state)

    def spoil(self, path: Path, where: int, time: int = TIME) -> None:
        """Another byte, the size as it was, and the time too."""
        with path.open("r+b") as file:
            file.seek(where)
            file.write(bytes([self.data[where] ^ 1]))
        os.utime(path, (time, time))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Hashed:
    return Hashed(monkeypatch)


@pytest.fixture
async def errand(
    files: SftpFiles, near: Path, far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Errand]:
    async with Ledger(tmp_path / "ledger" / "transfers.db") as ledger:
        errand = Errand(files, ledger, near, far)
        monkeypatch.setattr(files.pace, "take", errand.take)
        yield errand


async def test_what_was_proved_is_hashed_there_alone(errand: Errand, hashed: Hashed) -> None:
    """And each stretch once, also the ones that were begun before the file service was there."""
    known = await errand.cut()
    assert known[0].start == 0
    assert known[-1].end > SIZE // 2
    hashed.forget()
    again = await errand.live()
    assert (again.resumed, again.moved) == (CUT, SIZE - CUT)
    assert min(start for start, _ in hashed.here) == known[-1].end
    assert sum(length or 0 for _, length in hashed.here) == CUT - known[-1].end
    at = 0
    for start, length in sorted(hashed.there):
        assert start == at
        at += length
    assert at == SIZE


async def test_a_third_life_knows_what_two_have_proved(errand: Errand, hashed: Hashed) -> None:
    await errand.cut()
    await errand.die_at(CUT + MEGA, CUT)
    known = await errand.known()
    assert known[-1].end >= CUT
    ends = {piece.start: piece.end for piece in known}
    at = 0
    while at in ends:
        at = ends[at]
    assert at >= CUT  # one behind the other
    for piece in known:
        assert piece.hash == hashlib.sha256(errand.data[piece.start : piece.end]).hexdigest()
    there = errand.part.stat().st_size
    hashed.forget()
    assert (await errand.live()).resumed == there
    assert sum(length or 0 for _, length in hashed.here) <= there - CUT


@pytest.mark.parametrize("where", [0, 15 * MEGA, CUT - 1])
async def test_another_byte_there_is_found(errand: Errand, where: int) -> None:
    """As much as is good before it is kept, to the end of a piece."""
    known = await errand.cut()
    errand.spoil(errand.part, where)
    again = await errand.live()
    assert again.resumed + again.moved == SIZE
    assert again.resumed <= where
    good = [piece.end for piece in known if piece.end <= where]
    assert again.resumed >= max(good, default=0)


@pytest.mark.parametrize("where", [0, CUT - 1, SIZE - 1])
async def test_another_source_of_the_same_time_is_read_again(errand: Errand, where: int) -> None:
    """What is known of a source goes with any change of it: it is what it is now that arrives."""
    await errand.cut()
    errand.spoil(errand.source, where)
    assert await errand.known() == ()
    again = await errand.live()
    assert again.resumed <= where


async def test_another_byte_there_while_the_rest_travels(errand: Errand, hashed: Hashed) -> None:
    """The rest was sent for nothing, which nobody is told; then it is begun anew."""
    await errand.cut()
    hold = asyncio.Event()
    hashed.gate = lambda start: hold if start == 0 else None
    sending = SftpFiles.upload_proved
    sent: list[int] = []

    async def spoilt(files: SftpFiles, *args: object, **more: object) -> tuple[str, str]:
        told = await sending(files, *args, **more)  # type: ignore[arg-type]
        sent.append(errand.part.stat().st_size)
        if len(sent) == 1:
            errand.spoil(errand.part, 5)
        hold.set()
        return told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SftpFiles, "upload_proved", spoilt)
        again = await errand.live()
    assert sent[0] == SIZE  # all of it was there, and had no name
    assert (again.resumed, again.moved) == (0, SIZE)


@pytest.mark.parametrize("bytes_too", [True, False])
async def test_a_source_that_changes_while_the_rest_travels(
    errand: Errand, hashed: Hashed, bytes_too: bool
) -> None:
    """Behind the back of its time, too: no name and nothing stays, if it was more than its mode."""
    await errand.cut()
    hold = asyncio.Event()
    hashed.gate = lambda start: hold if start == 0 else None
    sending = SftpFiles.upload_proved

    async def spoilt(files: SftpFiles, *args: object, **more: object) -> tuple[str, str]:
        if bytes_too:
            errand.spoil(errand.source, 5)
        errand.source.chmod(0o640)
        hold.set()
        return await sending(files, *args, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SftpFiles, "upload_proved", spoilt)
        if not bytes_too:
            assert (await errand.live()).resumed == CUT
            return
        with pytest.raises(SourceChanged):
            await errand.live()
    assert not errand.target.exists()
    assert not errand.part.exists()
    assert (await errand.live()).resumed == 0


@pytest.mark.parametrize("spoilt", [False, True])
async def test_dead_while_the_rest_is_there_and_its_beginning_not_proved(
    errand: Errand, hashed: Hashed, spoilt: bool
) -> None:
    """What lies there is longer than what was proved: the next life proves all of it."""
    await errand.cut()
    held = asyncio.Event()
    hashed.gate = lambda start: held if start == 0 else None
    sending = SftpFiles.upload_proved
    life = asyncio.create_task(errand.live())

    async def dies(files: SftpFiles, *args: object, **more: object) -> tuple[str, str]:
        told = await sending(files, *args, **more)  # type: ignore[arg-type]
        life.cancel()
        return told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SftpFiles, "upload_proved", dies)
        with pytest.raises(asyncio.CancelledError):
            await life
    assert (errand.moved, errand.resumed) == (0, 0)
    assert errand.part.stat().st_size == SIZE
    assert not errand.target.exists()
    if spoilt:
        errand.spoil(errand.part, 5)
    hashed.gate = lambda _: None
    again = await errand.live()
    assert (again.resumed, again.moved) == ((0, SIZE) if spoilt else (SIZE, 0))


async def test_of_a_source_just_changed_nothing_is_known(
    errand: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second change in the same moment would not show."""
    monkeypatch.setattr("podtui.backends.local._SETTLED", 3600.0)
    await errand.cut(known=False)
    monkeypatch.setattr("podtui.backends.local._SETTLED", 0.0)
    assert await errand.known() == ()
    assert (await errand.live()).resumed == CUT


async def test_the_hash_of_another_kind_is_not_taken_for_it(errand: Errand) -> None:
    assert await errand.cut() != ()
    state = await LocalFiles().state(str(errand.source))
    assert await errand.ledger.pieces(f"far:{errand.part}", f"sha512 {state}") == ()


@pytest.mark.parametrize("where", [None, 0, CUT_DOWN - 1])
async def test_a_download_is_proved_ahead(
    errand: Errand, hashed: Hashed, where: int | None
) -> None:
    """Its source there and what is here, before it is known what the source is now."""
    await errand.cut(down=True)
    there = CUT_DOWN
    if where is not None:
        errand.spoil(errand.part, where)
    hashed.forget()
    again = await errand.live(down=True)
    assert again.resumed + again.moved == SIZE
    assert again.resumed == there if where is None else again.resumed <= where
    if where is None:
        assert sum(length or 0 for _, length in hashed.here) == there
        assert sum(length for _, length in hashed.there) == there


async def test_what_was_begun_ahead_for_nothing_is_given_up(
    errand: Errand, hashed: Hashed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends before he asks for it waits for nothing."""
    await errand.cut()
    never = asyncio.Event()
    hashed.gate = lambda _: never
    await errand.files.stat(str(errand.part))
    hashed.forget()
    async with errand.road().begun(str(errand.target)) as road:
        assert road.ahead
        while len(hashed.there) < 2:
            await asyncio.sleep(0)
    monkeypatch.setattr(taking_up, "LARGE", SIZE)
    async with errand.road().begun(str(errand.target)) as road:
        assert not road.ahead  # it would save nothing
    async with errand.road().begun(str(errand.part)) as road:
        assert not road.ahead
