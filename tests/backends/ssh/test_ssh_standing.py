"""What a standing script prints is cut at its marks, wherever the reads happen to end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from podtui.backends.ssh import standing
from podtui.backends.ssh.standing import _Marked
from podtui.errors import BadAnswer

MARK = b"aab."


class Pieces:
    """A reader that gives what it was given, piece by piece."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [piece for piece in pieces if piece]

    async def read(self, size: int) -> bytes:
        del size
        return self.pieces.pop(0) if self.pieces else b""


@given(
    answers=some.lists(some.text("ab", max_size=9), min_size=1, max_size=4),
    cuts=some.lists(some.integers(0, 60), max_size=12),
)
async def test_each_answer_ends_at_its_mark(answers: list[str], cuts: list[int]) -> None:
    told = b"".join(answer.encode() + MARK for answer in answers) + b"rest"
    edges = [0, *sorted(min(cut, len(told)) for cut in cuts), len(told)]
    pieces = [told[begin:end] for begin, end in pairwise(edges)]
    marked = _Marked(Pieces(*pieces), MARK)
    passed: list[int] = []
    for answer in answers:
        assert await marked.until_mark(watch=passed.append) == (answer.encode(), True)
    assert await marked.until_mark(watch=passed.append) == (b"rest", False)
    assert await marked.until_mark() == (b"", False)
    assert sum(passed) == len(told)


async def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LARGEST_OUTPUT", 100)
    with pytest.raises(BadAnswer):
        await _Marked(Pieces(*[b"x" * 40] * 9), MARK).until_mark()
