r"""The text of `qstat -f`, `qstat -Q -f` and `pbsnodes -a` cut into records. Pure.

Wire (OpenPBS and TORQUE's qstat.c): `Job Id: ID`, then `    name = value`, then an empty line.
Values longer than the line are folded anywhere, even within a word, as newline + tab. A value's
own newlines come raw, so a line that is none of these continues the value before it.
OpenPBS's pbsnodes indents by five blanks.
Slurm's wrappers (slurm-wlm-torque) write `Job Id:\tID` and `\tname = value`, and never fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from podtui.domain.text import from_bytes
from podtui.errors import BadAnswer

_LINE = re.compile(r"^(?: {4,5}|\t)([A-Za-z_][\w.-]*) = ?(.*)$", re.MULTILINE)
_LINES = re.compile(
    r"^(?: {4,5}|\t)([A-Za-z_][\w.-]*) = ?(.*(?:\n(?!(?: {4,5}|\t)[A-Za-z_][\w.-]* =).*)*)",
    re.MULTILINE,
)
_NODE = re.compile(r"^([^\s=:]+)[ \t]*$", re.MULTILINE)
_TITLES = {"job": "Job Id:", "queue": "Queue:", "server": "Server:"}
_LONGEST_UNFOLDED = 40  # a name this short is never cut by the end of a line


class Record(NamedTuple):
    """One job, queue or node: its id, and its attributes with `Resource_List.mem` flat."""

    id: str
    facts: Mapping[str, str]


def blocks(stdout: bytes, kind: str = "job") -> Iterator[tuple[str, str]]:
    """Each record's id and its lines, still folded; what stands before the first is left out."""
    text = from_bytes(stdout)
    title = _TITLES.get(kind)
    start = _next(text, title, 0)
    while start >= 0:
        line = text.find("\n", start)
        line = len(text) if line < 0 else line
        following = _next(text, title, line)
        end = len(text) if following < 0 else following
        yield text[start + len(title or "") : line].strip(), text[line + 1 : end]
        start = following


def _next(text: str, title: str | None, position: int) -> int:
    """Where the next record's first line begins, or -1; machines have no word before their name."""
    if title is None:
        match = _NODE.search(text, position)
        return match.start() if match else -1
    if position == 0 and text.startswith(title):
        return 0
    found = text.find(f"\n{title}", position)
    return found + 1 if found >= 0 else -1


def read_block(block: str) -> dict[str, str]:
    """The attributes of one record's lines."""
    if not block.startswith("\t"):
        block = block.replace("\n\t", "")
    block = block.rstrip("\n")
    found = _LINE.findall(block)
    if len(found) != block.count("\n") + 1:
        found = _LINES.findall(block)
    return dict(found)


def records(stdout: bytes, kind: str = "job", word: str = "") -> Iterator[Record]:
    """All records of `kind` in the text; those without `word` anywhere are passed over unread."""
    sought = word if len(word) < _LONGEST_UNFOLDED else ""
    for identity, block in blocks(stdout, kind):
        if sought in block:
            yield Record(identity, read_block(block))


def job_records(stdout: bytes, word: str = "") -> Iterator[Record | None]:
    """The jobs of `qstat -f`; BadAnswer when something was said and none of it is a job.

    None at the end when the text breaks off within a line: the last may have lost attributes.
    """
    if stdout.strip() and b"Job Id:" not in stdout:
        raise BadAnswer("qstat -f answered with something that is no list of jobs.")
    yield from records(stdout, "job", word)
    if stdout and not stdout.endswith(b"\n"):
        yield None
