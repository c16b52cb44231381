"""Files over SFTP, by a real OpenSSH server and by servers that misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from podtui.backends.base import Files
from podtui.backends.ssh import sftp
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.trace import TRACE
from podtui.domain.entry import EntryKind
from podtui.errors import (
    BadAnswer,
    FileTrouble,
    InputError,
    NotFound,
    NotOffered,
    PodError,
    Unreachable,
)

from .conftest import Door, LinkTo, serve


def test_it_is_what_the_services_expect(link_to: LinkTo) -> None:
    files: Files = SftpFiles(link_to())
    assert files


async def test_a_listing_tells_kinds_sizes_times_and_where_links_lead(
    files: SftpFiles, far: Path
) -> None:
    (far / "file").write_bytes(b"12345")
    os.utime(far / "file", (1e9, 1e9))
    (far / "file").chmod(0o640)
    (far / "folder").mkdir()
    os.mkfifo(far / "pipe")
    for name, target in (("to-file", "file"), ("to-folder", "folder"), ("to-nothing", "gone")):
        (far / name).symlink_to(target)
    found = {entry.name: entry for entry in await files.list_folder(str(far))}
    assert {name: (entry.kind, entry.target_kind) for name, entry in found.items()} == {
        "file": (EntryKind.FILE, None),
        "folder": (EntryKind.FOLDER, None),
        "pipe": (EntryKind.OTHER, None),
        "to-file": (EntryKind.LINK, EntryKind.FILE),
        "to-folder": (EntryKind.LINK, EntryKind.FOLDER),
        "to-nothing": (EntryKind.LINK, None),
    }
    assert (found["file"].size, found["file"].mode) == (5, 0o640)
    assert found["file"].modified == datetime.fromtimestamp(1e9, UTC)


@pytest.mark.parametrize("name", [b"a\xffb", b"-n", b"new\nline", b"it's \\ $(x)", b"\x1b[2J"])
async def test_names_of_any_bytes_go_there_and_back(
    files: SftpFiles, far: Path, name: bytes
) -> None:
    raw = os.fsencode(far) + b"/" + name
    Path(os.fsdecode(raw)).write_bytes(b"content")
    [entry] = await files.list_folder(str(far))
    assert os.fsencode(entry.name) == name
    path = f"{far}/{entry.name}"
    assert await files.hash(path, "sha256") == hashlib.sha256(b"content").hexdigest()
    assert await files.read(path, 0, 99) == b"content"
    await files.rename(path, f"{far}/{entry.name}2")
    assert [os.fsencode(path.name) for path in far.iterdir()] == [name + b"2"]
    await files.remove(f"{far}/{entry.name}2")
    assert list(far.iterdir()) == []


async def test_a_big_folder_is_listed_whole(files: SftpFiles, far: Path) -> None:
    for number in range(3000):
        (far / f"{number}").touch()
    assert len(await files.list_folder(str(far))) == 3000


async def test_a_missing_folder_is_not_found_and_the_link_stays(
    files: SftpFiles, far: Path
) -> None:
    with pytest.raises(NotFound):
        await files.list_folder(f"{far}/nowhere")
    assert await files.list_folder(str(far)) == ()


async def test_stat_follows_links_and_tells_none_for_nothing(files: SftpFiles, far: Path) -> None:
    (far / "file").write_bytes(b"12")
    (far / "link").symlink_to("file")
    (far / "lost").symlink_to("gone")
    found = await files.stat(f"{far}/link")
    assert found is not None
    assert (found.name, found.kind, found.size) == ("link", EntryKind.FILE, 2)
    lost = await files.stat(f"{far}/lost")
    assert lost is not None
    assert (lost.kind, lost.target_kind) == (EntryKind.LINK, None)
    assert await files.stat(f"{far}/gone") is None


async def test_paths_become_absolute(files: SftpFiles, far: Path) -> None:
    home = await files.resolve("~")
    assert home.startswith("/")
    assert await files.resolve("~/a//b/./c") == f"{home.rstrip('/')}/a/b/c"
    assert await files.resolve("a") == f"{home.rstrip('/')}/a"
    assert await files.resolve("//x") == "/x"
    (far / "deep").mkdir()
    (far / "link").symlink_to("/")
    assert await files.resolve(f"{far}/link/..") == "/"
    with pytest.raises(InputError):
        await files.resolve("~bob/x")


async def test_folders_are_made_with_their_parents_and_removed_only_when_empty(
    files: SftpFiles, far: Path
) -> None:
    for _ in range(2):
        await files.make_folder(f"{far}/a/b/c")
    assert (far / "a/b/c").is_dir()
    with pytest.raises(FileTrouble):
        await files.remove(f"{far}/a")
    await files.remove(f"{far}/a/b/c")
    assert not (far / "a/b/c").exists()
    (far / "file").touch()
    with pytest.raises(FileTrouble):
        await files.make_folder(f"{far}/file")


async def test_removing_a_link_leaves_what_it_points_at(files: SftpFiles, far: Path) -> None:
    (far / "folder").mkdir()
    (far / "link").symlink_to("folder")
    await files.remove(f"{far}/link")
    assert [path.name for path in far.iterdir()] == ["folder"]


async def test_rename_replaces(files: SftpFiles, far: Path) -> None:
    (far / "new").write_text("new")
    (far / "old").write_text("old")
    await files.rename(f"{far}/new", f"{far}/old")
    assert {path.name: path.read_text() for path in far.iterdir()} == {"old": "new"}


async def test_read_takes_a_piece_from_the_front_or_from_the_end(
    files: SftpFiles, far: Path
) -> None:
    (far / "log").write_bytes(bytes(range(100)))
    path = f"{far}/log"
    assert await files.read(path, 10, 5) == bytes(range(10, 15))
    assert await files.read(path, -5, 99) == bytes(range(95, 100))
    assert await files.read(path, -500, 3) == bytes(range(3))
    assert await files.read(path, 100, 5) == b""
    (far / "log").write_bytes(os.urandom(600_000))
    assert await files.read(path, 1, 590_000) == (far / "log").read_bytes()[1:590_001]


async def test_space_is_told(files: SftpFiles, far: Path) -> None:
    space = await files.space(str(far))
    assert space is not None
    assert 0 < space.free <= space.total


@pytest.mark.parametrize("algo", ["md5", "sha1", "sha256", "sha512", "SHA-256"])
async def test_hashes_are_computed_over_there(files: SftpFiles, far: Path, algo: str) -> None:
    (far / "file").write_bytes(b"x" * 100_000)
    name = algo.lower().replace("-", "")
    expected = hashlib.new(name, b"x" * 100_000).hexdigest()
    assert await files.hash(f"{far}/file", algo) == expected


async def test_a_hash_of_nothing_or_by_nothing_is_refused(files: SftpFiles, far: Path) -> None:
    with pytest.raises(NotFound):
        await files.hash(f"{far}/gone", "sha256")
    with pytest.raises(InputError):
        await files.hash(f"{far}/gone", "rot13")
    with pytest.raises(InputError):
        await files.stat("a\0b")


async def silent(process: asyncssh.SSHServerProcess[bytes]) -> None:
    process.stdout.write(b"This service allows files only.\n")
    process.exit(0)


async def test_where_no_command_answers_the_file_is_read_back(
    link_to: LinkTo, door: Door, far: Path
) -> None:
    (far / "file").write_bytes(b"y" * 3_000_000)
    expected = hashlib.sha256(b"y" * 3_000_000).hexdigest()
    for factory in (silent, None):
        async with serve(door, process_factory=factory, sftp_factory=True) as served:
            files = SftpFiles(link_to(port=served.port))
            assert await files.hash(f"{far}/file", "sha256") == expected


class Hostile(asyncssh.SFTPServer):
    """Lists names that lead out of the folder."""

    names: tuple[bytes, ...] = (b"../../.bashrc", b"/etc/passwd", b"", b"a\0b", b"..", b"good")

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in self.names:
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=1))


async def test_names_that_leave_the_folder_are_shown_as_refused_and_cannot_be_used(
    link_to: LinkTo, door: Door, far: Path
) -> None:
    async with serve(door, sftp_factory=Hostile) as served:
        files = SftpFiles(link_to(port=served.port))
        found = await files.list_folder(str(far))
        assert [(entry.name, entry.kind) for entry in found] == [
            ("unsafe name refused: ..∕..∕.bashrc", EntryKind.OTHER),
            ("unsafe name refused: ∕etc∕passwd", EntryKind.OTHER),
            ("unsafe name refused: (empty)", EntryKind.OTHER),
            ("unsafe name refused: a␀b", EntryKind.OTHER),
            ("good", EntryKind.FILE),
        ]
        with pytest.raises(NotFound):
            await files.remove(f"{far}/{found[0].name}")


class Endless(Hostile):
    """Never comes to the end of a folder."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        while True:
            yield asyncssh.SFTPName(b"x", attrs=asyncssh.SFTPAttrs(permissions=0o100644))


