"""Arrays folded: many tasks seen as one row, with how many stand where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_table import JobRow

# Slurm 123_4 and 123_[5-9%2]; TORQUE and OpenPBS 3[4].host and 3[].host; Grid Engine 4.7, 4.3-9:2.
_SLURM = re.compile(r"(\d+)_(\d+|\[[^\]]*\])")
_PBS = re.compile(r"(\d+)\[(\d*)\](.*)", re.DOTALL)
_GRID_ENGINE = re.compile(r"(\d+)\.(\d[\d,:-]*)")
_SPAN = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?(?::0*([1-9]\d{0,8}))?")
_WAITING = re.compile(r"(\d{1,9}) of \d+ tasks wait")  # the row of a whole array of PBS
_TASKS = ("ArrayTaskId", "tasks")  # attributes of Slurm (scontrol) and Grid Engine (qstat)
TELLING = (
    JobState.RUNNING,
    JobState.SUSPENDED,
    JobState.QUEUED,
    JobState.HELD,
    JobState.UNKNOWN,
    JobState.FAILED,
    JobState.TIMEOUT,
    JobState.CANCELLED,
    JobState.COMPLETED,
)
"""Which state tells most about an array with tasks in several: what still happens, then the ends
from the worst to the best."""
_RANK = {state: rank for rank, state in enumerate(TELLING)}

Counts = tuple[tuple[JobState, int], ...]
"""How many tasks stand where, the most telling state first."""


def array_id(job_id: str) -> str:
    """What the array of a task is called; empty for a job that is none."""
    if "_" in job_id:
        array, _, task = job_id.partition("_")
        if (array.isdecimal() and task.isdecimal()) or _SLURM.fullmatch(job_id):
            return array
    if "[" in job_id and (match := _PBS.fullmatch(job_id)):
        return f"{match[1]}[]{match[3]}" if match[2] else ""
    if "." in job_id and (match := _GRID_ENGINE.fullmatch(job_id)):
        return match[1]
    return ""


def task_count(job: Job) -> int:
    """How many tasks a row stands for: those of an array that wait are one row."""
    for name, value in job.attributes:
        if name in _TASKS:
            return 1 if not value or value.isdecimal() else _many(value)
    if match := _WAITING.match(job.reason):
        return int(match[1])
    match = _SLURM.fullmatch(job.id) or _GRID_ENGINE.fullmatch(job.id)
    return _many(match[2]) if match else 1


def _many(tasks: str) -> int:
    spans = _SPAN.findall(tasks.partition("%")[0])
    return max(sum(_length(*span) for span in spans), 1)


def _length(first: str, last: str, step: str) -> int:
    return max((int(last or first) - int(first)) // int(step or 1) + 1, 0)


def counts(rows: Sequence[JobRow]) -> Counts:
    """How many tasks stand where. An array's own row is what waits of it, or only sums it up."""
    tally: Counter[JobState] = Counter()
    for row in _parts(rows):
        tally[row.job.state] += task_count(row.job)
    return tuple((state, tally[state]) for state in TELLING if tally[state])


def folded_row(key: JobKey, rows: Sequence[JobRow]) -> JobRow:
    """One row for all of an array's: what still happens decides, the worst end when all ended."""
    own = next((row for row in rows if row.job.key == key), None)
    parts = _parts(rows)
    first = min(parts, key=lambda row: _RANK[row.job.state])
    jobs = [row.job for row in parts]
    ended = all(job.state.ended for job in jobs)
    job = replace(
        own.job if own else first.job,
        key=key,
        state=first.job.state,
        native_state=first.job.native_state,
        submitted=_earliest([job.submitted for job in jobs]),
        started=_earliest([job.started for job in jobs]),
        ended=max((job.ended for job in jobs if job.ended), default=None) if ended else None,
        exit_status=first.job.exit_status if ended else None,
        reason=next((job.reason for job in jobs if job.reason), ""),
        hosts="",
        stdout="",
        stderr="",
        attributes=(),
    )
    staged = next((row.staged for row in rows if row.staged), None)
    return JobRow(job, staged, all(row.stale for row in rows))


def _parts(rows: Sequence[JobRow]) -> Sequence[JobRow]:
    """The rows that are tasks: an array's own row is, as long as it is what waits of it."""
    if len(rows) == 1:
        return rows
    return [row for row in rows if array_id(row.job.id) or row.job.state.pending]


def _earliest(times: Sequence[datetime | None]) -> datetime | None:
    return min((when for when in times if when is not None), default=None)
