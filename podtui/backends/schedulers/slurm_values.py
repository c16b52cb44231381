"""Times, spans, exit codes and ids as Slurm prints them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from podtui.backends.schedulers.base import Account
from podtui.errors import InputError

_SPAN = re.compile(r"(?:(\d{1,6})-)?(?:(\d{1,6}):)?(\d{1,8}):(\d{1,2})(?:\.\d+)?")
_KILLED_FOR_MEMORY = 125  # no signal: Slurm's own mark (SIG_OOM, 253, less wait(2)'s flag)
_EXIT = re.compile(r"(\d{1,5}):(\d{1,5})")
JOB_ID = re.compile(r"\d{1,10}(?:_\d{1,10}|\+\d{1,10})?")
_OURS = re.compile(rf"({JOB_ID.pattern})(?:;([\w.-]+))?")


def moment(text: str, account: Account) -> datetime | None:
    """The moment Slurm means: seconds since 1970 (SLURM_TIME_FORMAT=%s), else its local ISO form.

    None for N/A, Unknown, None and what is not a time.
    """
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC) if text != "0" else None
        return datetime.fromisoformat(text).replace(tzinfo=account.zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=4096)
def span(text: str) -> timedelta | None:
    """`1-02:04:00`, `10:00` (minutes and seconds); None for UNLIMITED, NOT_SET and the like."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def exit_status(text: str) -> int | None:
    """`3:0` is 3; `0:15`, ended by signal 15, is 128 + 15, as a shell says it.

    None for `0:125`, which is nobody's exit status: the kernel killed it for memory.
    """
    match = _EXIT.fullmatch(text)
    return ended_with(int(match[1]), int(match[2])) if match else None


def ended_with(code: int, signal: int) -> int | None:
    """The exit status of a code and a signal (0: none) as Slurm keeps them."""
    if signal == _KILLED_FOR_MEMORY:
        return None
    return 128 + signal if signal else code


def number(text: str) -> int | None:
    """A whole number, or None; `2K` of old Slurm versions is 2048."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text[:-1].isascii() and text[:-1].isdigit() and text[-1] in "KM":
        return int(text[:-1]) << (10 if text[-1] == "K" else 20)
    return None


def present(text: str) -> str:
    """The text, or nothing where Slurm has no value."""
    return "" if text in ("(null)", "N/A", "None", "Unknown", "None assigned", "n/a") else text


def base_of(job_id: str) -> str:
    """What a task or a component belongs to: `9` of `9_3`, of `9_[5-7%2]` and of `9+1`."""
    return re.split(r"[_+.]", job_id, maxsplit=1)[0]


def listed_id(text: str) -> str:
    """The id of a row: `9` for the tasks of array 9 that have not started, else itself.

    `9_[5,7%2]` changes whenever a task starts and no command takes it; empty when it is no id.
    """
    if "[" in text:
        text = text.partition("_")[0]
    return text if JOB_ID.fullmatch(text) else ""


def split_cluster(job_id: str) -> tuple[tuple[str, ...], str]:
    """Options naming the sibling cluster, and the id there: sbatch answers `17;other` for -M."""
    match = _OURS.fullmatch(job_id)
    if match is None:
        raise InputError(f"{job_id!r} is not a Slurm job id.", title="Job id")
    return (("-M", match[2]) if match[2] else ()), match[1]
