"""Grid Engine's times and durations: local times without a zone, epochs, `h_rt` in two forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_FORMS = ("%a %b %d %H:%M:%S %Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:.*")
_LONGEST = 100 * 366 * 86400  # a limit beyond a century is no limit, and overflows a date
_UNITS = (1, 60, 3600, 86400)


def iso_local(text: str, zone: tzinfo) -> datetime | None:
    """UTC of `2026-11-21T23:48:42` told by a clock in `zone`; None if not a time.

    Some of its kin print a blank for the T, fractions of a second, or a zone, which then counts.
    """
    if not _ISO.fullmatch(text):
        return None
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def printed_local(text: str, zone: tzinfo) -> datetime | None:
    """UTC of qacct's `Sat Nov 21 23:48:42 2026` or `11/21/2026 23:48:42.123`; None for `-/-`."""
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return iso_local(text.strip(), zone)


def epoch(text: str) -> datetime | None:
    """UTC of seconds since 1970, of milliseconds (Univa's) or microseconds (9.0); None for 0."""
    if not text.isascii() or not text.isdigit() or len(text) > 17:
        return None
    seconds = int(text) / (1 if len(text) < 12 else 1000 if len(text) < 15 else 1_000_000)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


@lru_cache(maxsize=4096)  # thousands of jobs share a few limits
def duration(text: str) -> timedelta | None:
    """A limit: `3600`, `3600.000000`, `1:00:00` or `6s`; None for INFINITY and what is no time."""
    parts = text.strip().removesuffix("s").split(":")
    if len(parts) > 4 or not all(re.fullmatch(r"\d{0,12}(?:\.\d{1,9})?", part) for part in parts):
        return None
    if not any(parts):
        return None
    units = zip(reversed(parts), _UNITS, strict=False)
    seconds = sum(float(part or 0) * unit for part, unit in units)
    return timedelta(seconds=seconds) if seconds < _LONGEST else None
