"""Uploads and downloads: every byte, or a reason why not, and nothing left open."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from podtui.backends.ssh.sftp import SftpFiles
from podtui.errors import (
    BadAnswer,
    FileTrouble,
    InputError,
    NoSpace,
    NotFound,
    PodError,
    SourceChanged,
    Unreachable,
)

from .conftest import Door, LinkTo, serve, wire_to

BLOCK = 261_120  # OpenSSH's largest read and write
SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 20 * BLOCK + 17)


def nothing(_: int) -> None:
    """A progress nobody looks at."""


def open_files(folder: Path) -> list[str]:
    """What this process holds open below `folder`; in-process servers are this process too."""
    found = []
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            target = str(Path(f"/proc/self/fd/{number}").readlink())
        except OSError:
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_sent_and_fetched_is_what_was_there(
    files: SftpFiles, near: Path, far: Path, size: int
) -> None:
    data = os.urandom(size)
    expected = hashlib.sha256(data).hexdigest()
    (near / "a").write_bytes(data)
    sent: list[int] = []
    assert await files.upload(near / "a", f"{far}/b", "sha256", sent.append) == expected
    assert (far / "b").read_bytes() == data
    got: list[int] = []
    assert await files.download(f"{far}/b", near / "c", "sha256", got.append) == expected
    assert (near / "c").read_bytes() == data
    assert (sum(sent), sum(got)) == (size, size)
    assert await files.hash(f"{far}/b", "sha256") == expected


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_so_with_small_blocks_and_without_a_shell_too(
    link_to: LinkTo, door: Door, near: Path, far: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        asyncssh.SFTPServer, "read", _short(asyncssh.SFTPServer.read, 10_000), raising=True
    )
    async with serve(door, sftp_factory=True) as served:
        files = SftpFiles(link_to(port=served.port))
        data = os.urandom(size)
        (near / "a").write_bytes(data)
        sent = await files.upload(near / "a", f"{far}/b", "md5", nothing)
        got = await files.download(f"{far}/b", near / "c", "md5", nothing)
        assert sent == got == hashlib.md5(data).hexdigest()
        assert (near / "c").read_bytes() == (far / "b").read_bytes() == data
    assert open_files(far) == []


def _short(read: Callable[..., Any], most: int) -> Callable[..., Any]:
    def short(self: Any, file: Any, offset: int, size: int) -> Any:
        return read(self, file, offset, min(size, most))

    return short


async def test_a_shorter_file_replaces_a_longer_one_whole(
    files: SftpFiles, near: Path, far: Path
) -> None:
    (near / "a").write_bytes(b"short")
    (near / "b").write_bytes(b"very much longer")
    (far / "a").write_bytes(b"very much longer")
    await files.upload(near / "a", f"{far}/a", "sha256", nothing)
    await files.download(f"{far}/a", near / "b", "sha256", nothing)
    assert (far / "a").read_bytes() == (near / "b").read_bytes() == b"short"


async def test_modes_the_program_bit_goes_along_and_downloads_are_private(
    files: SftpFiles, near: Path, far: Path
) -> None:
    (near / "run").write_text("#!/bin/sh\n")
    (near / "run").chmod(0o700)
    await files.upload(near / "run", f"{far}/run", "sha256", nothing)
    assert stat.S_IMODE((far / "run").stat().st_mode) == 0o700
    await files.download(f"{far}/run", near / "back", "sha256", nothing)
    assert stat.S_IMODE((near / "back").stat().st_mode) == 0o600


@pytest.mark.parametrize("what", ["shrinks", "grows", "touched", "vanishes", "replaced"])
async def test_a_source_that_changes_while_it_is_sent_is_told(
    files: SftpFiles, near: Path, far: Path, what: str
) -> None:
    source = near / "a"
    source.write_bytes(os.urandom(60 * BLOCK))
    os.utime(source, (1e9, 1e9))

    def meddle(_: int) -> None:
        match what:
            case "shrinks":
                os.truncate(source, 50 * BLOCK)
            case "grows":
                os.truncate(source, 61 * BLOCK)
            case "touched":
                os.utime(source)
            case "vanishes":
                source.unlink(missing_ok=True)
            case "replaced":
                (near / "other").write_bytes(b"x")
                (near / "other").replace(source)

    with pytest.raises(SourceChanged):
        await files.upload(source, f"{far}/b", "sha256", meddle)
    assert open_files(near) == []


@pytest.mark.parametrize("size", [20 * BLOCK, 61 * BLOCK])
async def test_a_remote_file_that_changes_while_it_is_fetched_is_told(
    files: SftpFiles, near: Path, far: Path, size: int
) -> None:
    source = far / "a"
    source.write_bytes(os.urandom(60 * BLOCK))
    with pytest.raises(SourceChanged):
        await files.download(str(source), near / "b", "sha256", lambda _: os.truncate(source, size))
    assert (near / "b").stat().st_size <= 60 * BLOCK
    assert open_files(near) == []


class Lying(asyncssh.SFTPServer):
    """Tells a size, gives as many bytes as it likes."""

    told = 1000
    gives = 10**12
    more = 0

    def stat(self, path: bytes) -> Any:
        return self.fstat(path)

    def fstat(self, file_obj: object) -> Any:
        return asyncssh.SFTPAttrs(permissions=0o100644, size=self.told, mtime=1, atime=1)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return b"z" * max(0, min(size + self.more, self.gives - offset))


async def test_a_server_that_lies_about_the_size_is_found_out_and_bounded(
    link_to: LinkTo, door: Door, near: Path, far: Path
) -> None:
    (far / "a").touch()

    async def fetch(**lie: int) -> None:
        server = type("Liar", (Lying,), lie)
        async with serve(door, sftp_factory=server) as served:
            files = SftpFiles(link_to(port=served.port, known_hosts=near / f"{served.port}"))
            await files.download(f"{far}/a", near / "b", "sha256", nothing)

    with pytest.raises(SourceChanged):
        await fetch(gives=10**12)  # a file without end
    assert not (near / "b").exists()
    with pytest.raises(SourceChanged):
        await fetch(told=5_000_000)  # the same, found out after some was written
    assert (near / "b").stat().st_size <= 5_000_000
    with pytest.raises(SourceChanged):
        await fetch(gives=400)
    with pytest.raises(BadAnswer):
        await fetch(more=5)
    await fetch(gives=1000)
    assert (near / "b").read_bytes() == b"z" * 1000
    assert open_files(near) == []


class Full(asyncssh.SFTPServer):
    """Takes a megabyte, then says why not."""

    says: BaseException = OSError()
    free = 10**9

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        if offset + len(data) > 1_000_000:
            raise self.says
        return super().write(file_obj, offset, data)

    def statvfs(self, path: bytes) -> Any:
        return asyncssh.SFTPVFSAttrs(bsize=1, frsize=1, bavail=self.free, bfree=0, blocks=9)


@pytest.mark.parametrize(
    ("says", "free", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 10**9, NoSpace),
        (asyncssh.SFTPFailure("Disk quota exceeded"), 10**9, NoSpace),
        (asyncssh.SFTPFailure("Failure"), 0, NoSpace),
        (asyncssh.SFTPFailure("Failure"), 10**9, FileTrouble),
        (asyncssh.SFTPPermissionDenied("no"), 10**9, FileTrouble),
    ],
)
async def test_a_full_disk_over_there_is_told_as_such(
    link_to: LinkTo,
    door: Door,
    near: Path,
    far: Path,
    says: Exception,
    free: int,
    told: type[PodError],
) -> None:
    (near / "a").write_bytes(bytes(3_000_000))
    server = type("Full", (Full,), {"says": says, "free": free})
    async with serve(door, sftp_factory=server) as served:
        files = SftpFiles(link_to(port=served.port))
        with pytest.raises(told) as error:
            await files.upload(near / "a", f"{far}/b", "sha256", nothing)
        assert type(error.value) is told
        await files.list_folder(str(far))
        assert open_files(far) == []
    assert open_files(near) == []


async def test_a_full_disk_here_is_told_as_such(
    files: SftpFiles, near: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (far / "a").write_bytes(b"x" * 3_000_000)
    await files.stat(str(far))  # log in, which writes the host key down

    def full(fd: int, data: Any) -> int:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr("podtui.backends.ssh.local_file.os.write", full)
    with pytest.raises(NoSpace, match="quota"):
        await files.download(f"{far}/a", near / "b", "sha256", nothing)
    assert open_files(near) == []


async def test_what_cannot_be_read_or_written_is_told(
    files: SftpFiles, near: Path, far: Path
) -> None:
    (near / "a").write_bytes(b"x")
    os.mkfifo(near / "pipe")
    os.mkfifo(far / "pipe")
    with pytest.raises(FileTrouble):
        await files.upload(near / "missing", f"{far}/b", "sha256", nothing)
    for source in (near / "pipe", near):
        with pytest.raises(FileTrouble, match="plain file"):
            await files.upload(source, f"{far}/b", "sha256", nothing)
    with pytest.raises(NotFound):
        await files.upload(near / "a", f"{far}/no/b", "sha256", nothing)
    with pytest.raises(NotFound):
        await files.download(f"{far}/missing", near / "b", "sha256", nothing)
    for path in (f"{far}/pipe", str(far)):
        with pytest.raises(FileTrouble, match="plain file"):
            await files.download(path, near / "b", "sha256", nothing)
        with pytest.raises(FileTrouble, match="plain file"):
            await files.hash(path, "sha256")
        with pytest.raises(FileTrouble, match="plain file"):
            await files.read(path, 0, 9)
    (far / "a").write_bytes(b"x")
    with pytest.raises(FileTrouble):
        await files.download(f"{far}/a", near / "no" / "b", "sha256", nothing)
    with pytest.raises(InputError):
        await files.upload(near / "a", f"{far}/b", "rot13", nothing)
    assert not (near / "b").exists()


async def test_a_cut_link_is_told_and_leaves_nothing_open(
    link_to: LinkTo, door: Door, near: Path, far: Path
) -> None:
    (near / "a").write_bytes(bytes(30_000_000))
    (far / "a").write_bytes(bytes(30_000_000))
    async with serve(door, sftp_factory=True) as served, wire_to(served.port) as wire:
        files = SftpFiles(link_to(port=wire.port))
        with pytest.raises(Unreachable):
            await files.upload(near / "a", f"{far}/b", "sha256", lambda _: wire.cut())
        with pytest.raises(Unreachable):
            await files.download(f"{far}/a", near / "b", "sha256", lambda _: wire.cut())
        assert open_files(near) == []
        await files.upload(near / "a", f"{far}/b", "sha256", nothing)
    assert (far / "b").read_bytes() == bytes(30_000_000)


@pytest.mark.parametrize("way", ["upload", "download"])
async def test_a_cancelled_transfer_leaves_nothing_open_on_either_side(
    link_to: LinkTo, door: Door, near: Path, far: Path, way: str
) -> None:
    (near / "a").write_bytes(bytes(30_000_000))
    (far / "a").write_bytes(bytes(30_000_000))
    async with serve(door, sftp_factory=True) as served:
        files = SftpFiles(link_to(port=served.port))
        moving = asyncio.Event()

        def moved(_: int) -> None:
            moving.set()

        if way == "upload":
            work = files.upload(near / "a", f"{far}/b", "sha256", moved)
        else:
            work = files.download(f"{far}/a", near / "b", "sha256", moved)
        task = asyncio.create_task(work)
        await moving.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert open_files(near) == []
        assert open_files(far) == []
        assert (far / "b" if way == "upload" else near / "b").exists()  # the caller's part file


class SlowOpen(asyncssh.SFTPServer):
    """Takes its time to open a file."""

    asked: asyncio.Event
    go: asyncio.Event
    opened = 0
    closed = 0

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        type(self).asked.set()
        await type(self).go.wait()
        type(self).opened += 1
        return super().open(path, pflags, attrs)

    def close(self, file_obj: object) -> Any:
        type(self).closed += 1
        return super().close(file_obj)


async def test_a_transfer_cancelled_while_the_file_is_being_opened_closes_it(
    link_to: LinkTo, door: Door, near: Path, far: Path
) -> None:
    (near / "a").write_bytes(b"x")
    SlowOpen.asked, SlowOpen.go = asyncio.Event(), asyncio.Event()
    async with serve(door, sftp_factory=SlowOpen) as served:
        files = SftpFiles(link_to(port=served.port))
        task = asyncio.create_task(files.upload(near / "a", f"{far}/b", "sha256", nothing))
        await SlowOpen.asked.wait()
        task.cancel()
        SlowOpen.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (SlowOpen.opened, SlowOpen.closed) == (1, 1)
    assert open_files(near) == open_files(far) == []
