"""What a transfer goes through: in order, each name once, links as chosen, no way out."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from podtui.backends.local import LocalFiles
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.transfer import PLAIN, Links, Rules
from podtui.errors import InputError, NotFound, Refused
from podtui.services import sorted_entries
from podtui.services.plan import count, items_after, order, trail
from podtui.services.sorted_entries import in_order
from podtui.services.walk import Item, leads_out, walk
from tests.services.two_ends import tree


async def listed(entries: list[Entry]) -> AsyncGenerator[Entry, None]:
    for entry in entries:
        yield entry


async def paths(folder: Path, links: Links = Links.FOLLOW) -> list[str]:
    return [item.path async for item in walk(LocalFiles(), str(folder), links)]


async def test_a_folder_comes_before_what_is_in_it_by_bytes(tmp_path: Path) -> None:
    tree(tmp_path, {"b/x": b"", "b!": b"", "a/z/y": b"", "\udcff": b"", "é": b""})
    (tmp_path / "empty").mkdir()
    found = await paths(tmp_path)
    assert found == ["", "a", "a/z", "a/z/y", "b", "b/x", "b!", "empty", "é", "\udcff"]
    assert [order(path) for path in found] == sorted(order(path) for path in found)


async def test_links_as_chosen(tmp_path: Path) -> None:
    tree(tmp_path, {"d/f": b"x"})
    (tmp_path / "to d").symlink_to("d")
    (tmp_path / "to f").symlink_to("d/f")
    (tmp_path / "nowhere").symlink_to("gone")
    assert await paths(tmp_path, Links.SKIP) == ["", "d", "d/f"]
    kept = [item async for item in walk(LocalFiles(), str(tmp_path), Links.KEEP)]
    assert {item.path for item in kept if item.kind is EntryKind.LINK} == {
        *("to d", "to f", "nowhere"),
    }
    followed = [item async for item in walk(LocalFiles(), str(tmp_path), Links.FOLLOW)]
    assert [item.path for item in followed] == ["", "d", "d/f", "nowhere", "to d", "to d/f", "to f"]
    assert followed[3].left_out == "a link that points nowhere"


async def test_devices_are_left_out_and_a_source_that_is_one_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    *_, fifo = [item async for item in walk(LocalFiles(), str(tmp_path), Links.FOLLOW)]
    assert fifo.left_out
    total = await count(LocalFiles(), str(tmp_path), PLAIN)
    assert (total.files, total.bytes) == (0, 0)
    with pytest.raises(InputError, match="neither a file nor a folder"):
        await paths(tmp_path / "fifo")
    with pytest.raises(NotFound):
        await paths(tmp_path / "none")


@pytest.mark.parametrize("limit", [2, 100])
async def test_each_name_once_and_sorted_also_on_disk(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """A name that comes as a link and again as a folder would lead out of the target."""
    monkeypatch.setattr(sorted_entries, "IN_MEMORY", limit)
    told = datetime(2026, 5, 1, tzinfo=UTC)
    entries = [
        Entry("x", EntryKind.LINK, 3, told, 0o777, EntryKind.FOLDER),
        Entry("\udcff", EntryKind.FILE, 1),
        Entry("a", EntryKind.FILE, 2, told, 0o640),
        Entry("x", EntryKind.FOLDER, 4, told, 0o755),
        Entry("?", EntryKind.OTHER, unsafe=True),
    ]
    found = [entry async for entry in in_order(listed(entries))]
    assert found == [entries[4], entries[2], entries[3], entries[1]]


class TwoFaced(LocalFiles):
    """A server that lists what it likes."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries

    async def scan_folder(self, path: str) -> AsyncGenerator[Entry, None]:
        for entry in self.entries if path == "/top" else ():
            yield entry

    async def stat(self, path: str) -> Entry | None:
        return Entry("x", EntryKind.FOLDER)


@pytest.mark.parametrize("name", ["../x", "..", ".", "", "a/b", "/etc", "a\0b"])
async def test_names_that_leave_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        [item async for item in walk(TwoFaced(Entry(name, EntryKind.FILE)), "/top", Links.KEEP)]
    entry = Entry("harmless", EntryKind.OTHER, unsafe=True)
    with pytest.raises(Refused):
        [item async for item in walk(TwoFaced(entry), "/top", Links.KEEP)]


@pytest.mark.parametrize(
    ("path", "says", "out"),
    [
        ("a", "b", False),
        ("a", "b/./c//d", False),
        ("d/a", "../b", False),
        ("a", "../b", True),
        ("d/a", "../../b", True),
        ("a", "/etc/passwd", True),
        ("d/a", "b/../../x", True),
        ("d/a", "b/..", True),
        ("a", "..", True),
        ("a", "", False),
        ("d/e/a", "../..", False),
        ("a", "..b", False),
    ],
)
def test_links_that_lead_out(path: str, says: str, out: bool) -> None:
    assert leads_out(path, says) is out


@settings(max_examples=300)
@given(
    some.lists(some.sampled_from(["d", "e", "..", ".", ""]), max_size=8).map("/".join),
    some.sampled_from(["a", "d/a", "d/e/a"]),
)
def test_no_link_that_is_let_through_leads_out(says: str, path: str) -> None:
    if not leads_out(path, says):
        folder = "/top/" + path.rpartition("/")[0]
        assert os.path.normpath(f"{folder}/{says}").startswith("/top")


async def test_the_rest_behind_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"a/1": b"x", "a/2": b"yy", "b": b"zzz"})
    for kept in (100, 1):
        monkeypatch.setattr("podtui.services.plan._KEPT", kept)
        total = await count(LocalFiles(), str(tmp_path), PLAIN, "a/1")
        assert (total.items is None) == (kept == 1)
        rest = items_after(LocalFiles(), str(tmp_path), PLAIN, total, "a/1")
        assert [item.path async for item in rest] == ["a/2", "b"]
        items = [item async for item in walk(LocalFiles(), str(tmp_path), Links.FOLLOW)]
        assert total.trail == trail(trail("", items[1]), items[2])
    os.utime(tmp_path / "a" / "1", (5, 5))
    assert (await count(LocalFiles(), str(tmp_path), PLAIN, "a/1")).trail != total.trail


def test_a_trail_tells_each_change() -> None:
    item = Item("a", EntryKind.FILE, 1, 2.0)
    others = [
        Item("b", EntryKind.FILE, 1, 2.0),
        Item("a", EntryKind.LINK, 1, 2.0),
        Item("a", EntryKind.FILE, 2, 2.0),
        Item("a", EntryKind.FILE, 1, 3.0),
        Item("\udcff", EntryKind.FILE, 1, 2.0),
    ]
    assert len({trail("", one) for one in [item, *others]} | {trail("x", item)}) == 7


async def test_a_key_among_many_files_is_refused(tmp_path: Path) -> None:
    tree(tmp_path, {"d/some.pem": b"-----BEGIN RSA PRIVATE KEY-----\n" + b"A" * 100})
    with pytest.raises(InputError):
        await count(LocalFiles(), str(tmp_path), Rules())
