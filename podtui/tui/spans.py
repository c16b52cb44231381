"""Times as people say them, short enough for a column."""

from __future__ import annotations

from datetime import datetime, timedelta


def elapsed(span: timedelta) -> str:
    """`8s`, `5m03`, `2h15`, `3d4h`: never more than six cells; a clock that went back counts 0."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02}"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours}h" if days < 100 else f"{days}d"


def since(then: datetime | None, now: datetime) -> str:
    """How long ago something was; a dash when it never was."""
    return "–" if then is None else f"{elapsed(now - then)} ago"


def until(then: datetime | None, now: datetime) -> str:
    """How long something lasts yet; a dash when nobody knows."""
    if then is None:
        return "–"
    return elapsed(then - now) if then > now else "over"


def clock_time(when: datetime, now: datetime) -> str:
    """The local time of day; with the date when that is not today's."""
    local = when.astimezone()
    today = local.date() == now.astimezone().date()
    return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"
