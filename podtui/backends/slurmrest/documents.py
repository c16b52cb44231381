"""An answer's bytes as values, a long list record by record. Blocks: call it in a thread.

Python's JSON reader holds the interpreter for a whole document, a second for 30 MB, during which no
screen moves. So the one long list of an answer is read one record at a time, each made small at
once: between two of them the screen has its turn, and 10,000 jobs never lie in memory as they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_BLANK = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


class Garbled(ValueError):
    """The bytes are no document of the promised kind."""


@dataclass(slots=True)
class Document(Generic[T]):
    """An answer: `rest` is all but the list; of that, the `rows` read and how many could not be.

    `told` says whether the list was there at all: none is another thing than an empty one.
    """

    rest: dict[str, Any]
    rows: list[T] = field(default_factory=list)
    skipped: int = 0
    told: bool = False

    def add(self, record: object, read: Callable[[Any], T | None]) -> None:
        """Read one record; one that cannot be read costs itself only."""
        row = None
        if isinstance(record, dict):
            try:
                row = read(record)
            except (ValueError, TypeError, OverflowError, AttributeError):
                row = None
        if row is None:
            self.skipped += 1
        else:
            self.rows.append(row)


def read_json(body: bytes, listed: str, read: Callable[[Any], T | None]) -> Document[T]:
    """The JSON object in `body`, the records of its list `listed` made into rows."""
    content = body.decode("utf-8", "replace")
    document: Document[T] = Document({})
    try:
        at = _expect(content, 0, "{")
        if content[at : at + 1] == "}":
            return document
        while True:
            key, at = _decoder.raw_decode(content, at)
            at = _expect(content, at, ":")
            if key == listed and content[at : at + 1] == "[":
                at = _records(content, at, document, read)
                document.told = True
            else:
                value, at = _decoder.raw_decode(content, at)
                document.rest[str(key)] = value
                document.told = document.told or (key == listed and value is None)
            at = _skip(content, at)
            if content[at : at + 1] == "}":
                return document
            at = _expect(content, at, ",")
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from None


def _records(content: str, at: int, document: Document[T], read: Callable[[Any], T | None]) -> int:
    at = _skip(content, at + 1)
    if content[at : at + 1] == "]":
        return at + 1
    while True:
        record, at = _decoder.raw_decode(content, at)
        document.add(record, read)
        at = _skip(content, at)
        if content[at : at + 1] == "]":
            return at + 1
        at = _expect(content, at, ",")


def _skip(content: str, at: int) -> int:
    match = _BLANK.match(content, at)
    return match.end() if match else at


def _expect(content: str, at: int, mark: str) -> int:
    at = _skip(content, at)
    if content[at : at + 1] != mark:
        raise Garbled(f"no {mark!r} at {at}")
    return _skip(content, at + 1)


def read_yaml(body: bytes, listed: str, read: Callable[[Any], T | None]) -> Document[T]:
    """As `read_json`, for a site that answers YAML only."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(body, Loader=loader)  # noqa: S506 - both are the safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Garbled(type(error).__name__) from None
    if not isinstance(found, dict):
        raise Garbled("no mapping")
    rest = {str(key): value for key, value in found.items() if key != listed}
    document: Document[T] = Document(rest)
    records = found.get(listed)
    document.told = isinstance(records, list) or (listed in found and records is None)
    for record in records if isinstance(records, list) else ():
        document.add(record, read)
    return document
