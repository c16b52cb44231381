"""Values of slurmrestd's answers, whichever version or data parser wrote them.

A number is plain, null, text, or `{set, infinite, number}` (v0.0.39 on; the parser flag `+complex`
gives plain numbers, null and "Infinity" instead). A state is a word or a list of words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from podtui.backends.schedulers.slurm_values import ended_with

Record = Mapping[str, Any]


def number(value: object) -> int | None:
    """The whole number, None where none is set or it is infinite."""
    if isinstance(value, dict):
        if not value.get("set", True) or value.get("infinite"):
            return None
        value = value.get("number")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):  # a word, "Infinity", NaN
        return None


def text(value: object) -> str:
    """The text, or "" for what is none."""
    return value if isinstance(value, str) else ""


def words(value: object) -> tuple[str, ...]:
    """The words of a list, or of one word."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(word for word in value if isinstance(word, str) and word)
    return ()


def part(record: Record, *path: str) -> Any:
    """What lies at a path of keys, None where it breaks off."""
    found: Any = record
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def moment(value: object) -> datetime | None:
    """A time in seconds since 1970; 0 and what is unset are no time."""
    seconds = number(value)
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def minutes(value: object) -> timedelta | None:
    """A limit in minutes; None for no limit, 0 and what is unset."""
    count = number(value)
    if not count or count < 0:
        return None
    try:
        return timedelta(minutes=count)
    except OverflowError:
        return None


def exit_status(value: object) -> int | None:
    """As a shell says it: 128 + the signal where a signal ended it; None where memory ran out.

    Before v0.0.39 a job tells wait(2)'s status; an object since, and always in the database.
    """
    if not isinstance(value, dict) or "set" in value:
        raw = number(value)
        if raw is None or raw < 0:
            return None
        return ended_with(raw >> 8, raw & 0x7F)
    signal = part(value, "signal", "id") or part(value, "signal", "signal_id")
    caught = number(signal)
    code = number(value.get("return_code"))
    if caught and "SIGNALED" in words(value.get("status")):
        return ended_with(0, caught)
    return code


def scalars(record: Record, skip: frozenset[str] = frozenset()) -> tuple[tuple[str, str], ...]:
    """All of a record that fits on a line each, under the service's own names, for a person."""
    found = []
    for key, value in record.items():
        shown = _shown(value)
        if shown and key not in skip:
            found.append((key, shown))
    return tuple(found)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, list):
        return ",".join(words(value))
    if isinstance(value, dict) and "number" in value:
        if value.get("infinite"):
            return "infinite"
        return str(value["number"]) if value.get("set", True) else ""
    return ""
