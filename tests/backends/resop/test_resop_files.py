"""Files through resop: in pieces, verified, under any name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import current_thread, main_thread

import pytest

from podtui.backends.resop.backend import ResopBackend
from podtui.backends.resop.chunks import FETCHED, SENT
from podtui.backends.resop.file_texts import read_entries
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.text import from_bytes
from podtui.errors import (
    FileTrouble,
    HashMismatch,
    InputError,
    NotFound,
    OutcomeUnknown,
    PodError,
    SourceChanged,
)
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import ResopServer

HOSTILE = [
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "\\",
    "a\nb",
    "*",
    "é",
    "-n",
    "~x",
    "[red]",
    "x;#&|",
]


def _nothing(count: int) -> None:
    """Progress that nobody watches."""


@pytest.mark.parametrize("size", [0, 1, SENT, 3 * SENT + 7])
async def test_a_file_goes_there_and_back_unchanged(
    backend: ResopBackend, machine: Machine, tmp_path: Path, size: int
) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(data := os.urandom(size))
    source.chmod(0o440)
    moved: list[int] = []
    target = await backend.files.resolve("~/target")
    sent = await backend.files.upload(source, target, "sha256", moved.append)
    assert sent == hashlib.sha256(data).hexdigest() == await backend.files.hash(target, "sha256")
    assert (sum(moved), (machine.home / "target").stat().st_mode & 0o777) == (size, 0o440)
    got = await backend.files.download(target, back, "sha256", moved.append)
    assert (back.read_bytes(), got, sum(moved)) == (data, sent, 2 * size)


async def test_a_piece_whose_base64_begins_like_an_option_arrives(
    backend: ResopBackend, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "source").write_bytes(data := b"\xfb\xe0" * 9)  # base64: ++D74Pv…
    path = await backend.files.resolve("target")
    await backend.files.upload(tmp_path / "source", path, "sha256", _nothing)
    assert (machine.home / "target").read_bytes() == data


async def test_a_large_file_comes_in_many_pieces(
    backend: ResopBackend, machine: Machine, tmp_path: Path
) -> None:
    data = os.urandom(2 * FETCHED + 12345)
    (machine.home / "large").write_bytes(data)
    path = await backend.files.resolve("large")
    moved: list[int] = []
    await backend.files.download(path, tmp_path / "large", "md5", moved.append)
    assert (tmp_path / "large").read_bytes() == data
    assert moved == [FETCHED, FETCHED, 12345]


async def test_what_is_there_already_is_not_moved_again(
    backend: ResopBackend, machine: Machine, tmp_path: Path
) -> None:
    data = os.urandom(3 * SENT)
    (tmp_path / "source").write_bytes(data)
    (machine.home / "half").write_bytes(data[:SENT] + b"torn tail")
    path = await backend.files.resolve("half")
    assert (
        await backend.files.hash(path, "sha256", 0, SENT) == hashlib.sha256(data[:SENT]).hexdigest()
    )
    moved: list[int] = []
    sent = await backend.files.upload(tmp_path / "source", path, "sha256", moved.append, SENT)
    assert (machine.home / "half").read_bytes() == data
    assert (sent, sum(moved)) == (hashlib.sha256(data[SENT:]).hexdigest(), 2 * SENT)
    (tmp_path / "back").write_bytes(data[: SENT + 5] + b"torn")
    await backend.files.download(path, tmp_path / "back", "sha256", moved.append, SENT + 5)
    assert (tmp_path / "back").read_bytes() == data
    with pytest.raises(SourceChanged):
        await backend.files.upload(tmp_path / "source", f"{path}0", "sha256", _nothing, SENT)


async def test_a_lost_answer_doubles_no_piece(
    backend: ResopBackend, server: ResopServer, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "source").write_bytes(data := os.urandom(2 * SENT))
    path = await backend.files.resolve("target")
    server.lose = 1
    await backend.files.upload(tmp_path / "source", path, "sha256", _nothing)
    assert (machine.home / "target").read_bytes() == data
    server.lose = 2
    with pytest.raises(OutcomeUnknown):
        await backend.files.upload(tmp_path / "source", path, "sha256", _nothing)


async def test_a_piece_that_arrives_otherwise_is_noticed(
    backend: ResopBackend, machine: Machine, tmp_path: Path
) -> None:
    broken = tmp_path / "tools" / "sha256sum"
    broken.unlink()
    broken.write_text("#!/bin/sh\n/usr/bin/sha256sum | tr 0123456789 1234567890\n")
    broken.chmod(0o755)
    (tmp_path / "source").write_bytes(b"some bytes")
    with pytest.raises(HashMismatch):
        await backend.files.upload(tmp_path / "source", f"{machine.home}/t", "sha256", _nothing)


@pytest.mark.parametrize("name", [*HOSTILE, from_bytes(b"\xff\xfe"), "n" * 200])
async def test_any_name_is_listed_moved_and_removed(
    backend: ResopBackend, machine: Machine, name: str
) -> None:
    files, folder = backend.files, f"{machine.home}/folder"
    await files.make_folder(folder)
    await files.write(f"{folder}/{name}", b"\0content\xff")
    (entry,) = [one for one in await files.list_folder(folder) if one.name == name]
    assert (entry.kind, entry.size, entry.mode) == (EntryKind.FILE, 9, 0o600)
    assert await files.read(f"{folder}/{name}", 1, 4) == b"cont"
    assert await files.read(f"{folder}/{name}", -3, 64) == b"nt\xff"
    await files.rename(f"{folder}/{name}", f"{folder}/other")
    assert await files.stat(f"{folder}/{name}") is None
    await files.remove(f"{folder}/other")
    assert await files.list_folder(folder) == ()


async def test_folders_links_times_and_space(backend: ResopBackend, machine: Machine) -> None:
    files, home = backend.files, str(machine.home)
    assert await files.resolve("~") == home
    assert await files.resolve("~/a/../b") == f"{home}/b"
    await files.make_folder(f"{home}/deep/er")
    await files.make_folder(f"{home}/deep/er")
    await files.make_link(f"{home}/link", "deep")
    await files.make_link(f"{home}/link", "nowhere")
    await files.make_link(f"{home}/good", "deep")
    assert await files.read_link(f"{home}/link") == "nowhere"
    kinds = {one.name: (one.kind, one.target_kind) for one in await files.list_folder(home)}
    assert kinds == {
        ".profile": (EntryKind.FILE, None),
        "deep": (EntryKind.FOLDER, None),
        "link": (EntryKind.LINK, None),
        "good": (EntryKind.LINK, EntryKind.FOLDER),
    }
    assert [one.name for one in await files.list_folder(f"{home}/good")] == ["er"]
    good, bad = await files.stat(f"{home}/good"), await files.stat(f"{home}/link")
    assert good is not None
    assert bad is not None
    assert (good.kind, bad.kind) == (EntryKind.FOLDER, EntryKind.LINK)
    root = await files.stat("/")
    assert root is not None
    assert root.is_folder
    await files.write(f"{home}/f", b"")
    await files.set_facts(f"{home}/f", 0o640, 1_700_000_000.25)
    entry = await files.stat(f"{home}/f")
    assert entry is not None
    assert entry.modified is not None
    assert (entry.mode, entry.modified.timestamp()) == (0o640, 1_700_000_000.25)
    space = await files.space(home)
    assert space is not None
    assert 0 < space.free <= space.total


async def test_what_cannot_be_done_is_told(backend: ResopBackend, machine: Machine) -> None:
    files, home = backend.files, str(machine.home)
    (machine.home / "folder" / "full").mkdir(parents=True)
    os.mkfifo(machine.home / "fifo")
    for wanted, act in (
        (NotFound, files.list_folder(f"{home}/none")),
        (NotFound, files.read(f"{home}/none", 0, 10)),
        (NotFound, files.hash(f"{home}/none", "sha256")),
        (NotFound, files.rename(f"{home}/none", f"{home}/new")),
        (FileTrouble, files.read(f"{home}/fifo", 0, 10)),
        (FileTrouble, files.hash(f"{home}/folder", "sha256")),
        (FileTrouble, files.remove(f"{home}/folder")),
        (NotFound, files.write(f"{home}/no/where", b"x")),
        (InputError, files.stat("/nul\0")),
        (InputError, files.resolve("~bob/x")),
    ):
        with pytest.raises(PodError) as caught:
            await act
        assert type(caught.value) is wanted, caught.value


async def test_where_no_tool_hashes_it_is_read_back(
    backend: ResopBackend, machine: Machine
) -> None:
    (machine.home / "f").write_bytes(b"x" * 1000)
    told = await backend.files.hash(f"{machine.home}/f", "sha3_256", 500, 499)
    assert told == hashlib.sha3_256(b"x" * 499).hexdigest()


async def test_a_listing_is_read_beside_the_screen(
    backend: ResopBackend, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[bool] = []

    def read(data: bytes) -> tuple[Entry, ...]:
        readers.append(current_thread() is main_thread())
        return read_entries(data)

    monkeypatch.setattr("podtui.backends.resop.files.read_entries", read)
    await backend.files.list_folder(str(machine.home))
    assert readers == [False]
