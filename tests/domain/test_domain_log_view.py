"""Windows on a log: lines across blocks, bounded memory, what is found and what is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.log_text import Pen, Span, plain_text, shown_line
from podtui.domain.log_view import ERRORS, LONGEST, MOST, LogWindow, wanted_words

LOGS = st.lists(st.sampled_from([b"a", b"\n", b"\r", b"error", b"\x1b[31m", b"x" * 5000])).map(
    b"".join
)


def lines(window: LogWindow) -> list[bytes]:
    return [window.raw(at) for at in range(len(window))]


@given(LOGS, LOGS)
def test_a_line_across_two_blocks_is_one(first: bytes, second: bytes) -> None:
    whole = LogWindow.of(0, first + second, 0)
    assert LogWindow.of(0, first, 0).appended(second) == whole
    assert lines(LogWindow.of(0, first, 0).appended(second)) == lines(whole)
    if first:
        after = LogWindow.of(len(first), second, len(first + second))
        assert lines(after.prepended(first)) == lines(whole)


@given(LOGS)
def test_nothing_of_a_file_is_left_out(data: bytes) -> None:
    window = LogWindow.of(0, data, 0)
    kept = b"".join(data[a:b] for a, b in zip(window.starts, (*window.starts[1:], None)))  # noqa: B905
    assert kept == data
    assert all(window.line_at(window.offset_of(at)) == at for at in range(len(window)))


def test_memory_is_bounded_at_both_ends() -> None:
    block = b"one line\n" * 30_000
    window = LogWindow.of(10 * MOST, block, 20 * MOST)
    for _ in range(20):
        window = window.appended(block)
        assert len(window.data) <= MOST
        assert window.raw(0) == b"one line"
    assert window.end == 10 * MOST + 21 * len(block)
    end = window.end
    for _ in range(10):
        window = window.prepended(block)
        assert len(window.data) <= MOST
    assert window.end < end
    assert set(lines(window)) <= {b"one line", window.raw(0), window.raw(len(window) - 1)}


def test_a_file_without_newlines_is_shown_in_pieces() -> None:
    window = LogWindow.of(0, b"\0" * MOST, 5 << 30)
    assert len(window) == MOST // LONGEST
    grown = window.appended(b"\0" * MOST)
    assert len(grown.data) <= MOST


def test_a_long_progress_bar_is_one_line() -> None:
    bar = b"".join(b"%3d%% |%s|\r" % (n, b"#" * n) for n in range(1, 101))
    window = LogWindow.of(0, b"begin\n" + bar + b"\nend\n", 0)
    assert len(bar) > LONGEST
    assert [plain_text(raw) for raw in lines(window)] == [
        "begin",
        "100% |" + "#" * 100 + "|",
        "end",
    ]


def test_a_window_in_the_middle_begins_with_a_line() -> None:
    window = LogWindow.of(100, b"alf a line\nwhole\nlast", 200).from_line()
    assert lines(window) == [b"whole", b"last"]
    assert window.offset == 111
    assert (window.at_start, window.at_end) == (False, False)


def test_found_onwards_and_backwards() -> None:
    window = LogWindow.of(0, b"".join(b"line %d\n" % n for n in range(5000)), 0)
    wanted = wanted_words("line 17")
    assert window.found(wanted, 17) == 170
    assert window.found(wanted, 2000, back=True) == 1799
    assert window.found(wanted, 17, back=True) is None
    assert window.found(wanted_words("nowhere"), -1) is None
    assert LogWindow.of(0, b"", 0).found(wanted, 0) is None


def test_what_is_found_is_seen() -> None:
    window = LogWindow.of(0, b"10%\r99%\n\x1b[31mer\x1b[0mror: x\nError\n", 0)
    assert window.found(wanted_words("10%"), -1) is None
    assert window.found(wanted_words("error: x"), -1) == 1
    assert window.found(wanted_words("Error"), -1) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"ERROR: disk full", True),
        (b"ValueError: x", True),
        (b"make: *** [all] Error 2", True),
        (b"slurmstepd: error: Detected 1 oom-kill event", True),
        (b"bash: foo: command not found", True),
        (b"Segmentation fault (core dumped)", True),
        (b"CANCELLED DUE TO TIME LIMIT", True),
        (b"0 errors, 0 warnings", False),
        (b"finished with no error", False),
        (b"errors=0", False),
        (b"a.c:1: \x1b[01;31m\x1b[Kerror: \x1b[mno", True),
        (b"\x1b[31mfatal\x1b[0m", True),
        (b"terror", False),
        (b"all is well", False),
    ],
)
def test_lines_that_tell_of_trouble(line: bytes, told: bool) -> None:
    assert (LogWindow.of(0, line, 0).found(ERRORS, -1) == 0) is told


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b" 1%\r 50%\r100%\r", "100%"),
        (b"dos line\r", "dos line"),
        (b"a\tb", "a       b"),
        (b"man\bn pa\bage", "man page"),
        (b"spinner |\b/\b-\bdone", "spinner done"),
        (b"pip \x1b[Kdone", "pip done"),
        (b"clear \x1b[2J title \x1b]0;x\x07", "clear ␛[2J title ␛]0;x␇"),
        (b"latin \xe9", "latin \\xe9"),
        (b"\x1b[1mbold\x1b[0m\tx", "bold    x"),
    ],
)
def test_a_line_as_a_terminal_leaves_it(raw: bytes, seen: str) -> None:
    assert plain_text(raw) == seen


def test_colours_become_values_or_are_shown() -> None:
    raw = b"\x1b[1;31mred\x1b[22;38;5;200mpink\x1b[38;2;1;2;300mrgb\x1b[39;7mx\x1b[m."
    shown = shown_line(raw)
    assert shown.text == "redpinkrgbx."
    assert shown.spans == (
        Span(0, 3, Pen(1, bold=True)),
        Span(3, 7, Pen(200)),
        Span(7, 10, Pen((1, 2, 255))),
        Span(10, 11, Pen(reverse=True)),
    )
    assert shown_line(raw, codes=True).text.startswith("␛[1;31mred␛[22")
    assert shown_line(b"\x1b[38;5mno\x1b[999;mcrash", codes=False).text == "nocrash"


@given(st.binary(max_size=300), st.booleans())
def test_no_line_acts_on_a_terminal(raw: bytes, codes: bool) -> None:
    shown = shown_line(raw.replace(b"\n", b""), codes=codes)
    assert shown.text.isprintable()
    assert all(0 <= span.start < span.end <= len(shown.text) for span in shown.spans)
