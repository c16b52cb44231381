"""What is done about a file that is there already, rule by rule."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.domain.transfer import Conflict, Rules
from podtui.errors import FileTrouble, InputError
from podtui.services.conflicts import Clash
from tests.services.two_ends import Ends, content, tree, two_ends

C = Conflict
NOW = 1_500_000_000


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    async with two_ends(tmp_path) as ends:
        yield ends


def pair(tmp_path: Path, new: bytes, old: bytes, later: int) -> tuple[Path, Path]:
    """A source and a target folder with one file `a.txt` each, the new one `later` seconds."""
    source, target = (tree(tmp_path / name, {"a.txt": data}) for name, data in
                      (("new", new), ("old", old)))  # fmt: skip
    os.utime(source / "a.txt", (NOW + later, NOW + later))
    os.utime(target / "a.txt", (NOW, NOW))
    return source, target


@pytest.mark.parametrize(
    ("rule", "new", "old", "later", "replaced"),
    [
        (C.OVERWRITE, b"same", b"same", 0, True),
        (C.SKIP, b"new", b"other", 9, False),
        (C.NEWER, b"new", b"other", 9, True),
        (C.NEWER, b"new", b"other", 0, False),
        (C.NEWER, b"new", b"other", -9, False),
        (C.CHANGED, b"same", b"same", 0, False),
        (C.CHANGED, b"same", b"same", -9, True),
        (C.CHANGED, b"longer", b"same", 0, True),
        (C.DIFFERS, b"same", b"same", 9, False),
        (C.DIFFERS, b"samf", b"same", 0, True),
        (C.DIFFERS, b"longer", b"same", 0, True),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_each_rule(
    tmp_path: Path, ends: Ends, rule: C, new: bytes, old: bytes, later: int, replaced: bool,
    whole: bool,
) -> None:  # fmt: skip
    """For a file alone as for one in a folder."""
    source, target = pair(tmp_path, new, old, later)
    ends_of = (source, target) if whole else (source / "a.txt", target / "a.txt")
    heard = await ends.carry(*ends_of, rules=Rules(conflict=rule))
    assert content(target) == {"a.txt": new if replaced else old}
    assert (heard.files, heard.skipped) == (int(replaced), int(not replaced))
    assert heard.moved + heard.resumed == len(new)
    assert (("upload", f"{target}/a.txt.podtui.part") in ends.far.calls) is replaced


async def test_rename_keeps_both(tmp_path: Path, ends: Ends) -> None:
    source = tree(tmp_path / "new", {"a.txt": b"1", ".rc": b"2", "noend": b"3", "x.tar.gz": b"4"})
    target = tree(tmp_path / "old", {"a.txt": b"o", "a (1).txt": b"p", ".rc": b"q", "noend": b"r"})
    await ends.carry(source, target, rules=Rules(conflict=C.RENAME))
    found = content(target)
    assert found["a.txt"] == b"o"
    assert found["a (1).txt"] == b"p"
    assert found["a (2).txt"] == b"1"
    assert (found[".rc (1)"], found["noend (1)"], found["x.tar.gz"]) == (b"2", b"3", b"4")


async def test_ask_asks_for_each_and_only_for_those_there(tmp_path: Path, ends: Ends) -> None:
    source = tree(tmp_path / "new", {"a": b"1", "b": b"2", "c": b"3"})
    target = tree(tmp_path / "old", {"a": b"x", "b": b"y"})
    asked: list[Clash] = []

    async def ask(clash: Clash) -> Conflict:
        asked.append(clash)
        return C.OVERWRITE if clash.target.endswith("/a") else C.SKIP

    rules = Rules(conflict=C.ASK)
    await ends.carry(source, target, rules=rules, ask=ask)
    assert content(target) == {"a": b"1", "b": b"y", "c": b"3"}
    assert [(c.target.rpartition("/")[2], c.new.size, c.old.size) for c in asked] == [
        ("a", 1, 1),
        ("b", 1, 1),
    ]
    with pytest.raises(InputError, match="nobody can be asked"):
        await ends.carry(source, target, rules=rules)


@pytest.mark.parametrize("rule", [C.SKIP, C.CHANGED, C.OVERWRITE])
async def test_a_folder_where_a_file_is_to_go_stays(tmp_path: Path, ends: Ends, rule: C) -> None:
    source = tree(tmp_path / "new", {"a": b"1"})
    target = tree(tmp_path / "old", {"a/mine": b"x"})
    with pytest.raises(FileTrouble):
        await ends.carry(source, target, rules=Rules(conflict=rule))
    assert content(target)["a/mine"] == b"x"
    with pytest.raises(FileTrouble):
        await ends.carry(tmp_path / "old", source, rules=Rules(conflict=rule))
    assert content(source)["a"] == b"1"


async def test_a_folder_of_the_target_is_listed_once(tmp_path: Path, ends: Ends) -> None:
    files = {f"d/{number}": b"x" for number in range(30)}
    source, target = tree(tmp_path / "new", files), tree(tmp_path / "old", files)
    heard = await ends.carry(source, target, rules=Rules(conflict=C.CHANGED))
    assert heard.skipped == 30
    assert ends.far.calls.count(("scan_folder", f"{target}/d")) == 1
    assert not [call for call in ends.far.calls if call[0] == "upload"]
