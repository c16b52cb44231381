r"""The text of `qstat -f`, `qstat -Q -f` and `pbsnodes -a` cut into records. Pure.

Wire (OpenPBS and TORQUE's qstat.c): `Job Id: ID`, then `    name = value`, then an empty line.
Values longer than the line are folded anywhere, even within a word, as newline + tab. A value's
own newlines come raw, so a line that is none of these continues the value before it.
Slurm's wrappers (slurm-wlm-torque) write `Job Id:\tID` and `\tname = value`, and never fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from podtui.domain.text import from_bytes

_ATTRIBUTE = re.compile(r"(?:    |\t)([A-Za-z_][\w.-]*) = ?(.*)", re.DOTALL)
_TITLE = {
    "job": re.compile(r"^Job Id:[ \t]*(.*)$", re.MULTILINE),
    "queue": re.compile(r"^Queue:[ \t]*(.*)$", re.MULTILINE),
    "server": re.compile(r"^Server:[ \t]*(.*)$", re.MULTILINE),
    "node": re.compile(r"^(?!mom_|Mom )([^\s=:]+)[ \t]*$", re.MULTILINE),
}


class Record(NamedTuple):
    """One job, queue or node: its id, and its attributes with `Resource_List.mem` flat."""

    id: str
    facts: Mapping[str, str]


def blocks(stdout: bytes, kind: str = "job") -> Iterator[tuple[str, str]]:
    """Each record's id and its lines, still folded; what stands before the first is left out."""
    text = from_bytes(stdout)
    title = _TITLE[kind]
    match = title.search(text)
    while match is not None:
        following = title.search(text, match.end())
        end = following.start() if following else len(text)
        yield match[1].strip(), text[match.end() + 1 : end]
        match = following


def read_block(block: str) -> dict[str, str]:
    """The attributes of one record's lines."""
    if not block.startswith("\t"):
        block = block.replace("\n\t", "")
    facts: dict[str, str] = {}
    last = ""
    for line in block.rstrip("\n").split("\n"):
        match = _ATTRIBUTE.fullmatch(line)
        if match is not None:
            last = match[1]
            facts[last] = match[2]
        elif last:
            facts[last] += "\n" + line
    return facts


def records(stdout: bytes, kind: str = "job") -> Iterator[Record]:
    """All records of `kind` in the text."""
    for identity, block in blocks(stdout, kind):
        yield Record(identity, read_block(block))
