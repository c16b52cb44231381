"""OpenPBS's JSON (`-F json`) cut into records. Pure.

Wire: `{"timestamp": …, "Jobs": {"1.host": {…}}}`, one member a line, indented by tabs (cJSON, from
version 20 on) or by four blanks (before). Numbers are guessed from text, and some releases print
values no JSON may hold (`01`, `nan`, bare control characters), which would cost the whole list: so
each record is cut out by its indentation and read alone, and when even that fails, line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from podtui.backends.schedulers.pbs_text import Record
from podtui.domain.text import from_bytes

_RECORD = re.compile(r'^(?:\t\t|        )"((?:[^"\\\n]|\\.)+)":\s*\{', re.MULTILINE)
_GROUP = re.compile(r'^(?:\t\t|        )\s+"([^"\\]+)":\s*\{$')
_DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str)
_MEMBER = re.compile(r'^(?:\t\t|        )\s+"([^"\\]+)":\s*(.*?),?$')


def blocks(stdout: bytes) -> Iterator[tuple[str, str | None]]:
    """Each record's id and its JSON object as text; None for one the output breaks off in."""
    text = from_bytes(stdout)
    match = _RECORD.search(text)
    if match is None:
        yield from _compact(text)
        return
    indent = text[match.start() : text.index('"', match.start())]
    closing = f"\n{indent}}}"
    while match is not None:
        end = text.find(closing, match.end() - 1)
        name = _plain(f'"{match[1]}"') if "\\" in match[1] else match[1]
        if end < 0:
            yield name, None
            return
        yield name, text[match.end() - 1 : end + len(closing)]
        match = _RECORD.search(text, end)


def _compact(text: str) -> Iterator[tuple[str, str | None]]:
    """The records of a document without line breaks; nothing when it is no JSON."""
    try:
        document = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    for group in ("Jobs", "nodes", "Queue"):
        found = document.get(group)
        for name, value in found.items() if isinstance(found, dict) else ():
            yield name, json.dumps(value, ensure_ascii=False)


def complete(stdout: bytes) -> bool:
    """Whether the document came to its end."""
    end = stdout[-64:].rstrip()
    if b"\n" in end:
        return end.endswith(b"\n}")
    try:
        _DECODER.decode(from_bytes(stdout))
    except (ValueError, RecursionError):
        return False
    return True


def read_block(block: str) -> dict[str, str]:
    """The attributes of one record: groups flat, Variable_List as `A=1,B=2` as in the text form."""
    try:
        members = _DECODER.decode(block)
    except (ValueError, RecursionError):
        members = _by_line(block)
    return _flat(members) if isinstance(members, dict) else {}


def _by_line(block: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    inside = members
    for line in block.split("\n"):
        group = _GROUP.match(line)
        member = _MEMBER.match(line)
        if group is not None:
            inside = members[group[1]] = {}
        elif member is not None:
            inside[member[1]] = _plain(member[2])
        elif line.strip() in ("}", "},"):
            inside = members
    return members


def _plain(value: str) -> str:
    try:
        return str(_DECODER.decode(value))
    except (ValueError, RecursionError):
        return value.removeprefix('"').removesuffix('"')


def _flat(members: Mapping[str, Any]) -> dict[str, str]:
    facts = {name: value for name, value in members.items() if value.__class__ is str}
    for name, value in members.items():
        if name in facts:
            continue
        if not isinstance(value, dict):
            facts[name] = _word(value)
        elif name == "Variable_List":
            facts[name] = ",".join([f"{inner}={text}" for inner, text in value.items()])
        else:
            for inner, text in value.items():
                facts[f"{name}.{inner}"] = _word(text)
    return facts


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    return "" if value is None else str(value)


def records(stdout: bytes, word: str = "") -> Iterator[Record | None]:
    """All records; None for one that cannot be read. Those without `word` are passed over."""
    coded = json.dumps(word, ensure_ascii=False)[1:-1]  # DOMAIN\user
    for name, block in blocks(stdout):
        if block is not None and coded not in block:
            continue
        facts = read_block(block) if block is not None else {}
        yield Record(name, facts) if facts else None
