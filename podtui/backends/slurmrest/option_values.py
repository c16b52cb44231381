"""What sbatch's options say, as values of a submission's JSON. Unreadable where it cannot be said.

Sources: sbatch(1); the REST API reference; what servers of 22.05 and 26.05 took and refused.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from podtui.domain.translate.quantity import Unreadable, slurm_begin, slurm_bytes, slurm_seconds

_COUNT = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_ENDLESS = frozenset({"UNLIMITED", "INFINITE", "-1", "0"})
_FROM_NOW = re.compile(r"now(?:\+(\d{1,9})(second|minute|hour|day|week)?s?)?", re.ASCII)
_SIGNAL = re.compile(r"(?:([RB]):)?([A-Z0-9]{1,10})(?:@(\d{1,5}))?", re.ASCII | re.IGNORECASE)
_OUTER_COMMA = re.compile(r",(?![^\[]*\])")
_SWITCHES = re.compile(r"\d{1,4}", re.ASCII)
_DEFAULT_NICE = 100
_DEFAULT_WARNING = 60


def as_text(value: str) -> str:
    """The text itself."""
    if not value:
        raise Unreadable("no value")
    return value


def as_count(value: str) -> int:
    """A whole number."""
    if not _COUNT.fullmatch(value):
        raise Unreadable("not a number")
    return int(value)


def as_nice(value: str) -> int:
    """A number, 100 without one."""
    return as_count(value) if value else _DEFAULT_NICE


def as_yes(value: str) -> bool:
    """A flag that is given; one with a value of its own is not understood."""
    if value.lower() not in ("", "yes", "1"):
        raise Unreadable("only yes can be said")
    return True


def as_mebibytes(value: str) -> int:
    """A size in MiB, rounded up; 0 is all of a node's memory."""
    return 0 if value == "0" else -(-slurm_bytes(value) >> 20)


def as_minutes(value: str) -> int | str:
    """A limit in minutes, rounded up, or no limit."""
    return "UNLIMITED" if value.upper() in _ENDLESS else -(-slurm_seconds(value) // 60)


def as_limit(value: str) -> int | dict[str, Any]:
    """As `as_minutes`, for v0.0.39 on."""
    if value.upper() in _ENDLESS:
        return {"set": False, "infinite": True, "number": 0}
    return -(-slurm_seconds(value) // 60)


def as_words(value: str) -> list[str]:
    """A list of words."""
    return [word.strip() for word in as_text(value).split(",") if word.strip()]


def as_mail(value: str) -> list[str]:
    """The events of a mail, in capitals."""
    return [word.upper() for word in as_words(value)]


def as_hosts(value: str) -> list[str]:
    """Hosts and ranges of hosts: `n[1-3,5],m1`."""
    return [part for part in _OUTER_COMMA.split(as_text(value)) if part]


def as_gres(value: str) -> str:
    """`gpu:a100:2,shard:1` as the trackable resources `gres/gpu:a100:2,gres/shard:1`."""
    parts = [part for part in as_text(value).split(",") if part]
    return ",".join(part if part.startswith("gres/") else f"gres/{part}" for part in parts)


def as_gpus(value: str) -> str:
    """`2`, `a100:2` as trackable resources."""
    return ",".join(f"gres/gpu:{part}" for part in as_text(value).split(",") if part)


def as_gpu_memory(value: str) -> str:
    """MiB for each GPU."""
    return f"gres/gpu:{as_mebibytes(value)}"


def as_owner(value: str) -> str:
    """Exclusive for a user or a security label: all that could be said before v0.0.39."""
    if value not in ("user", "mcs"):
        raise Unreadable("this API version takes only --exclusive=user and =mcs")
    return value


def as_shared(value: str) -> list[str]:
    """Exclusive: shared with none, or with jobs of one's own, of a label, of a topology."""
    words = {"": "none", "user": "user", "mcs": "mcs", "topo": "topo"}
    if value not in words:
        raise Unreadable("not user, mcs or topo")
    return [words[value]]


def as_oversubscribed(value: str) -> list[str]:
    """Shared with everybody."""
    as_yes(value)
    return ["oversubscribe"]


def as_open_mode(value: str) -> list[str]:
    """APPEND or TRUNCATE."""
    if value not in ("append", "truncate"):
        raise Unreadable("neither append nor truncate")
    return [value.upper()]


def as_plain_signal(value: str) -> str:
    """`USR1@60`; before v0.0.39 no `B:` or `R:` before it."""
    match = _SIGNAL.fullmatch(value)
    if match is None or match[1]:
        raise Unreadable("this API version takes only SIGNAL@SECONDS")
    return value


def warning(value: str) -> dict[str, Any]:
    """A signal before the end, in the three fields it has from v0.0.39 on."""
    match = _SIGNAL.fullmatch(value)
    if match is None:
        raise Unreadable("not a signal")
    if match[1] and match[1].upper() == "R":
        raise Unreadable("R: is known to sbatch alone")
    found: dict[str, Any] = {
        "kill_warning_signal": match[2].upper(),
        "kill_warning_delay": int(match[3] or _DEFAULT_WARNING),
    }
    if match[1]:
        found["kill_warning_flags"] = ["BATCH_JOB"]
    return found


def as_switches(value: str) -> int:
    """A number of switches."""
    if not _SWITCHES.fullmatch(value):
        raise Unreadable("only a number of switches can be said")
    return int(value)


def as_moment(value: str, now: datetime) -> int:
    """A time as seconds since 1970; dates and hours are read in the time zone of `now`."""
    match = _FROM_NOW.fullmatch(value)
    if match:
        count, unit = int(match[1] or 0), match[2] or "second"
        return int((now + timedelta(**{f"{unit}s": count})).timestamp())
    told = slurm_begin(value)
    if isinstance(told, time):
        day = datetime.combine(now.date(), told, now.tzinfo)
        return int((day if day > now else day + timedelta(days=1)).timestamp())
    return int(told.replace(tzinfo=now.tzinfo).timestamp())


def is_relative(value: str) -> bool:
    """Whether a time counts from now, and so needs no time zone."""
    return bool(_FROM_NOW.fullmatch(value))
