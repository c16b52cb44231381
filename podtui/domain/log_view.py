"""A log of any size, seen through a window: a stretch of its bytes, cut into lines.

A window never holds more than MOST bytes, so that a file of any length fits into the memory. It
may begin or end within a line; a line longer than LONGEST is shown in pieces, except a progress
bar, of which only the part behind its last carriage return is ever seen.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from podtui.domain.log_text import plain_text

BLOCK = 256 << 10
"""Bytes read at a time."""
MOST = 1 << 20
"""Bytes held at a time."""
LONGEST = 4096
"""Bytes of a line shown as one."""
MARK = 64
"""Bytes before the end by which a file is known to be the same one."""

_SLICE = 400  # lines looked through at a time


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a log. Only where one of `words` (small letters) stands, if any are
    given, is `pattern` tried: finding words is many times as fast.
    """

    pattern: re.Pattern[bytes]
    words: tuple[bytes, ...] = ()

    def hits(self, data: bytes, begin: int, end: int) -> list[int]:
        """Where it stands between `begin` and `end`."""
        if self.words:
            small = data[begin:end].lower()
            if not any(word in small for word in self.words):
                return []
        return [match.start() for match in self.pattern.finditer(data, begin, end)]


# "0 errors", "no error" and "error: 0" are good news.
ERRORS = Wanted(
    re.compile(
        rb"(?<!0 )(?<!no )(?<!without )(?:\b|(?<=[\d;[]m|\[K))"  # a colour's code ends in a letter
        rb"(?:errors?(?!\w|\s*[:=]\s*0\b)|(?-i:[A-Za-z]+(?:Error|Exception))\b|exception\b|fatal\b"
        rb"|traceback\b|panic(?:ked)?\b|fail(?:ed|ure)\b|abort(?:ed|ing)?\b|segfault\b"
        rb"|segmentation fault|core dumped|out of memory|oom-kill|command not found|killed\b"
        rb"|no such file|permission denied|no space left|time limit)",
        re.IGNORECASE,
    ),
    tuple(
        b"error exception fatal traceback panic fail abort segfault segmentation dumped oom-kill "
        b"memory command killed such permission space limit".split()
    ),
)
"""Lines that tell of trouble."""


@dataclass(frozen=True, slots=True)
class LogWindow:
    """The bytes `offset` … `end` of a file of `size` bytes, and where each line begins in them."""

    offset: int
    data: bytes
    size: int
    starts: tuple[int, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, offset: int, data: bytes, size: int) -> LogWindow:
        """A window on `data`, which stands at `offset` of a file of `size` bytes."""
        return cls(offset, data, max(size, offset + len(data)), tuple(_starts(data, 0)))

    @property
    def end(self) -> int:
        """The offset behind the last byte."""
        return self.offset + len(self.data)

    @property
    def at_start(self) -> bool:
        """Whether nothing of the file comes before."""
        return self.offset == 0

    @property
    def at_end(self) -> bool:
        """Whether nothing of the file comes after."""
        return self.end >= self.size

    @property
    def mark(self) -> bytes:
        """The last bytes: who finds others in their place has another file before him."""
        return self.data[-MARK:]

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, line: int) -> bytes:
        """The bytes of a line, without its end."""
        start = self.starts[line]
        after = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.data)
        return self.data[start:after].removesuffix(b"\n")

    def line_at(self, offset: int) -> int:
        """The line in which the file's byte `offset` stands; the nearest one for others."""
        return max(0, bisect_right(self.starts, offset - self.offset) - 1)

    def offset_of(self, line: int) -> int:
        """Where a line begins in the file."""
        return self.offset + self.starts[line]

    def appended(self, data: bytes) -> LogWindow:
        """With the bytes that come after; what is too much goes from the top."""
        # A line shown in pieces may become a progress bar: it is cut anew from its beginning.
        last = self.data.rfind(b"\n", 0, max(len(self.data) - 1, 0)) + 1
        whole = self.data + data
        kept = self.starts[: bisect_left(self.starts, last)]
        starts = (*kept, *_starts(whole[last:], last))
        grown = LogWindow(self.offset, whole, max(self.size, self.offset + len(whole)), starts)
        return grown.without_top(len(whole) - MOST) if len(whole) > MOST else grown

    def without_top(self, count: int) -> LogWindow:
        """Without the first `count` bytes or some more, so that it begins with a line."""
        at = bisect_right(self.starts, count)
        cut = self.starts[at] if at < len(self.starts) else count
        return LogWindow(
            self.offset + cut,
            self.data[cut:],
            self.size,
            tuple(start - cut for start in self.starts[at:]) or tuple(_starts(self.data[cut:], 0)),
        )

    def prepended(self, data: bytes) -> LogWindow:
        """With the bytes that come before; what is too much goes from the bottom."""
        whole = (data + self.data)[:MOST]
        return LogWindow.of(self.offset - len(data), whole, self.size)

    def from_line(self) -> LogWindow:
        """Without the part of a line it begins with, unless that is all there is."""
        if self.at_start or len(self.starts) < 2:
            return self
        return self.without_top(self.starts[1] - 1)

    def found(self, wanted: Wanted, line: int, *, back: bool = False) -> int | None:
        """The next line after `line` (or before it, with `back`) that shows it, or None."""
        low, high = (0, min(line, len(self))) if back else (max(line + 1, 0), len(self))
        while low < high:
            begin, end = (max(low, high - _SLICE), high) if back else (low, min(low + _SLICE, high))
            stop = self.starts[end] if end < len(self) else len(self.data)
            hits = wanted.hits(self.data, self.starts[begin], stop)
            lines = dict.fromkeys(bisect_right(self.starts, hit) - 1 for hit in hits)
            for one in reversed(lines) if back else lines:
                if self._shows(one, wanted.pattern):
                    return one
            low, high = (low, begin) if back else (end, high)
        return None

    def _shows(self, line: int, pattern: re.Pattern[bytes]) -> bool:
        """Whether the line as it is seen has the pattern: what was overwritten is not seen."""
        raw = self.raw(line)
        if b"\r" not in raw and b"\b" not in raw:
            return True
        shown = plain_text(raw).encode("utf-8", "surrogateescape")
        return pattern.search(shown) is not None


def wanted_words(words: str) -> Wanted:
    """What finds `words` as they stand, colour codes between letters overlooked.

    Capitals matter only when `words` has some.
    """
    codes = rb"(?:\x1b\[[0-9;:]*m)*"
    letters = [re.escape(char.encode("utf-8", "surrogateescape")) for char in words]
    flags = 0 if words != words.lower() else re.IGNORECASE
    return Wanted(re.compile(codes.join(letters), flags))


def _starts(data: bytes, base: int) -> Iterator[int]:
    """Where each line of `data` begins, `base` added. No line begins behind the last newline."""
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    ends = accumulate(len(part) + 1 for part in parts)
    begin = 0
    for part, end in zip(parts, ends, strict=True):
        yield base + begin
        if len(part) > LONGEST:
            yield from (base + begin + cut for cut in _pieces(part))
        begin = end


def _pieces(part: bytes) -> range:
    """Where a long line is cut; one whose last rewriting is short is not."""
    last = part.rstrip(b"\r").rfind(b"\r")
    if len(part) - last <= LONGEST:
        return range(0)
    return range(LONGEST, len(part), LONGEST)
