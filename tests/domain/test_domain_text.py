"""Text from outside is harmless; sizes mean what PODTools says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.entry import Entry, EntryKind, safe_name
from podtui.domain.text import from_bytes, parse_size, to_bytes, visible
from podtui.errors import InputError, Refused


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [b]text[/b]", "plain [b]text[/b]"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\tc\x00", "a␊b␉c␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "\\u{9b}31m"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("\u200b", "\\u{200b}"),
        ("a\u00a0b", "a b"),
        ("Grüße, 世界", "Grüße, 世界"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "caf\\xe9"),
    ],
)
def test_what_could_act_is_shown_instead(text, shown):
    assert visible(text) == shown


@given(st.text(), st.integers(0, 40))
def test_visible_text_is_printable_stable_and_no_longer_than_allowed(text, limit):
    shown = visible(text, limit)
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert visible(shown) == shown
    assert not limit or len(shown) <= limit
    assert limit or len(shown) >= len(text)


def test_a_long_text_keeps_its_ends():
    assert visible("abcdefghij", 5) == "ab…ij"
    assert visible("abcdefghij", 4) == "ab…j"
    assert visible("abcdefghij", 1) == "…"
    assert visible("abcde", 5) == "abcde"


@given(st.binary())
def test_names_of_any_bytes_come_back(name):
    assert to_bytes(from_bytes(name)) == name


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        (7, 7),
        ("10G", 10 << 30),
        ("1.5k", 1536),
        ("500 MB", 500 << 20),
        ("2TiB", 2 << 40),
        (" 12 b ", 12),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_a_size_is_bytes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "-1", "10X", "G", "1e3", "1.G", "nan", "0x10", "1 2", "9" * 400]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(InputError, match="is not a size"):
        parse_size(text)


@given(st.integers(0, 2**63))
def test_every_whole_number_of_bytes_is_exact(size):
    assert parse_size(str(size)) == parse_size(size) == size


@pytest.mark.parametrize("name", ["", ".", "..", "/etc/passwd", "../x", "a/b", "x\0y", "\ud800"])
def test_a_name_that_leaves_its_folder_is_refused(name):
    with pytest.raises(Refused) as caught:
        safe_name(name)
    assert caught.value.title == "Unsafe name"


@pytest.mark.parametrize("name", ["a", "...", "~", "-rf", "a\nb", "\udcff", "a\\b"])
def test_any_other_name_is_a_name(name):
    assert safe_name(name) == name


def test_one_can_go_into_folders_and_links_to_them():
    assert Entry("a", EntryKind.FOLDER).is_folder
    assert Entry("a", EntryKind.LINK, target_kind=EntryKind.FOLDER).is_folder
    assert not Entry("a", EntryKind.LINK).is_folder
    assert not Entry("a", EntryKind.LINK, target_kind=EntryKind.FILE).is_folder