async def test_a_folder_without_end_is_refused(
    link_to: LinkTo, door: Door, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "MOST_ENTRIES", 500)
    async with serve(door, sftp_factory=Endless) as served:
        with pytest.raises(BadAnswer, match="500"):
            await SftpFiles(link_to(port=served.port)).list_folder(str(far))


async def test_rename_replaces_where_the_server_cannot_in_one_step(
    link_to: LinkTo, door: Door, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unsupported(*about: object) -> None:
        raise asyncssh.SFTPOpUnsupported("no posix-rename")

    monkeypatch.setattr(asyncssh.SFTPClient, "posix_rename", unsupported)
    async with serve(door, sftp_factory=True) as served:
        files = SftpFiles(link_to(port=served.port))
        (far / "new").write_text("new")
        (far / "old").write_text("old")
        await files.rename(f"{far}/new", f"{far}/old")
        await files.rename(f"{far}/old", f"{far}/free")
    assert {path.name: path.read_text() for path in far.iterdir()} == {"free": "new"}


async def test_a_session_that_breaks_is_replaced(link_to: LinkTo, door: Door, far: Path) -> None:
    sessions: list[Any] = []

    def session(channel: Any) -> asyncssh.SFTPServer:
        sessions.append(channel)
        return asyncssh.SFTPServer(channel)

    async with serve(door, sftp_factory=session) as served:
        link = link_to(port=served.port)
        files = SftpFiles(link)
        await files.list_folder(str(far))
        client = await link.sftp()
        sessions[0].close()
        await client.wait_closed()
        with pytest.raises(Unreachable):
            await files.list_folder(str(far))
        assert await files.list_folder(str(far)) == ()
    assert (door.logins, len(sessions)) == (1, 2)


class Slow(asyncssh.SFTPServer):
    """Opens folders only when it is told to."""

    asked: asyncio.Event
    go: asyncio.Event
    open_now: int = 0

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        Slow.open_now += 1
        Slow.asked.set()
        try:
            await Slow.go.wait()
            yield asyncssh.SFTPName(b"x", attrs=asyncssh.SFTPAttrs(permissions=0o100644))
        finally:
            Slow.open_now -= 1


async def test_a_listing_that_is_left_closes_the_folder_over_there(
    link_to: LinkTo, door: Door, far: Path
) -> None:
    Slow.asked, Slow.go = asyncio.Event(), asyncio.Event()
    async with serve(door, sftp_factory=Slow) as served:
        files = SftpFiles(link_to(port=served.port))
        listing = asyncio.create_task(files.list_folder(str(far)))
        await Slow.asked.wait()
        listing.cancel()
        Slow.go.set()
        with pytest.raises(asyncio.CancelledError):
            await listing
        assert await files.stat(str(far)) is not None  # answered after the folder was closed
        assert Slow.open_now == 0


class Chatty(asyncssh.SFTPServer):
    """Greets first, as a start-up file with an echo does."""

    def __init__(self, chan: Any) -> None:
        chan.write(b"Welcome to the cluster!\n")
        super().__init__(chan)


class Gone(asyncssh.SFTPServer):
    """Ends at once, as sshd does when its sftp-server is not installed."""

    def __init__(self, chan: Any) -> None:
        chan.exit(127)
        super().__init__(chan)


@pytest.mark.parametrize(
    ("service", "told"), [(Chatty, BadAnswer), (Gone, NotOffered), (None, NotOffered)]
)
async def test_a_server_without_a_file_service_is_told_as_such(
    link_to: LinkTo, door: Door, service: Any, told: type[PodError]
) -> None:
    async with serve(door, sftp_factory=service) as served:
        with pytest.raises(told):
            await SftpFiles(link_to(port=served.port)).space("/")


async def test_the_command_log_has_a_line_for_each_kind_of_operation(
    files: SftpFiles, far: Path, tmp_path: Path
) -> None:
    (far / "seen").write_bytes(bytes(1 << 20))
    TRACE.entries.clear()
    await files.list_folder(str(far))
    await files.stat(f"{far}/seen")
    await files.make_folder(f"{far}/new")
    await files.rename(f"{far}/seen", f"{far}/new/old")
    await files.download(f"{far}/new/old", tmp_path / "here", "sha256", lambda _: None)
    await files.upload(tmp_path / "here", f"{far}/back", "sha256", lambda _: None)
    await files.remove(f"{far}/back")
    with pytest.raises(NotFound):
        await files.remove(f"{far}/back")
    told = [(entry.what, entry.outcome) for entry in TRACE.entries]
    assert told == [
        (f"sftp list {far}", "ok"),
        (f"sftp stat {far}/seen", "ok"),
        (f"sftp mkdir {far}/new", "ok"),
        (f"sftp rename {far}/seen", "ok"),
        (f"sftp get {far}/new/old", "ok"),
        (f"sftp put {far}/back", "ok"),
        (f"sftp remove {far}/back", "ok"),
        (f"sftp remove {far}/back", "NotFound"),
    ]
    assert all(entry.seconds > 0 for entry in TRACE.entries)
