"""HTTP headers as they may be configured: names of letters that headers have, texts kept secret."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from podtui.config.model import Secret
from podtui.domain.text import visible

Headers = tuple[tuple[str, Secret], ...]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: token
_TEXT = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")  # RFC 9110: field-value, ASCII


class WrongHeaders(Exception):
    """What is wrong with headers, without their texts."""


def sealed(raw: object, place: str) -> object:
    """A table's texts as secrets; a text is one secret, anything else stays as it is."""
    if isinstance(raw, str):
        return Secret(raw, place)
    if not isinstance(raw, dict):
        return raw
    return {
        name: Secret(text, place) if isinstance(text, str) else text for name, text in raw.items()
    }


def from_table(table: Mapping[str, object]) -> Headers:
    """The headers of a sealed table; WrongHeaders when a name or a text cannot be one."""
    _check_names(table)
    found = []
    for name, text in table.items():
        if not isinstance(text, Secret) or not _TEXT.fullmatch(text.reveal()):
            raise WrongHeaders(f"must give the header {name} a text in quotes, one line of ASCII")
        found.append((name, text))
    return tuple(found)


def from_text(text: Secret) -> Headers:
    """The headers of `NAME=text NAME=text`, quoted as in a shell; WrongHeaders as `from_table`."""
    try:
        words = shlex.split(text.reveal())
    except ValueError:
        raise WrongHeaders("must be NAME=text NAME=text: a quotation mark is left open") from None
    if not all("=" in word for word in words):
        raise WrongHeaders("must be NAME=text NAME=text")
    pairs = [word.partition("=")[::2] for word in words]
    _check_names(name for name, _ in pairs)
    return from_table({name: Secret(value, text.place()) for name, value in pairs})


def _check_names(names: Iterable[str]) -> None:
    seen = set()
    for name in names:
        if not _NAME.fullmatch(name):
            raise WrongHeaders(f"has {visible(name, 40)!r}, which no header can be called")
        if name.lower() in seen:
            raise WrongHeaders(f"has the header {name} twice")
        seen.add(name.lower())
