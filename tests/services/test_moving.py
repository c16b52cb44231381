"""One file: taken up where it stopped if it is the same, verified, named; else begun anew."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.backends.local import LocalFiles
from podtui.domain.transfer import Links
from podtui.errors import (
    FileTrouble,
    HashMismatch,
    LoginRequired,
    NoSpace,
    PodError,
    SourceChanged,
    Unreachable,
)
from podtui.services.moving import part_name
from podtui.services.walk import Item, walk
from tests.services.two_ends import STEP, Ends, two_ends

SIZE = 3_000_000
CUT = 20 * STEP


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    async with two_ends(tmp_path) as ends:
        yield ends


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a \udcff"
    path.write_bytes(os.urandom(SIZE))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "there"


class Try:
    """One try, and what moved."""

    def __init__(self, ends: Ends, source: Path, target: Path, way: str = "up") -> None:
        self._ends = ends
        self._source, self._target, self._way = source, target, way
        self.moved = self.resumed = 0

    def _moved(self, count: int) -> None:
        self.moved += count

    def _resumed(self, count: int) -> None:
        self.resumed += count

    async def run(self) -> Try:
        (item,) = [one async for one in walk(LocalFiles(), str(self._source), Links.FOLLOW)]
        road = self._ends.road(self._way)
        await road.move(item, str(self._source), str(self._target), self._moved, self._resumed)
        return self


def fail_at(ends: Ends, at: int, error: PodError) -> None:
    def step(offset: int) -> None:
        if offset >= at:
            ends.far.at_step = lambda _: None
            raise error

    ends.far.at_step = step


async def cut(ends: Ends, source: Path, target: Path, way: str = "up") -> Path:
    """Cut a first try after some bytes; its `.part`."""
    fail_at(ends, CUT, Unreachable("cut"))
    with pytest.raises(Unreachable):
        await Try(ends, source, target, way).run()
    part = Path(part_name(str(target)))
    assert part.stat().st_size == CUT
    assert not target.exists()
    return part


WAYS = pytest.mark.parametrize("way", ["up", "down", "across"])


@WAYS
@pytest.mark.parametrize("large", [1, 1 << 30])
async def test_only_the_rest_is_sent_after_a_cut(
    ends: Ends, source: Path, target: Path, way: str, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large file the rest is sent while what is there is hashed at both ends."""
    monkeypatch.setattr("podtui.services.moving.LARGE", large)
    part = await cut(ends, source, target, way)
    again = await Try(ends, source, target, way).run()
    assert (again.resumed, again.moved) == (CUT, SIZE - CUT)
    assert target.read_bytes() == source.read_bytes()
    assert not part.exists()
    assert target.stat().st_mtime == source.stat().st_mtime
    assert target.stat().st_mode == source.stat().st_mode


