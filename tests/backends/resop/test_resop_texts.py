"""What a far side may print instead of what was asked for."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.resop.answers import (
    read_commands,
    read_names,
    read_operation,
    read_reply,
)
from podtui.backends.resop.file_texts import read_entries, read_space
from podtui.backends.resop.shell import unwrapped
from podtui.domain.entry import EntryKind, Space
from podtui.errors import BadAnswer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
_ROW = b"%s\0f\0f\x001\x001700000000.5\x00644\0"


@pytest.mark.parametrize("name", [b"../x", b"/etc/passwd", b"..", b"", b"a/b"])
def test_a_name_that_leaves_its_folder_is_none(name: bytes) -> None:
    (entry,) = read_entries(_ROW % name)
    assert (entry.unsafe, entry.kind) == (True, EntryKind.OTHER)
    assert "/" not in entry.name


@pytest.mark.parametrize(
    "listing", [b"a", b"a\0f\0f\x001\0", _ROW % b"a" + b"b\0f", b"a\0f\0f\0many\x001\x00644\0"]
)
def test_a_listing_that_is_none_is_told(listing: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_entries(listing)


def test_free_space_is_read_whatever_the_file_system_is_called() -> None:
    head = b"Filesystem 1024-blocks Used Available Capacity Mounted on\n"
    told = read_space(head + b"server:/a b 12% 4096 1024 3072 25% /a b/99% c\n")
    assert told == Space(free=3072 * 1024, total=4096 * 1024)
    assert read_space(head) is None


@given(JSON)
def test_no_answer_breaks_the_reading(answer: object) -> None:
    read_commands(answer, "g")
    read_names(answer)
    if isinstance(answer, dict):
        read_operation(answer, "g", "n")
        try:
            read_reply(answer)
        except BadAnswer:
            assert not isinstance(answer.get("success"), bool) or "output" not in answer


@given(st.binary(max_size=60), st.integers(0, 3))
def test_an_output_torn_anywhere_is_no_output(data: bytes, missing: int) -> None:
    packed = base64.b64encode(data).decode()
    status = base64.b64encode(b"m\nbad\nm 7\n").decode()
    parts = ["m-out-cat\n", f"{packed}\nm-err\n", f"{status}\n", "m-end\n"]
    whole = unwrapped("noise\n" + "".join(parts), "m")
    assert whole is not None
    assert (whole.returncode, whole.stdout, whole.stderr) == (7, data, b"bad\n")
    del parts[missing]
    assert unwrapped("".join(parts), "m") is None
