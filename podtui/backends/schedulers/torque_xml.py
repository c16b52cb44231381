"""TORQUE's XML (`qstat -x`, `pbsnodes -x`) cut into records. Pure.

Wire: `<Data><Job><Job_Id>0.vm</Job_Id><Resource_List><mem>50mb</mem></Resource_List>…</Job></Data>`
on one line: elements without attributes, at most two deep. Environment variables carry bytes no
XML may hold, and older releases leave `<` and `&` bare: an XML parser would refuse the whole list
for one job. So each job is cut out and read alone, and nothing ever expands an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from podtui.backends.schedulers.pbs_text import Record
from podtui.domain.text import from_bytes

_ELEMENT = re.compile(r"<([^/<>][^<>]*)>([^<]*)</")
_WITH_BARE_MARKUP = re.compile(r"<([A-Za-z_][\w.-]*)>(.*?)</\1>", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_GROUPS = ("Resource_List", "resources_used", "Walltime", "req_information")
_UNICODE = 0x110000


def blocks(stdout: bytes, tag: str) -> Iterator[str | None]:
    """The inside of each `<tag>` element; None for one the output breaks off in."""
    text = from_bytes(stdout)
    opening, closing = f"<{tag}>", f"</{tag}>"
    start = text.find(opening)
    while start >= 0:
        start += len(opening)
        end = text.find(closing, start)
        if end < 0:
            yield None
            return
        yield text[start:end]
        start = text.find(opening, end)


def read_block(block: str) -> dict[str, str]:
    """The elements of one record, groups flat as `Resource_List.mem`."""
    facts: dict[str, str] = {}
    coded = "&" in block
    for group in _GROUPS:
        head, opening, rest = block.partition(f"<{group}>")
        inner, closing, tail = rest.partition(f"</{group}>")
        if opening and closing:
            facts |= {f"{group}.{name}": text for name, text in _elements(inner)}
            block = head + tail
    facts |= _elements(block)
    if coded:
        return {name: plain(value) for name, value in facts.items()}
    return facts


def _elements(text: str) -> list[tuple[str, str]]:
    """Names and values; the quick way is right when it has used up every `<` there is."""
    found: list[tuple[str, str]] = _ELEMENT.findall(text)
    if 2 * len(found) == text.count("<"):
        return found
    return _WITH_BARE_MARKUP.findall(text)


def records(stdout: bytes, tag: str, identity: str, word: str = "") -> Iterator[Record | None]:
    """All `<tag>` records by their element `identity`; None for one that cannot be read.

    Those without `word` anywhere are passed over unread, which is what makes short lists quick.
    """
    for block in blocks(stdout, tag):
        if block is not None and word not in block:
            continue
        facts = read_block(block) if block is not None else {}
        name = facts.get(identity, "")
        yield Record(name, facts) if name else None


def plain(text: str) -> str:
    """`text` with XML's five names and its numbers put back; any other `&` stays."""
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if 0 < code < _UNICODE else match[0]
