"""What each key is for, in words: read from the sample file, where every key is explained once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from podtui.config.keys import KINDS
from podtui.paths import shared_file

_SETTING = re.compile(r"#?([a-z_]+) = ")
_TABLE = re.compile(r"#?\[clusters\.[^\]]+\]")
_KIND = re.compile(r'#?kind = "([a-z]+)"')


def explanation(name: str, kind: str = "") -> str:
    """What the sample file says of a key: of a cluster of `kind`, or outside every table.

    A kind's section leaves out what one above it says already: then that is it. Empty for a key
    that does not exist.
    """
    told = _sections()
    if not kind:
        return told[""].get(name, "")
    kinds = list(KINDS)
    above = kinds[: kinds.index(kind)] if kind in kinds else kinds
    return next((told[k][name] for k in (kind, *above) if name in told.get(k, {})), "")


@cache
def _sections() -> Mapping[str, Mapping[str, str]]:
    """By kind, "" for the part above every cluster, each key with its comment as one line."""
    text = shared_file("sample-config.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {"": {}}
    kind = of_table = ""
    for comment, line in _commented(text):
        if match := _KIND.match(line):
            kind = match[1]
        if match := _SETTING.match(line):
            found.setdefault(kind, {})[match[1]] = comment or of_table
        else:
            of_table = comment
    return MappingProxyType(found)


def _commented(text: str) -> Iterator[tuple[str, str]]:
    """Each line that could set something, with the comment right above it."""
    comment: list[str] = []
    for line in text.splitlines():
        if _SETTING.match(line) or _TABLE.match(line):
            yield " ".join(comment), line
            comment = []
        elif line.startswith("#"):
            comment.append(line[1:].strip())
        else:
            comment = []
