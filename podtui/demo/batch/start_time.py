"""The times of `-a`: not before when a job may start."""

import re
from datetime import datetime, timedelta


def torque(text: str, now: datetime | None = None) -> int:
    """Read `[[[[CC]YY]MM]DD]hhmm[.SS]`, local time, as an epoch.

    What is left out is taken so that the time lies ahead (qsub's manual page).
    ValueError for anything else.
    """
    match = re.fullmatch(r"((?:(?:(?:\d\d)?\d\d)?\d\d)?\d\d)?(\d\d)(\d\d)(?:\.(\d\d))?", text)
    if match is None:
        raise ValueError(text)
    now = now or datetime.now().astimezone()
    day = match[1] or ""
    moment = now.replace(
        hour=int(match[2]), minute=int(match[3]), second=int(match[4] or 0), microsecond=0
    )
    if not day:
        return _epoch(moment if moment > now else moment + timedelta(days=1))
    moment = moment.replace(day=1)
    if len(day) == 8:
        moment = moment.replace(year=int(day[:4]))
    elif len(day) == 6:
        moment = moment.replace(year=now.year // 100 * 100 + int(day[:2]))
    if len(day) >= 4:
        moment = moment.replace(month=int(day[-4:-2]))
    moment = moment.replace(day=int(day[-2:]))
    if moment <= now and len(day) == 4:
        moment = moment.replace(year=moment.year + 1)
    elif moment <= now and len(day) == 2:
        moment = moment.replace(year=moment.year + moment.month // 12, month=moment.month % 12 + 1)
    return _epoch(moment)


def _epoch(moment: datetime) -> int:
    """Count seconds from the wall clock's fields, so that summer time is respected."""
    return int(moment.replace(tzinfo=None).timestamp())
