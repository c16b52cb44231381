"""Values as `qstat -f` writes them: numbers, durations, times, sizes, cores. Pure.

What cannot be read is None, never an error: one odd value must not cost a job its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_LOCAL = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ 0-3]?\d) (\d\d):(\d\d):(\d\d) (\d{4})")
_SIZE = re.compile(r"(\d{1,15})([kmgtp]?)([bw]?)", re.IGNORECASE | re.ASCII)
_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_NEXT_VARIABLE = re.compile(r"(?<!\\),(?=[A-Za-z_]\w*=)")
_WORD = 8  # bytes of a `w`, PBS's unit of words
_LONGEST = timedelta(days=36500)
_DURATION_PARTS = 4


def whole(text: str) -> int | None:
    """The whole number `text` is, or None."""
    try:
        return int(text)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def duration(text: str) -> timedelta | None:
    """`[[[days:]hours:]minutes:]seconds`, where the first part may be any number."""
    parts = text.split(":")
    if len(parts) > _DURATION_PARTS:
        return None
    seconds = 0.0
    for part, unit in zip(reversed(parts), (1, 60, 3600, 86400), strict=False):
        if not (part.isascii() and part.isdigit() and len(part) <= len("999999999999")):
            return None
        seconds += int(part) * unit
    return timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None


@lru_cache(maxsize=4096)
def moment(text: str, zone: tzinfo = UTC) -> datetime | None:
    """A time in UTC: seconds since 1970, or `Sat Nov 21 23:54:20 2026` of a clock in `zone`.

    TORQUE's XML has the first, `qstat -f` and OpenPBS's JSON have the second, without a zone.
    """
    match = _LOCAL.fullmatch(text)
    try:
        if match is None:
            return datetime.fromtimestamp(int(text), UTC) if text else None
        month, day, hour, minute, second, year = match.groups()
        local = datetime(
            int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError, OSError, KeyError):
        return None


def megabytes(text: str) -> int | None:
    """A size such as `24684084kb`, `50mb`, `2gb` in MB (2^20 bytes), rounded down."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    unit = _WORD if match[3].lower() == "w" else 1
    return int(match[1]) * _BYTES[match[2].lower()] * unit >> 20


@lru_cache(maxsize=4096)
def cores_of_nodes(nodes: str) -> int | None:
    """Cores of TORQUE's `2:ppn=28+1:ppn=4`; a node without ppn has one."""
    total = 0
    for part in filter(None, nodes.split("+")):
        count, *properties = part.split(":")
        per_node = next((p[4:] for p in properties if p.startswith("ppn=")), "1")
        number = whole(count) if count.isdigit() else 1
        cores = whole(per_node)
        if number is None or cores is None:
            return None
        total += number * cores
    return total or None


def cores_of_tasks(facts: Mapping[str, str]) -> int | None:
    """Cores of TORQUE 6's `-L tasks=2:lprocs=4`: `req_information.task_count.0` and `.lprocs.0`."""
    total = number = 0
    while (tasks := whole(facts.get(f"req_information.task_count.{number}", ""))) is not None:
        total += tasks * (whole(facts.get(f"req_information.lprocs.{number}", "")) or 1)
        number += 1
    return total or None


def variable(variables: str, name: str) -> str:
    """The value of `name` in `A=1,B=x,y,C=2` (Variable_List), or the empty string.

    A comma inside a value stays in it; OpenPBS puts a backslash before such a comma.
    """
    start = variables.find(f"{name}=")
    while start > 0 and variables[start - 1] != ",":
        start = variables.find(f"{name}=", start + 1)
    if start < 0:
        return ""
    start += len(name) + 1
    following = _NEXT_VARIABLE.search(variables, start)
    end = following.start() if following else len(variables)
    return variables[start:end].replace("\\,", ",")
