"""Folders at both ends, parts of files, files edited here: a real folder is the cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from podtui.domain.entry import EntryKind
from podtui.domain.preview import PART, PreviewKind
from podtui.errors import FileTrouble, HashMismatch, InputError, NotFound
from podtui.services.editing import LARGEST, FileNow
from podtui.services.files import HERE
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend


@pytest.fixture
def there(tmp_path: Path, backend: FakeBackend) -> Path:
    return tmp_path / "cluster"


async def test_both_ends_answer_the_same_questions(
    session: Session, there: Path, tmp_path: Path
) -> None:
    files = session.files
    for end, root in ((HERE, tmp_path / "here"), ("pod", there)):
        base = str(root) if end == HERE else await files.resolve(end, "~")
        await files.make_folder(end, f"{base}/new/deep")
        (root / "new" / "a.txt").write_bytes(b"0123456789")
        assert [e.name for e in await files.folder(end, f"{base}/new")] == ["deep", "a.txt"]
        assert await files.read(end, f"{base}/new/a.txt", 2, 3) == b"234"
        await files.rename(end, f"{base}/new/a.txt", f"{base}/new/b.txt")
        entry = await files.stat(end, f"{base}/new/b.txt")
        assert entry is not None
        assert (entry.kind, entry.size) == (EntryKind.FILE, 10)
        with pytest.raises(FileTrouble, match="is there already"):
            await files.rename(end, f"{base}/new/b.txt", f"{base}/new/deep")
        with pytest.raises(FileTrouble, match="is there already"):
            await files.make_folder(end, f"{base}/new")
        await files.remove(end, f"{base}/new/b.txt")
        assert await files.stat(end, f"{base}/new/b.txt") is None


async def test_a_folder_goes_with_all_in_it_only_when_that_is_asked_for(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    (tmp_path / "full" / "deep").mkdir(parents=True)
    (tmp_path / "full" / "deep" / "file").write_text("x")
    (tmp_path / "full" / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(FileTrouble):
        await session.files.remove(HERE, str(tmp_path / "full"))
    await session.files.remove(HERE, str(tmp_path / "full"), whole=True)
    assert not (tmp_path / "full").exists()
    assert (tmp_path / "kept" / "file").read_text() == "kept"


async def test_here_tilde_is_the_home_that_was_handed_in(session: Session, tmp_path: Path) -> None:
    assert await session.files.resolve(HERE, "~") == str(tmp_path)
    assert await session.files.resolve(HERE, "~/x/../y") == str(tmp_path / "x/../y")
    assert await session.files.resolve(HERE, "a/../b") == str(Path.cwd() / "b")
    with pytest.raises(InputError, match="only your own home"):
        await session.files.resolve(HERE, "~root")


async def test_a_pipe_is_not_waited_for(session: Session, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is no file"):
        await session.previews.part(HERE, str(tmp_path / "pipe"))
    with pytest.raises(NotFound):
        await session.files.read(HERE, str(tmp_path / "pipe"), 0, 1)


async def test_parts_follow_each_other_without_a_gap(session: Session, there: Path) -> None:
    data = b"".join(b"%d\n" % number for number in range(100_000))
    (there / "long.txt").write_bytes(data)
    read: list[str] = []
    start = 0
    while start < len(data):
        part = await session.previews.part("pod", "~/long.txt", start)
        assert part.kind is PreviewKind.TEXT
        assert part.end - part.start <= PART
        read += part.lines
        start = part.end
    assert read == [str(number) for number in range(100_000)]


async def test_what_is_edited_goes_back_with_its_rights(session: Session, there: Path) -> None:
    script = there / "job.sh"
    script.write_bytes(b"old")
    editing = session.editing
    draft = await editing.fetch("pod", "~/job.sh")
    assert not await editing.edited(draft)
    draft.copy.write_bytes(b"new")
    assert await editing.edited(draft)
    assert await editing.now(draft) is FileNow.SAME
    await editing.put_back(draft)
    assert script.read_bytes() == b"new"
    editing.drop(draft)
    assert not draft.copy.parent.exists()


async def test_a_change_of_the_same_size_and_time_is_still_seen(
    session: Session, there: Path
) -> None:
    script = there / "job.sh"
    script.write_bytes(b"old")
    facts = script.stat()
    draft = await session.editing.fetch("pod", "~/job.sh")
    script.write_bytes(b"new")
    os.utime(script, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert await session.editing.now(draft) is FileNow.CHANGED
    script.unlink()
    assert await session.editing.now(draft) is FileNow.GONE


async def test_mine_stands_beside_under_a_free_name(session: Session, there: Path) -> None:
    for name in ("a", "a.mine"):
        (there / name).write_bytes(b"theirs")
    draft = await session.editing.fetch("pod", "~/a")
    draft.copy.write_bytes(b"mine")
    assert (await session.editing.put_beside(draft)).endswith("/a.mine2")
    assert (there / "a.mine2").read_bytes() == b"mine"
    assert (there / "a").read_bytes() == (there / "a.mine").read_bytes() == b"theirs"


async def test_what_arrives_otherwise_never_gets_the_name(
    session: Session, there: Path, backend: FakeBackend
) -> None:
    (there / "a").write_bytes(b"old")
    draft = await session.editing.fetch("pod", "~/a")
    draft.copy.write_bytes(b"new")

    async def other(*_: object) -> str:
        return "0" * 64

    backend.files.hash = other  # type: ignore[method-assign,assignment]
    with pytest.raises(HashMismatch):
        await session.editing.put_back(draft)
    assert [path.name for path in there.iterdir()] == ["a"]
    assert (there / "a").read_bytes() == b"old"


async def test_what_is_no_text_of_a_sane_size_is_not_fetched(session: Session, there: Path) -> None:
    with (there / "big").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="bytes; an editor gets"):
        await session.editing.fetch("pod", "~/big")
    with pytest.raises(InputError, match="is no file"):
        await session.editing.fetch("pod", "~")
    with pytest.raises(NotFound):
        await session.editing.fetch("pod", "~/nothing")
