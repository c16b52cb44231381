"""How folders are arranged, what previews make of bytes, which formats are known, what is kept."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podtui.domain.bookmarks import MOST_BOOKMARKS, Bookmark, FileViews
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.file_kinds import file_kind
from podtui.domain.file_look import (
    FileLook,
    arranged,
    file_look_data,
    file_look_from,
    kind,
    rights,
)
from podtui.domain.preview import PreviewKind, preview
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.domain.transfer_total import in_queue_order, together
from podtui.errors import FileTrouble
from podtui.services.bookmarks import BookmarkStore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENTRIES = (
    Entry("b.log", EntryKind.FILE, 10, NOON, 0o644),
    Entry("A.txt", EntryKind.FILE, 30, NOON - timedelta(days=1), 0o600),
    Entry("runs", EntryKind.FOLDER, 4096, NOON, 0o755),
    Entry(".profile", EntryKind.FILE, 5, None),
    Entry("latest", EntryKind.LINK, 0, NOON, 0o777, EntryKind.FOLDER),
)


def names(look: FileLook, words: str = "") -> list[str]:
    return [entry.name for entry in arranged(ENTRIES, look, words)]


def test_folders_stand_first_and_hidden_files_are_left_out() -> None:
    assert names(FileLook()) == ["latest", "runs", "A.txt", "b.log"]
    assert names(FileLook(hidden=True)) == ["latest", "runs", ".profile", "A.txt", "b.log"]


def test_any_field_sorts_and_the_second_time_turns() -> None:
    by_size = FileLook().sorted_by("size")
    assert names(by_size) == ["runs", "latest", "A.txt", "b.log"]
    assert names(by_size.sorted_by("size")) == ["latest", "runs", "b.log", "A.txt"]
    assert names(FileLook().sorted_by("modified"))[2:] == ["b.log", "A.txt"]
    assert names(FileLook(sort="kind"))[2:] == ["b.log", "A.txt"]


def test_letters_and_patterns_choose_names() -> None:
    assert names(FileLook(), "a") == ["latest", "A.txt"]
    assert names(FileLook(), "*.TXT") == ["A.txt"]
    assert names(FileLook(), "[ab]*") == ["A.txt", "b.log"]


def test_columns_keep_their_order_and_the_name() -> None:
    look = FileLook().turned("kind").turned("size").turned("name").turned("size")
    assert look.columns == ("name", "size", "modified", "kind")


def test_a_look_comes_back_as_it_was_and_nonsense_as_at_first() -> None:
    look = FileLook(("name", "mode"), "mode", descending=True, hidden=True)
    assert file_look_from(file_look_data(look)) == look
    assert file_look_from({"columns": [1, {}], "sort": [], "hidden": "yes"}) == FileLook()
    assert file_look_from(3) == FileLook()


def test_rights_and_kinds_are_written_as_people_know_them() -> None:
    assert [rights(entry) for entry in ENTRIES[:3]] == ["-rw-r--r--", "-rw-------", "drwxr-xr-x"]
    assert rights(ENTRIES[3]) == ""
    assert [kind(entry) for entry in ENTRIES] == ["log", "txt", "folder", "file", "link"]


def test_an_ends_oldest_bookmark_makes_room(tmp_path: Path) -> None:
    views = FileViews().marked(Bookmark("", "/here"))
    for number in range(MOST_BOOKMARKS + 1):
        views = views.marked(Bookmark("pod", f"/{number}"))
    assert len(views.of("pod")) == MOST_BOOKMARKS
    assert views.of("pod")[0].path == "/1"
    assert views.of("") == (Bookmark("", "/here"),)


def test_kept_bookmarks_may_hold_any_bytes_and_foreign_files_are_set_aside(tmp_path: Path) -> None:
    store = BookmarkStore(tmp_path / "state" / "files.json")
    assert store.load() == FileViews()
    views = FileViews(FileLook(hidden=True)).marked(Bookmark("pod", "/bad\udcff\né"))
    store.save(views)
    assert store.load() == views
    (tmp_path / "state" / "files.json").write_text("[not json")
    with pytest.raises(FileTrouble, match="no JSON"):
        store.load()
    assert store.load() == FileViews()


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + struct.pack(">II", 3, 4), "PNG image, 3 × 4"),
        (b"GIF89a" + struct.pack("<HH", 5, 6), "GIF image, 5 × 6"),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x07\x00\x08", "JPEG image, 8 × 7"),
        (b"BM" + bytes(12) + struct.pack("<Iii", 40, 9, -2), "BMP image, 9 × 2"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xff\xd8\xff", "JPEG image"),
        (bytes(257) + b"ustar", "tar archive"),
    ],
)
def test_formats_are_known_by_their_first_bytes(head: bytes, told: str) -> None:
    assert file_kind(head).startswith(told)
    assert not file_kind(b"BMW is a word, and no image, however long it goes on")


def test_a_part_is_cut_behind_its_last_line() -> None:
    got = preview("a.txt", b"one\ntwo\nthr", 0, 100)
    assert (got.kind, got.lines, got.end, got.whole) == (PreviewKind.TEXT, ("one", "two"), 8, False)
    last = preview("a.txt", b"three\r\n\tx", 91, 100)
    assert (last.lines, last.end) == (("three", "        x"), 100)


def test_hostile_text_is_made_visible_and_bytes_are_numbers() -> None:
    got = preview("a", b"a\x1b[2J\n\xff\n", 0, 8)
    assert got.lines == ("a␛[2J", "\\xff")
    odd = preview("a", b"\x00\x01\x02ab", 0, 5)
    assert odd.kind is PreviewKind.BYTES
    assert odd.lines == ("00000000  " + "00 01 02 61 62".ljust(47) + "  ···ab",)


def test_tables_are_told_by_name_and_content() -> None:
    got = preview("a.csv", b'name;"x;y"\n[b];2\nshort\n', 0, 24)
    assert got.rows == (("name", "x;y"), ("[b]", "2"), ("short", ""))
    assert preview("a.tsv", b"a\tb\n", 0, 4).kind is PreviewKind.TABLE
    broken = preview("a.csv", b'a,"b, c\nd"\r\ne,f\r\n', 0, 18)
    assert broken.rows == (("a", "b, c␊d"), ("e", "f"))  # a line end within a cell is seen
    assert preview("a.csv", b"only words\n", 0, 11).kind is PreviewKind.TEXT
    assert preview("a.txt", b"a,b\n", 0, 4).kind is PreviewKind.TEXT
    assert preview("a.csv", b"", 0, 0).lines == ()


def test_the_total_counts_what_runs_and_the_queue_stands_first() -> None:
    def transfer(name: str, state: TransferState) -> Transfer:
        return Transfer(
            *(name, "pod", Direction.UPLOAD, name, "/x/"),
            state=state,
            bytes_done=50,
            bytes_total=100,
            files_total=2,
            rate=10.0 if state is TransferState.RUNNING else 0.0,
        )

    states = (*TransferState, TransferState.RUNNING)
    transfers = tuple(transfer(str(at), state) for at, state in enumerate(states))
    total = together(transfers)
    assert (total.running, total.waiting, total.paused, total.open) == (2, 1, 1, 4)
    assert (total.bytes_done, total.bytes_total, total.files_total) == (100, 200, 4)
    assert total.seconds_left == 5.0
    assert together(()).seconds_left is None
    assert [one.id for one in in_queue_order(transfers)] == ["0", "1", "2", "6", "5", "4", "3"]
