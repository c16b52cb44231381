"""Folders as SFTP servers list them: many requests under way, and packets that lie."""

from __future__ import annotations

import asyncio
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from asyncssh.sftp import SFTPServerHandler
from hypothesis import given
from hypothesis import strategies as some

from podtui.backends.ssh import folder_scan
from podtui.backends.ssh.folder_scan import entries_of
from podtui.backends.ssh.sftp import SftpFiles
from podtui.domain.entry import EntryKind
from podtui.errors import BadAnswer, FileTrouble, NotFound

from .conftest import Door, LinkTo, serve

OPENDIR, CLOSE = 11, 4  # draft-ietf-secsh-filexfer-02, section 3


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def named(name: bytes, attrs: bytes) -> bytes:
    """One name as a packet holds it."""
    return string(name) + string(b"-rw-r--r-- for people") + attrs


def packet(*names: bytes) -> bytes:
    return struct.pack(">I", len(names)) + b"".join(names)


USUAL = struct.pack(">IQIIIII", 15, 5, 1000, 1000, 0o100640, 7, 1_000_000_000)


def test_what_a_server_tells_of_each_name() -> None:
    [usual, bare, extended] = entries_of(
        packet(
            named(b".", USUAL),
            named(b"usual", USUAL),
            named(b"bare \xff", struct.pack(">I", 0)),
            named(b"..", USUAL),
            named(
                b"folder",
                struct.pack(">IQ", 0x8000000D, 1 << 40)
                + struct.pack(">III", 0o40755, 1, 0xFFFFFFFF)
                + struct.pack(">I", 1)
                + string(b"told@example.org")
                + string(b"more"),
            ),
        )
    )
    assert (usual.name, usual.kind, usual.size, usual.mode) == ("usual", EntryKind.FILE, 5, 0o640)
    assert usual.modified is not None
    assert usual.modified.timestamp() == 1e9
    assert (os.fsencode(bare.name), bare.kind, bare.modified) == (
        b"bare \xff",
        EntryKind.OTHER,
        None,
    )
    assert (extended.kind, extended.size, extended.mode) == (EntryKind.FOLDER, 1 << 40, 0o755)
    assert extended.modified is not None
    assert extended.modified.timestamp() == 0xFFFFFFFF


@pytest.mark.parametrize("name", [b"../x", b"a/b", b"/etc", b"a\0b", b""])
def test_a_name_that_leaves_is_marked(name: bytes) -> None:
    [entry] = entries_of(packet(named(name, USUAL)))
    assert entry.unsafe
    assert "/" not in entry.name


@pytest.mark.parametrize(
    "told",
    [
        b"",
        struct.pack(">I", 1),
        struct.pack(">I", 0xFFFFFFFF),
        struct.pack(">I", 2) + named(b"one", USUAL),
        packet(named(b"one", USUAL)) + b"more",
        packet(named(b"one", USUAL[:-1])),
        packet(named(b"one", struct.pack(">II", 0x80000000, 0xFFFFFFFF))),
        packet(struct.pack(">I", 0xFFFFFFFF) + b"name"),
    ],
)
def test_a_listing_that_cannot_be_read_is_refused(told: bytes) -> None:
    with pytest.raises(BadAnswer):
        entries_of(told)


@given(some.binary(max_size=400))
def test_any_bytes_end(told: bytes) -> None:
    with suppress(BadAnswer):
        entries_of(told)


async def test_a_later_asyncssh_may_be_made_otherwise(
    files: SftpFiles, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_scan, "_INNER", ("nothing there is called so",))
    for name in ("a", "b"):
        (far / name).write_text(name)
    assert {(one.name, one.size) async for one in files.scan_folder(str(far))} == {
        ("a", 1),
        ("b", 1),
    }


async def test_folders_one_after_the_other_and_what_is_refused(files: SftpFiles, far: Path) -> None:
    for folder in range(20):
        (far / f"{folder}").mkdir()
        for number in range(folder * 20):
            (far / f"{folder}" / f"{number}").touch()
    for folder in range(20):
        found = [one.name async for one in files.scan_folder(f"{far}/{folder}")]
        assert sorted(found) == sorted(f"{number}" for number in range(folder * 20))
    (far / "file").touch()
    with pytest.raises((NotFound, FileTrouble)):  # OpenSSH has no word for a file in its place
        await files.list_folder(f"{far}/file")
    with pytest.raises(NotFound):
        await files.list_folder(f"{far}/gone")


async def test_no_folder_stays_open_there(
    link_to: LinkTo, door: Door, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that was read to its end, nor one given up, nor one cancelled while it opens."""
    answers: Any = SFTPServerHandler._packet_handlers
    really_open, really_close = answers[OPENDIR], answers[CLOSE]
    opened: list[bytes] = []
    closed: list[bytes] = []
    slow, asked, answer = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def open_folder(handler: Any, packet: Any) -> bytes:
        handle: bytes = await really_open(handler, packet)
        opened.append(handle)
        if slow.is_set():
            asked.set()
            await answer.wait()
        return handle

    async def close(handler: Any, packet: Any) -> None:
        closed.append(packet.get_full_payload()[-4:])
        await really_close(handler, packet)

    monkeypatch.setitem(answers, OPENDIR, open_folder)
    monkeypatch.setitem(answers, CLOSE, close)
    for number in range(300):
        (far / f"{number}").touch()
    async with serve(door, sftp_factory=True) as served, asyncio.timeout(30):
        files = SftpFiles(link_to(port=served.port))
        assert len(await files.list_folder(str(far))) == 300
        scan = files.scan_folder(str(far))
        await anext(scan)
        await scan.aclose()
        slow.set()
        listing = asyncio.ensure_future(files.list_folder(str(far)))
        await asked.wait()
        listing.cancel()
        with suppress(asyncio.CancelledError):
            await listing
        answer.set()
        while len(closed) < 3:
            await asyncio.sleep(0)
        assert sorted(closed) == sorted(handle[-4:] for handle in opened)
