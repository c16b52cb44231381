"""Arrays of TORQUE and OpenPBS: one row for what waits, one for each task that has begun. Pure.

Asked with `-t`, OpenPBS lists the array `3[].host` and every subjob, TORQUE every task and no
array. A list of 10,000 waiting tasks helps nobody: they are folded into their array's row, which
is made here where the scheduler leaves it out, because that is the id the submission returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from podtui.domain.job import Job, JobKey, JobState

_TASK = re.compile(r"(\d+)\[(\d+)\](.*)")
_LATEST_FIRST = (JobState.RUNNING, JobState.SUSPENDED, JobState.QUEUED, JobState.HELD)
_WORST_FIRST = (JobState.UNKNOWN, JobState.FAILED, JobState.TIMEOUT, JobState.CANCELLED)


def array_id(job_id: str) -> str:
    """`3[].vm` of the task `3[1].vm`; the empty string when it is no task."""
    match = _TASK.fullmatch(job_id)
    return f"{match[1]}[]{match[3]}" if match else ""


def folded(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """The jobs with each array's waiting tasks in one row, in the order they came."""
    rows: dict[str, Job] = {}
    tasks: dict[str, list[Job]] = {}
    for job in jobs:
        array = array_id(job.id)
        if array:
            if array not in rows:
                rows[array] = job  # its place; replaced below
            tasks.setdefault(array, []).append(job)
            if job.state.pending:
                continue
        rows[job.id] = job
    for array, members in tasks.items():
        placed = rows[array]
        given = placed if placed.id == array else None
        rows[array] = _row(array, given, members)
    return tuple(rows.values())


def _row(array: str, given: Job | None, members: Sequence[Job]) -> Job:
    waiting = [job for job in members if job.state.pending]
    row = given or _made(array, members)
    if row.state.ended or not waiting:
        return row
    count = f"{len(waiting)} of {len(members)} tasks wait"
    why = row.reason or next((job.reason for job in waiting if job.reason), "")
    return replace(row, reason=f"{count}: {why}" if why else f"{count}.")


def _made(array: str, members: Sequence[Job]) -> Job:
    first = members[0]
    index = _TASK.fullmatch(first.id)
    suffix = f"-{index[2]}" if index else ""
    states = {job.state for job in members}
    alive = next((state for state in _LATEST_FIRST if state in states), None)
    worst = next((state for state in _WORST_FIRST if state in states), JobState.COMPLETED)
    starts = [job.started for job in members if job.started]
    ends = [job.ended for job in members if job.ended]
    return replace(
        first,
        key=JobKey(first.cluster, array),
        state=alive or worst,
        native_state=next(job.native_state for job in members if job.state is (alive or worst)),
        name=first.name.removesuffix(suffix),
        started=min(starts, default=None),
        ended=max(ends, default=None) if alive is None else None,
        exit_status=None,
        stdout="",
        stderr="",
        reason="",
        hosts="",
        attributes=(),
    )
