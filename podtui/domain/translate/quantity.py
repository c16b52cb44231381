"""Durations, sizes, times and array indexes, as each scheduler writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import TypeVar

from podtui.domain.translate.canonical import array_of
from podtui.domain.translate.spec import Array

MOST_TASKS = 1_000_000
"""More indexes than any scheduler takes; a larger array is not taken apart."""

_SLURM_TIME = re.compile(r"(?:(\d{1,15})-)?(\d{1,15})(?::(\d{1,15}))?(?::(\d{1,15}))?", re.ASCII)
_COLON_TIME = re.compile(
    r"(?:(?:(?:(\d{0,15}):)?(\d{0,15}):)?(\d{0,15}):)?(\d{1,15})(?:\.\d{0,15})?", re.ASCII
)
_PBS_SIZE = re.compile(r"(\d{1,15})([kmgtpe]?)([bw]?)", re.IGNORECASE | re.ASCII)
_SHORT_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([kmgtKMGT]?)[bB]?", re.ASCII)
_RANGE = re.compile(r"(\d{1,15})(?:-(\d{1,15})(?::(\d{1,15}))?)?", re.ASCII)
_When = TypeVar("_When", datetime, time)
_WORD_BYTES = 8
_POWERS = "kmgtpe"


class Unreadable(ValueError):
    """A value that cannot be read; the message says why, to people."""


def slurm_seconds(text: str) -> int:
    """`M`, `M:S`, `H:M:S`, `D-H[:M[:S]]`; a bare number is MINUTES (sbatch(1))."""
    match = _SLURM_TIME.fullmatch(text)
    if match is None:
        raise Unreadable("not a limit with an end")
    days, *rest = (int(part) if part is not None else None for part in match.groups())
    if days is not None or rest[2] is not None:
        hours, minutes, seconds = (part or 0 for part in rest)
    else:
        hours, minutes, seconds = 0, rest[0] or 0, rest[1] or 0
    total = (((days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    if not total:
        raise Unreadable("0 asks for no limit at all")
    return total


def colon_seconds(text: str) -> int:
    """`[[[D:]H:]M:]S`; a bare number is SECONDS (PBS, Grid Engine)."""
    match = _COLON_TIME.fullmatch(text)
    if match is None:
        raise Unreadable("not a duration")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def colon_time(seconds: int) -> str:
    """`HH:MM:SS`, hours as many as there are."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def slurm_time(seconds: int) -> str:
    """`[D-]HH:MM:SS`."""
    days, rest = divmod(seconds, 86400)
    return (f"{days}-" if days else "") + colon_time(rest)


def pbs_bytes(text: str) -> int:
    """`8gb`, `500mb`, `100`: bytes, 1024 each step; `w` are words of 8 bytes."""
    match = _PBS_SIZE.fullmatch(text)
    if match is None or not int(match[1]):
        raise Unreadable("not a size")
    unit = _WORD_BYTES if match[3].lower() == "w" else 1
    return int(match[1]) * unit << 10 * (_POWERS.find(match[2].lower()) + 1 if match[2] else 0)


def sge_bytes(text: str) -> int:
    """`2G` is 1024 based, `2g` 1000 based, a bare number bytes (sge_types(1))."""
    match = _SHORT_SIZE.fullmatch(text)
    if match is None:
        raise Unreadable("not a size")
    power = _POWERS.find(match[2].lower()) + 1 if match[2] else 0
    return int(Decimal(match[1]) * (1000 if match[2].islower() else 1024) ** power)


def slurm_bytes(text: str) -> int:
    """`8G`, `500M`; a bare number is mebibytes (sbatch(1))."""
    match = _SHORT_SIZE.fullmatch(text)
    if match is None:
        raise Unreadable("not a size")
    size = int(Decimal(match[1]) * 1024 ** (_POWERS.find((match[2] or "m").lower()) + 1))
    if not size:
        raise Unreadable("0 asks for all memory of each node")
    return size


def read_array(text: str, limit: int = 0) -> Array:
    """`1-10,15`, `1-10:2`, each with `%limit` behind (TORQUE -t, OpenPBS -J, Slurm -a)."""
    indexes, mark, at_once = text.partition("%")
    if mark and not re.fullmatch(r"\d{1,9}", at_once, re.ASCII):
        raise Unreadable("not an array")
    found: list[int] = []
    for part in indexes.strip("[]").split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise Unreadable("not an array")
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if last < first or not step or (last - first) // step + len(found) >= MOST_TASKS:
            raise Unreadable("not an array, or one without end")
        found += range(first, last + 1, step)
    return array_of(found, int(at_once) if mark else limit)


def pbs_begin(text: str) -> datetime | time:
    """`[[CC]YY]MMDDhhmm[.SS]` with a year, or `hhmm[.SS]`, the next time it is so late."""
    digits, _, seconds = text.partition(".")
    if not (digits + (seconds or "0")).isdecimal() or len(seconds) not in (0, 2):
        raise Unreadable("not a start time")
    if len(digits) == 4:
        return _made(lambda: time(int(digits[:2]), int(digits[2:]), int(seconds or 0)))
    if len(digits) == 10:
        digits = ("19" if int(digits[:2]) > 68 else "20") + digits
    if len(digits) != 12:
        raise Unreadable("a day without a year means another day whenever it is submitted")
    month, day, hour, minute = (int(digits[at : at + 2]) for at in (4, 6, 8, 10))
    return _made(
        lambda: datetime(int(digits[:4]), month, day, hour, minute, int(seconds or 0))  # noqa: DTZ001 - the cluster's local time
    )


def slurm_begin(text: str) -> datetime | time:
    """`YYYY-MM-DD[THH:MM[:SS]]` or `HH:MM[:SS]` (sbatch(1)); words such as `now+1hour` are not."""
    if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
        return _made(lambda: time.fromisoformat(text))
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?", text):
        return _made(lambda: datetime.fromisoformat(text))
    raise Unreadable("only a date or an hour can be carried over")


def _made(make: Callable[[], _When]) -> _When:
    try:
        return make()
    except ValueError as error:
        raise Unreadable("not a start time") from error


def begin_digits(begin: datetime | time) -> str:
    """`CCYYMMDDhhmm[.SS]` or `hhmm[.SS]` (PBS, Grid Engine)."""
    form = "%Y%m%d%H%M" if isinstance(begin, datetime) else "%H%M"
    text = begin.strftime(form)
    if isinstance(begin, datetime):
        text = f"{begin.year:04}{text[-8:]}"
    return f"{text}.{begin.second:02}" if begin.second else text
