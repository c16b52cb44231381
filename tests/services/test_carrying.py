"""Folders: put together beside their name, taken up at the mark, nothing stale, nothing outside."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.backends.base import Progress
from podtui.backends.local import LocalFiles
from podtui.domain.transfer import Conflict, Links, Rules
from podtui.errors import FileTrouble, NoSpace, PodError, Unreachable
from podtui.services.clearing import remove_scratch, remove_tree
from podtui.services.ledger import Mark
from tests.services.two_ends import Ends, FarFolder, content, tree, two_ends

FILES = {f"d{n % 3}/f{n:02}": b"%d" % n * 100 for n in range(20)}


@pytest.fixture
async def ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ends]:
    monkeypatch.setattr("podtui.services.folders._MARK_SECONDS", 0)
    monkeypatch.setattr("podtui.services.folders._SMALL_AT_ONCE", 4)  # of twenty files
    async with two_ends(tmp_path) as ends:
        yield ends


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "from", FILES)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "to"


def part(target: Path) -> Path:
    return target.with_name(f"{target.name}.podtui.part")


async def cut(
    ends: Ends, source: Path, target: Path, at: int, error: PodError | None = None,
    mark: Mark | None = None, rules: Rules = Rules(),  # noqa: B008
) -> Mark:  # fmt: skip
    """A try that fails when the `at`th file begins; its last mark."""
    left = iter(range(at))

    def step(_: int) -> None:
        if next(left, None) is None:
            raise error or Unreachable("cut")

    ends.far.at_step = step
    with pytest.raises(PodError) as caught:
        await ends.carry(source, target, mark=mark, rules=rules)
    ends.far.at_step = lambda _: None
    marks: list[Mark] = caught.value.heard.marks  # type: ignore[attr-defined]
    return marks[-1]


async def test_a_fresh_folder_gets_its_name_when_all_is_whole(
    ends: Ends, source: Path, target: Path
) -> None:
    mark = await cut(ends, source, target, 10)
    assert not target.exists()
    assert mark.fresh
    assert 0 < mark.files < 10
    again = await ends.carry(source, target, mark=mark)
    assert content(target) == FILES
    assert not part(target).exists()
    assert again.resumed == mark.bytes
    assert again.files == len(FILES)
    assert again.moved == sum(map(len, FILES.values())) - mark.bytes
    assert again.marks[-1].whole


class NoWay:
    """A way for bundles that must not be gone."""

    async def open(self, here: Path, there: str) -> None:
        raise AssertionError((here, there))

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        raise AssertionError((paths, into, progress))


async def test_what_began_file_by_file_leaves_no_part_to_bundles_that_come_later(
    ends: Ends, source: Path, target: Path
) -> None:
    mark = await cut(ends, source, target, 10)
    assert mark.singly
    killed = part(target) / "d1" / "f19.podtui.part"
    killed.parent.mkdir(exist_ok=True)
    killed.write_bytes(b"half")
    await ends.carry(source, target, mark=mark, way=NoWay())
    assert content(target) == FILES


async def test_a_folder_that_is_there_gets_each_file_at_once(
    ends: Ends, source: Path, target: Path
) -> None:
    tree(target, {"mine": b"stays", "d0/f00": b"old"})
    mark = await cut(ends, source, target, 10)
    assert not mark.fresh
    assert len(content(target)) > mark.files
    await ends.carry(source, target, mark=mark)
    assert content(target) == FILES | {"mine": b"stays"}


async def test_killed_just_after_the_folder_got_its_name(
    ends: Ends, source: Path, target: Path
) -> None:
    done = await ends.carry(source, target)
    before = len(ends.far.calls)
    again = await ends.carry(source, target, mark=done.marks[-1])
    assert (again.moved, again.resumed) == (0, sum(map(len, FILES.values())))
    assert not [name for name, _ in ends.far.calls[before:] if name in ("upload", "rename")]
    part(target).parent.joinpath(target.name).rename(part(target))  # killed just before
    again = await ends.carry(source, target, mark=done.marks[-1])
    assert again.moved == 0
    assert content(target) == FILES


async def test_what_was_taken_away_is_sent_anew(ends: Ends, source: Path, target: Path) -> None:
    mark = await cut(ends, source, target, 10)
    await remove_tree(LocalFiles(), str(part(target)))
    assert (await ends.carry(source, target, mark=mark)).resumed == 0
    assert content(target) == FILES


@pytest.mark.parametrize("there", [True, False])
async def test_files_that_change_behind_the_mark_are_sent_again(
    ends: Ends, source: Path, target: Path, there: bool
) -> None:
    """Of those before the mark only they are: the others are found to be the same."""
    if there:
        target.mkdir()
    mark = await cut(ends, source, target, 12)
    (source / "d0" / "f00").write_bytes(b"changed")
    again = await ends.carry(source, target, mark=mark)
    assert content(target) == FILES | {"d0/f00": b"changed"}
    assert again.resumed > 0
    assert again.files == len(FILES)
    assert again.skipped == 0


async def test_the_leavings_of_another_transfer_do_not_get_in(
    ends: Ends, source: Path, target: Path, tmp_path: Path
) -> None:
    other = tree(tmp_path / "other", {"stale": b"s", "d0/stale": b"s"})
    await cut(ends, other, target, 1)
    (part(target) / "link").symlink_to(tmp_path)
    await ends.carry(source, target)
    assert content(target) == FILES
    assert (tmp_path / "other" / "stale").exists()


async def test_times_and_permissions_of_folders_are_kept(
    ends: Ends, source: Path, target: Path
) -> None:
    (source / "empty").mkdir()
    for number, name in enumerate(("d0", "d1", "empty", ".")):
        (source / name).chmod(0o700 + number)
        os.utime(source / name, (1_000_000_000 + number, 1_000_000_000 + number))
    for target_there in (False, True):
        await ends.carry(source, target)
        names = ("d0", "d1", "empty") if target_there else ("d0", "d1", "empty", ".")
        for name in names:
            told, wanted = (target / name).stat(), (source / name).stat()
            assert (told.st_mode, told.st_mtime) == (wanted.st_mode, wanted.st_mtime)
        target.chmod(0o750)
        os.utime(target, (7, 7))
    assert target.stat().st_mode & 0o777 == 0o750  # chosen as the target: none of our business
    await ends.carry(source, target.with_name("plain"), rules=Rules(keep=False))
    assert (target.with_name("plain") / "d0" / "f00").stat().st_mtime > 1_500_000_000


async def test_what_is_left_out_is_told_with_its_reason(
    ends: Ends, source: Path, target: Path
) -> None:
    os.mkfifo(source / "fifo")
    (source / "lost").symlink_to("nowhere")
    heard = await ends.carry(source, target)
    assert sorted(heard.left_out) == ["a link that points nowhere", "neither a file nor a folder"]
    assert (heard.files, heard.skipped) == (len(FILES), 0)


async def test_links_that_lead_out_are_left_out_of_a_download(
    ends: Ends, source: Path, target: Path
) -> None:
    (source / "in").symlink_to("d0/f00")
    (source / "d0" / "up").symlink_to("../d1")
    (source / "out").symlink_to("/etc/passwd")
    (source / "d0" / "far out").symlink_to("../../x")
    rules = Rules(links=Links.KEEP)
    heard = await ends.carry(source, target, "down", rules)
    assert heard.left_out == ["a link that leads out of the folder"] * 2
    assert str((target / "in").readlink()) == "d0/f00"
    assert str((target / "d0" / "up").readlink()) == "../d1"
    assert not (target / "out").is_symlink()
    heard = await ends.carry(source, target.with_name("up"), "up", rules)
    assert heard.left_out == []  # one's own links are sent as they are
    assert str((target.with_name("up") / "out").readlink()) == "/etc/passwd"


async def test_from_cluster_to_cluster_with_a_mark(ends: Ends, source: Path, target: Path) -> None:
    done = await ends.carry(source, target, "across")
    half = replace(done.marks[3], fresh=True)
    target.rename(part(target))
    again = await ends.carry(source, target, "across", mark=half)
    assert again.resumed == half.bytes > 0
    assert content(target) == FILES


async def test_a_failure_that_leaves_a_folder_says_where(
    ends: Ends, source: Path, target: Path
) -> None:
    def full(_: int) -> None:
        raise NoSpace("full")

    ends.far.at_step = full
    with pytest.raises(NoSpace) as caught:
        await ends.carry(source, target)
    assert f"What is whole is kept in {part(target)}" in caught.value.hint


async def test_files_that_fail_cost_themselves_only(ends: Ends, source: Path, target: Path) -> None:
    """Named, each with its reason; a retry sends these and compares the others."""
    bad = {"d0/f03": b"", "d1/f07": b"", "d2/f08": b"", "d2/f11": b""}

    async def upload(path: Path, *rest: object) -> str:
        if str(path.relative_to(source)) in bad:
            raise FileTrouble(f"{path} says no.")
        return await FarFolder.upload(ends.far, path, *rest)  # type: ignore[arg-type]

    ends.far.upload = upload  # type: ignore[method-assign]
    with pytest.raises(FileTrouble) as caught:
        await ends.carry(source, target)
    assert caught.value.title == "Files left behind"
    assert caught.value.message.startswith(f"4 files failed. d0/f03: {source}/d0/f03 says no. d1/")
    assert caught.value.message.endswith("And 1 more.")
    assert "All others are there." in caught.value.hint
    good = {name: data for name, data in FILES.items() if name not in bad}
    assert content(part(target)) == good
    mark: Mark = caught.value.heard.marks[-1]  # type: ignore[attr-defined]
    del bad["d0/f03"], bad["d1/f07"], bad["d2/f08"]
    with pytest.raises(FileTrouble, match=r"d2/f11 says no\.$") as caught:
        await ends.carry(source, target, mark=mark)
    assert caught.value.title == FileTrouble.title
    bad.clear()
    again = await ends.carry(source, target, mark=caught.value.heard.marks[-1])  # type: ignore[attr-defined]
    assert content(target) == FILES
    assert (again.moved, again.files) == (len(FILES["d2/f11"]), len(FILES))


async def test_after_a_hundred_failures_the_rest_is_not_tried(
    ends: Ends, tmp_path: Path, target: Path
) -> None:
    source = tree(tmp_path / "all bad", {f"{n:04}": b"x" for n in range(300)})

    async def upload(path: Path, *_: object) -> str:
        raise FileTrouble(f"{path} says no.")

    ends.far.upload = upload  # type: ignore[method-assign]
    with pytest.raises(FileTrouble, match=r"10\d files failed") as caught:
        await ends.carry(source, target)
    assert "the rest was not tried" in caught.value.hint


async def test_space_counts_what_is_there_already(ends: Ends, source: Path, target: Path) -> None:
    """A folder that is kept in step fits on a disk that has little more than it."""
    await ends.carry(source, target)
    ends.far.free = 10
    same = Rules(conflict=Conflict.CHANGED)
    assert (await ends.carry(source, target, rules=same)).skipped == len(FILES)
    with pytest.raises(NoSpace, match="free there"):
        await ends.carry(source, target, rules=Rules(conflict=Conflict.RENAME))
    with pytest.raises(NoSpace, match="free there"):
        await ends.carry(source, target.with_name("new"))
    assert not part(target.with_name("new")).exists()


async def test_clearing_follows_no_link(tmp_path: Path) -> None:
    tree(tmp_path / "mine", {"a": b"x"})
    tree(tmp_path / "x" / ".podtui-me.part0", {"d/e/f": b"x"})
    (tmp_path / "x" / ".podtui-me.part1").symlink_to(tmp_path / "mine")
    (tmp_path / "x" / ".podtui-you.part0").mkdir()
    await remove_scratch(LocalFiles(), str(tmp_path / "x"), ".podtui-me.part")
    assert [path.name for path in (tmp_path / "x").iterdir()] == [".podtui-you.part0"]
    (tmp_path / "x" / "link").symlink_to(tmp_path / "mine")
    await remove_tree(LocalFiles(), str(tmp_path / "x"))
    await remove_tree(LocalFiles(), str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()
    assert content(tmp_path / "mine") == {"a": b"x"}
