"""Large files are hashed at the far side while they arrive, and what differs is found."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from podtui.backends.ssh import proving
from podtui.backends.ssh.sftp import SftpFiles

MEGA = 1 << 20
SIZE = 24 * MEGA + 17


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "_LEAST", 2 * MEGA)
    monkeypatch.setattr(proving, "UNDER_WAY", 4 * MEGA)


def nothing(_: int) -> None:
    """A progress nobody looks at."""


@pytest.mark.parametrize("offset", [0, 5, 10 * MEGA])
async def test_every_piece_is_compared_and_all_of_them_are_the_file(
    files: SftpFiles, near: Path, far: Path, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(SIZE)
    (near / "a").write_bytes(data)
    (far / "b").write_bytes(data[:offset])
    asked: list[tuple[int, int | None]] = []
    hashing = files.hash

    async def hash_there(path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        asked.append((start, length))
        return await hashing(path, algo, start, length)

    monkeypatch.setattr(files, "hash", hash_there)
    sent, there = await files.upload_proved(near / "a", str(far / "b"), "sha256", nothing, offset)
    assert sent == there
    assert (far / "b").read_bytes() == data
    assert len(asked) > 2
    at = offset
    for start, length in asked[:-1]:
        assert start == at
        assert length is not None
        at += length
    assert asked[-1] == (at, None)  # to the end, whatever that is: nothing may be behind it
    assert there == hashlib.sha256(data[at:]).hexdigest()


@pytest.mark.parametrize("where", [0, SIZE // 2, SIZE - 1])
async def test_one_wrong_byte_is_found(files: SftpFiles, near: Path, far: Path, where: int) -> None:
    data = os.urandom(SIZE)
    (near / "a").write_bytes(data)
    moved = 0

    def spoil(count: int) -> None:
        nonlocal moved
        moved += count
        if moved == SIZE:
            with (far / "b").open("r+b") as file:
                file.seek(where)
                file.write(bytes([data[where] ^ 1]))

    spoilt_first = files.hash

    async def hash_there(path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        if moved < SIZE:
            return "seen too early"
        return await spoilt_first(path, algo, start, length)

    files.hash = hash_there  # type: ignore[method-assign]
    sent, there = await files.upload_proved(near / "a", str(far / "b"), "sha256", spoil)
    assert sent != there


async def test_a_piece_that_was_not_whole_yet_is_looked_at_again(
    files: SftpFiles, near: Path, far: Path
) -> None:
    """A server may write in any order: what differs on the way is no error yet."""
    (near / "a").write_bytes(os.urandom(SIZE))
    hashing, first = files.hash, True

    async def hash_there(path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        nonlocal first
        if first:
            first = False
            return "of a gap"
        return await hashing(path, algo, start, length)

    files.hash = hash_there  # type: ignore[method-assign]
    sent, there = await files.upload_proved(near / "a", str(far / "b"), "sha256", nothing)
    assert sent == there


def test_pieces_cover_a_file_of_any_size() -> None:
    for size in (0, 1, 3 * MEGA, 4 * MEGA + 1, 10**12, random.Random(1).randrange(10**10)):
        at, pieces = 0, 0
        while at < size:
            end = proving.cut_piece(at, size)
            assert at < end <= size
            at, pieces = end, pieces + 1
        assert pieces < 1100
    assert proving.cut_piece(0, 0) == 0


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 7), (5, None), (5, 7), (100, 7)])
async def test_a_stretch_is_hashed_there(
    files: SftpFiles, far: Path, start: int, length: int | None
) -> None:
    data = os.urandom(50)
    (far / "b").write_bytes(data)
    end = None if length is None else start + length
    told = await files.hash(str(far / "b"), "sha256", start, length)
    assert told == hashlib.sha256(data[start:end]).hexdigest()
