"""Transfers: `.part`, verified, renamed; limits before the first byte; hostile ends refused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from podtui.backends.local import LocalFiles
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.transfer import PLAIN, Direction, Transfer, TransferState
from podtui.errors import (
    FileTrouble,
    HashMismatch,
    InputError,
    LimitExceeded,
    NoSpace,
    NotFound,
    PodError,
    Refused,
)
from podtui.services.moving import part_name
from podtui.services.plan import check_limit, count
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend, FolderFiles

UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def there(tmp_path: Path, backend: FakeBackend) -> Path:
    return tmp_path / "cluster"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def move(direction: Direction, local: Path | str, remote: str) -> Transfer:
    return Transfer("t", "pod", direction, str(local), remote)


async def test_upload_gets_its_name_when_it_is_whole(
    session: Session, here: Path, there: Path
) -> None:
    (here / "in.dat").write_bytes(b"x" * 1000)
    done = await session.transfers.carry(move(UP, here / "in.dat", "~/data/in.dat"))
    assert (there / "data" / "in.dat").read_bytes() == b"x" * 1000
    assert names(there / "data") == ["in.dat"]
    assert (done.state, done.bytes_done, done.files_done) == (TransferState.DONE, 1000, 1)
    assert done.fraction == 1.0


async def test_download_makes_its_folder(session: Session, here: Path, there: Path) -> None:
    (there / "out.txt").write_text("42")
    await session.transfers.carry(move(DOWN, here / "results" / "out.txt", "~/out.txt"))
    assert (here / "results" / "out.txt").read_text() == "42"
    assert names(here / "results") == ["out.txt"]


async def test_a_folder_that_exists_takes_the_file_inside(
    session: Session, here: Path, there: Path
) -> None:
    (here / "a").write_text("a")
    (there / "data").mkdir()
    await session.transfers.carry(move(UP, here / "a", "~/data"))
    assert (there / "data" / "a").read_text() == "a"


async def test_folders_travel_whole_with_empty_ones(
    session: Session, here: Path, there: Path
) -> None:
    (here / "set" / "deep" / "er").mkdir(parents=True)
    (here / "set" / "empty").mkdir()
    (here / "set" / "zero").touch()
    (here / "set" / "deep" / "er" / "f [b]|\n\udcff").write_text("x")
    await session.transfers.carry(move(UP, here / "set", "~/set"))
    await session.transfers.carry(move(DOWN, here / "back", "~/set"))
    found = {str(p.relative_to(here / "back")) for p in (here / "back").rglob("*")}
    assert found == {"deep", "deep/er", "deep/er/f [b]|\n\udcff", "empty", "zero"}


async def test_a_mismatch_never_gets_the_final_name(
    session: Session, backend: FakeBackend, here: Path, there: Path
) -> None:
    (here / "in.dat").write_bytes(b"good")
    (there / "in.dat").write_bytes(b"old and whole")
    backend.files.hash_as = lambda digest: digest[::-1]
    with pytest.raises(HashMismatch) as caught:
        await session.transfers.carry(move(UP, here / "in.dat", "~/in.dat"))
    assert (there / "in.dat").read_bytes() == b"old and whole"
    assert names(there) == ["in.dat"]
    assert "sha256" in caught.value.message
    assert session.transfers.transfers[0].state is TransferState.FAILED
    assert "Hash does not match" in session.transfers.transfers[0].error

    with pytest.raises(HashMismatch):
        await session.transfers.carry(move(DOWN, here / "got", "~/in.dat"))
    assert names(here) == ["in.dat"]


async def test_no_space_is_told_before_the_first_byte(
    session: Session, backend: FakeBackend, here: Path, there: Path
) -> None:
    (here / "in.dat").write_bytes(b"x" * 1000)
    backend.files.free = 999
    with pytest.raises(NoSpace, match="1,000 bytes"):
        await session.transfers.carry(move(UP, here / "in.dat", "~/new/in.dat"))
    assert names(there) == []


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: None, NotFound),
        (os.mkfifo, InputError),
        (lambda path: path.symlink_to("nowhere"), NotFound),
    ],
)
async def test_what_is_no_file_is_refused(
    session: Session, here: Path, make: Callable[[Path], object], error: type[PodError]
) -> None:
    make(here / "thing")
    with pytest.raises(error):
        await session.transfers.carry(move(UP, here / "thing", "~/thing"))


async def test_links_in_a_circle_end(here: Path) -> None:
    (here / "a").mkdir()
    (here / "a" / "up").symlink_to("..")
    with pytest.raises(InputError, match="folder above"):
        await count(LocalFiles(), str(here), PLAIN)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", "", "a/b", "nul\0"])
async def test_a_name_that_leaves_its_folder_is_refused(
    session: Session, backend: FakeBackend, here: Path, there: Path, name: str
) -> None:
    (there / "d").mkdir()
    backend.files.extra_entries = [Entry(name, EntryKind.FILE, 1)]
    with pytest.raises(Refused, match="offered"):
        await session.transfers.carry(move(DOWN, here / "d", "~/d"))
    assert list(here.rglob("*")) == []


async def test_a_folder_without_end_is_refused(here: Path, tmp_path: Path) -> None:
    class Endless(FolderFiles):
        async def stat(self, path: str) -> Entry:
            return Entry("d", EntryKind.FOLDER)

        async def list_folder(self, path: str) -> tuple[Entry, ...]:
            return (Entry("d", EntryKind.FOLDER),)

    with pytest.raises(Refused, match="too deep"):
        await count(Endless(tmp_path), "/d", PLAIN)


async def test_a_folder_that_cannot_be_made_is_told(
    session: Session, here: Path, there: Path
) -> None:
    (there / "x").write_text("x")
    (here / "file").write_text("in the way")
    with pytest.raises(FileTrouble):
        await session.transfers.carry(move(DOWN, here / "file" / "x", "~/x"))


async def test_the_queue_carries_on_after_a_failure(
    session: Session, here: Path, there: Path
) -> None:
    (here / "good").write_text("good")
    bad = session.transfers.add("pod", UP, str(here / "missing"), "~/missing")
    good = session.transfers.add("pod", UP, str(here / "good"), "~/good")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.transfers.run())
        await ended(session)
        states = {t.id: t.state for t in session.transfers.transfers}
        assert states == {bad.id: TransferState.FAILED, good.id: TransferState.DONE}
        (here / "missing").write_text("there now")
        session.transfers.retry(bad.id)
        await ended(session)
        assert (there / "missing").read_text() == "there now"
        await session.transfers.clear_ended()
        assert session.transfers.transfers == ()
        running.cancel()


async def test_cancelling_one_leaves_the_others(
    session: Session, backend: FakeBackend, here: Path
) -> None:
    (here / "a").write_text("a")
    waiting = asyncio.Event()

    async def stuck(*_: object) -> str:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    backend.files.upload = stuck  # type: ignore[method-assign]
    first = session.transfers.add("pod", UP, str(here / "a"), "~/a")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.transfers.run())
        await waiting.wait()
        session.transfers.cancel(first.id)
        await ended(session)
        assert session.transfers.transfers[0].state is TransferState.CANCELLED
        del backend.files.upload  # type: ignore[method-assign]
        session.transfers.retry(first.id)
        await ended(session)
        assert session.transfers.transfers[0].state is TransferState.DONE
        running.cancel()


async def ended(session: Session) -> None:
    transfers = session.transfers
    async with asyncio.timeout(10):
        while not all(t.state.ended for t in transfers.transfers):
            await transfers.news.after(transfers.news.count)


async def test_limits_count_all_files(here: Path) -> None:
    (here / "a").write_bytes(b"x" * 600)
    (here / "b").write_bytes(b"x" * 600)
    total = await count(LocalFiles(), str(here), PLAIN)
    check_limit("stageinmaxsize", (total,), 0)
    check_limit("stageinmaxsize", (total,), 1200)
    with pytest.raises(LimitExceeded, match=r"1,200 bytes are over stageinmaxsize = 1,199"):
        check_limit("stageinmaxsize", (total,), 1199)


def test_part_names_stand_beside_and_fit() -> None:
    assert part_name("/a/b.dat") == "/a/b.dat.podtui.part"
    longest = "é" * 127
    part = part_name(f"/a/{longest}").rpartition("/")[2]
    assert len(os.fsencode(part)) <= 255
    assert part != part_name(f"/a/{longest[:-1]}e").rpartition("/")[2]


@pytest.mark.parametrize("header", ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY"])
async def test_a_private_key_never_leaves_the_machine(
    session: Session, here: Path, there: Path, header: str
) -> None:
    key = f"-----BEGIN {header}-----\n{'A' * 200}\n-----END {header}-----\n"
    (here / "id_ed25519").write_text(key)
    (here / "id_ed25519.pub").write_text("ssh-ed25519 AAAA" + "A" * 100)
    for source in (here / "id_ed25519", here):
        with pytest.raises(InputError) as caught:
            await session.transfers.carry(move(UP, source, "~/sent"))
        assert caught.value.title == "Private key refused"
    assert names(there) == []
