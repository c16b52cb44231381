"""Taking values out of a JSON answer that may have any shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from podtui.domain.text import visible
from podtui.errors import BadAnswer

_HOST = re.compile(r"[0-9A-Za-z:][0-9A-Za-z:._-]{0,254}")
_WORD = re.compile(r"[!-+.-~][!-+\--~]{0,254}")  # printable ASCII; no blank, no comma, no - first


def text(item: Mapping[str, Any], *names: str, default: str | None = None) -> str:
    """The first of `names` present, as text; BadAnswer without a `default` when none is."""
    for name in names:
        value = item.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
    if default is None:
        raise BadAnswer(f"The answer lacks {names[0]!r}.")
    return default


def word(item: Mapping[str, Any], *names: str, default: str | None = None) -> str:
    """As `text`, for what goes into addresses, commands and logins: `plain`, else BadAnswer."""
    found = text(item, *names, default=default)
    if found != default and not plain(found):
        raise BadAnswer(f"The answer's {names[0]!r} is {visible(found, 60)!r}: not one plain word.")
    return found


def host(item: Mapping[str, Any], name: str) -> str:
    """The host's name or address called `name`, "" when there is none; else BadAnswer."""
    found = text(item, name, default="")
    if found and not _HOST.fullmatch(found):
        raise BadAnswer(f"The answer's {name!r} is {visible(found, 60)!r}: not the name of a host.")
    return found


def plain(found: object) -> bool:
    """Whether it is an id, a user or a host as any system writes them, and no option."""
    return isinstance(found, str) and bool(_WORD.fullmatch(found))


def number(item: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """The whole number called `name`, also when it came as text."""
    value = item.get(name)
    try:
        return int(str(value))
    except ValueError:
        if default is None:
            raise BadAnswer(f"The answer's {name!r} is not a whole number.") from None
        return default


def objects(value: Any, what: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; BadAnswer when it is no list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadAnswer(f"The answer's {what} is not a list of objects.")
    yield from value


def moment(value: Any) -> datetime | None:
    """A time of the platform: `2012-06-11T20:52:04[.f][Z]` or with a blank; UTC. None if it is not.

    Only the first 19 characters are read (Cloud Auth's naive UTC, with or without fractions).
    """
    try:
        return datetime.fromisoformat(str(value)[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


def epoch(value: Any) -> datetime | None:
    """A time given as seconds since 1970, None if it is not."""
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
