"""How a command line is read."""

from __future__ import annotations

import pytest

from podtui.domain.command_words import remembered, split, split_place


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("", ("", "")),
        ("jobs", ("jobs", "")),
        (" :Jobs  state:running age>2h ", ("jobs", "state:running age>2h")),
        ("files /a b", ("files", "/a b")),
        ("/scratch", ("files", "/scratch")),
        (":~/runs", ("files", "~/runs")),
    ],
)
def test_a_line_is_a_name_and_what_stands_behind_it(line: str, read: tuple[str, str]) -> None:
    assert split(line) == read


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("/x", ("pod", "/x")),
        ("lab:/x", ("lab", "/x")),
        ("lab:", ("lab", "")),
        ("here:~", ("", "~")),
        ("other:/x", ("pod", "other:/x")),
        ("a/b:c", ("pod", "a/b:c")),
    ],
)
def test_a_place_may_name_its_end(argument: str, place: tuple[str, str]) -> None:
    assert split_place(argument, "pod", ("pod", "lab")) == place


def test_a_line_given_again_is_the_latest_once() -> None:
    assert remembered("b", ("a", "b", "c"), 3) == ("b", "a", "c")
    assert remembered("d", ("a", "b", "c"), 3) == ("d", "a", "b")
