"""How long ago and how long yet, in as few cells as a person can read."""

from __future__ import annotations

from datetime import datetime, timedelta

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def short_span(span: timedelta) -> str:
    """A length of time by its largest unit: `3 d`, `12 min`, `0 s`; never negative."""
    seconds = max(round(span.total_seconds()), 0)
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def since(then: datetime | None, now: datetime) -> str:
    """How long ago something was; a dash when it never was."""
    return "–" if then is None else f"{short_span(now - then)} ago"


def until(then: datetime | None, now: datetime) -> str:
    """How long something lasts yet; a dash when nobody knows."""
    if then is None:
        return "–"
    return short_span(then - now) if then > now else "over"