@WAYS
@pytest.mark.parametrize("large", [1, 1 << 30])
async def test_a_part_that_differs_is_sent_anew(
    ends: Ends, source: Path, target: Path, way: str, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is told of a rest that was sent for nothing."""
    monkeypatch.setattr("podtui.services.moving.LARGE", large)
    part = await cut(ends, source, target, way)
    part.write_bytes(b"\0" * CUT)
    again = await Try(ends, source, target, way).run()
    assert (again.resumed, again.moved) == (0, SIZE)
    assert target.read_bytes() == source.read_bytes()


async def test_a_source_that_changed_is_sent_anew(ends: Ends, source: Path, target: Path) -> None:
    await cut(ends, source, target)
    os.utime(source, (1, 1))
    assert (await Try(ends, source, target).run()).resumed == 0


async def test_a_part_nobody_knows_is_not_trusted(ends: Ends, source: Path, target: Path) -> None:
    Path(part_name(str(target))).write_bytes(source.read_bytes()[:CUT])
    assert (await Try(ends, source, target).run()).resumed == 0


@pytest.mark.parametrize("large", [1, 1 << 30])
async def test_the_last_bytes_of_a_part_may_be_in_any_order(
    ends: Ends, source: Path, target: Path, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that writes as it likes leaves gaps near the end: what is before them counts."""
    monkeypatch.setattr("podtui.services.moving.LARGE", large)
    monkeypatch.setattr("podtui.services.beginnings.WITHOUT_ORDER", 5 * STEP)
    monkeypatch.setattr("podtui.services.moving.WITHOUT_ORDER", 5 * STEP)
    part = await cut(ends, source, target)
    with part.open("r+b") as file:
        file.seek(CUT - STEP)
        file.write(b"\0" * 10)
    again = await Try(ends, source, target).run()
    assert again.resumed == CUT - 5 * STEP
    assert target.read_bytes() == source.read_bytes()


async def test_a_whole_part_only_lacks_its_name(ends: Ends, source: Path, target: Path) -> None:
    part = await cut(ends, source, target)
    part.write_bytes(source.read_bytes())
    part.chmod(0o400)
    again = await Try(ends, source, target).run()
    assert (again.resumed, again.moved) == (SIZE, 0)
    assert target.read_bytes() == source.read_bytes()
    assert [path for path in target.parent.iterdir() if path.suffix == ".part"] == []


async def test_killed_between_the_name_and_the_ledger(
    ends: Ends, source: Path, target: Path
) -> None:
    """The name is given, and the ledger was not told: nothing is sent again."""
    end_part = ends.ledger.end_part

    async def killed(_place: str) -> None:
        raise Unreachable("killed")

    ends.ledger.end_part = killed  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        await Try(ends, source, target).run()
    ends.ledger.end_part = end_part  # type: ignore[method-assign]
    again = await Try(ends, source, target).run()
    assert (again.resumed, again.moved) == (SIZE, 0)
    target.write_bytes(b"x" * SIZE)  # and it is looked at, not believed
    ends.ledger.end_part = killed  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        await Try(ends, source, target).run()
    target.write_bytes(b"y" * SIZE)
    ends.ledger.end_part = end_part  # type: ignore[method-assign]
    assert (await Try(ends, source, target).run()).moved == SIZE


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (Unreachable("cut"), True),
        (LoginRequired("who are you?"), True),
        (NoSpace("full"), False),
        (SourceChanged("other"), False),
        (FileTrouble("no"), False),
    ],
)
@WAYS
async def test_what_a_failure_leaves(
    ends: Ends, source: Path, target: Path, error: PodError, stays: bool, way: str
) -> None:
    target.write_bytes(b"old and whole")
    fail_at(ends, CUT, error)
    with pytest.raises(type(error)):
        await Try(ends, source, target, way).run()
    assert Path(part_name(str(target))).exists() is stays
    assert target.read_bytes() == b"old and whole"


@pytest.mark.parametrize("size", [0, 5, SIZE])
async def test_a_mismatch_never_gets_the_name_and_tells_both_hashes(
    ends: Ends, source: Path, target: Path, size: int
) -> None:
    source.write_bytes(b"x" * size)
    ends.far.hash_as = lambda told: told[::-1]
    with pytest.raises(HashMismatch) as caught:
        await Try(ends, source, target).run()
    told = await LocalFiles().hash(str(source), "sha256")
    assert told in caught.value.message
    assert told[::-1] in caught.value.message
    assert not target.exists()
    assert not Path(part_name(str(target))).exists()


async def test_a_name_that_is_taken_by_a_folder_is_told(
    ends: Ends, source: Path, target: Path
) -> None:
    (target / "mine").mkdir(parents=True)
    with pytest.raises(FileTrouble, match="cannot be written") as caught:
        await Try(ends, source, target).run()
    assert "whole, verified file is at" in caught.value.hint


@pytest.mark.parametrize("mode", [0o444, 0o640, 0o755])
async def test_permissions_are_kept(ends: Ends, source: Path, target: Path, mode: int) -> None:
    source.chmod(mode)
    await Try(ends, source, target).run()
    assert target.stat().st_mode & 0o777 == mode
    unknown = Item("", (await LocalFiles().stat(str(source))).kind, SIZE, 5.0)  # type: ignore[union-attr]
    target.chmod(0o600)
    await ends.road().move(unknown, str(source), str(target), lambda _: None, lambda _: None)
    assert target.stat().st_mode & 0o400  # a server that tells no permissions makes none of 000
