"""Parts of files: taken up behind what is there, cut to it first, holes left as holes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from podtui.backends.local import LocalFiles
from podtui.backends.ssh.sftp import SftpFiles
from podtui.errors import SourceChanged

MEGA = 1 << 20
HOLE = 24 * MEGA


def nothing(_: int) -> None:
    """A progress nobody looks at."""


def copied_by(files: SftpFiles, way: str) -> Callable[[Path, Path, list[int], int], Awaitable[str]]:
    async def copy(source: Path, target: Path, moved: list[int], offset: int) -> str:
        if way == "upload":
            return await files.upload(source, str(target), "sha256", moved.append, offset)
        if way == "download":
            return await files.download(str(source), target, "sha256", moved.append, offset)
        ends = (str(source), files, str(target), "sha256")
        return await files.pass_on(*ends, moved.append, offset)

    return copy


@pytest.mark.parametrize("way", ["upload", "download", "copy"])
@pytest.mark.parametrize("longer", [0, 5_000_000])
async def test_only_the_rest_moves(
    files: SftpFiles, near: Path, far: Path, way: str, longer: int
) -> None:
    """Also where more is there than is to be kept: the rest is no rest of this file."""
    data, offset = os.urandom(3 * MEGA + 17), MEGA + 5
    (near / "a").write_bytes(data)
    (far / "b").write_bytes(data[:offset] + b"\xff" * longer)
    moved: list[int] = []
    told = await copied_by(files, way)(near / "a", far / "b", moved, offset)
    assert told == hashlib.sha256(data[offset:]).hexdigest()
    assert sum(moved) == len(data) - offset
    assert (far / "b").read_bytes() == data
    assert await files.hash(str(far / "b"), "sha256", offset) == told
    assert await LocalFiles().hash(str(far / "b"), "sha256", offset) == told
    first = await files.hash(str(far / "b"), "sha256", 0, offset)
    assert first == hashlib.sha256(data[:offset]).hexdigest()


@pytest.mark.parametrize("way", ["upload", "download", "copy"])
async def test_holes_stay_holes(files: SftpFiles, near: Path, far: Path, way: str) -> None:
    """A file of 24 MiB with 3 bytes in it takes little room there too; its end may be a hole."""
    with (near / "a").open("wb") as file:
        file.write(b"x")
        file.seek(HOLE // 2)
        file.write(b"y")
        file.truncate(HOLE)
    (far / "b").write_bytes(b"\xff" * 100)
    data = (near / "a").read_bytes()
    moved: list[int] = []
    told = await copied_by(files, way)(near / "a", far / "b", moved, 0)
    assert told == hashlib.sha256(data).hexdigest()
    assert (far / "b").read_bytes() == data
    assert sum(moved) == HOLE
    if (near / "a").stat().st_blocks * 512 < HOLE // 2:  # where this disk has holes at all
        assert (far / "b").stat().st_blocks * 512 < 4 * MEGA


@pytest.mark.parametrize("way", ["upload", "download"])
async def test_what_is_shorter_than_it_was_is_told(
    files: SftpFiles, near: Path, far: Path, way: str
) -> None:
    (near / "a").write_bytes(b"x" * 10)
    (far / "b").write_bytes(b"x" * 20)
    with pytest.raises(SourceChanged, match="shorter"):
        await copied_by(files, way)(near / "a", far / "b", [], 15)


async def test_a_part_can_be_written_again(files: SftpFiles, near: Path, far: Path) -> None:
    """A file nobody may write is sent as one its owner may: the next try has to."""
    (near / "a").write_bytes(b"x" * 100)
    (near / "a").chmod(0o444)
    await files.upload(near / "a", f"{far}/b", "sha256", nothing)
    assert (far / "b").stat().st_mode & 0o600 == 0o600


async def test_facts_are_kept_where_they_are_known(files: SftpFiles, far: Path) -> None:
    (far / "b").write_bytes(b"")
    (far / "b").chmod(0o640)
    for end in (files, LocalFiles()):
        await end.set_facts(str(far / "b"), 0, 1_000_000_000.7)
        told = (far / "b").stat()
        assert (told.st_mode & 0o777, int(told.st_mtime)) == (0o640, 1_000_000_000)
        await end.set_facts(str(far / "b"), 0o4755, -5.0)
        assert (far / "b").stat().st_mode & 0o7777 == 0o755
        (far / "b").chmod(0o640)
