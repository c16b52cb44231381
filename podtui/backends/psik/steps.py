"""A job's history as psik keeps it, and the Job it makes.

Wire: psik_api's JobStepInfo `{jobid, name, updated, jobndx, state, info}`; times are seconds since
1970, `info` is the native job's or process's number. Exit codes are not told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.text import visible
from podtui.errors import BadAnswer

STUCK_NEW = timedelta(minutes=2)
"""A started job that is still `new` after this was taken, and never handed on."""
STUCK = timedelta(days=7)
"""A job without news for this long may have ended: psik can lose a change of state for good."""

_ID = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?", re.ASCII)
_STATES = {
    "new": JobState.HELD,
    "queued": JobState.QUEUED,
    "active": JobState.RUNNING,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "canceled": JobState.CANCELLED,
}
_ENDS = ("completed", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a job's state."""

    job_id: str
    name: str
    updated: datetime
    index: int
    state: str
    native: int


def is_id(text: object) -> bool:
    """Whether it is a job's id as psik makes them: seconds since 1970 with milliseconds."""
    return isinstance(text, str) and bool(_ID.fullmatch(text))


def read_id(answer: Any) -> str:
    """The id a submission was answered with; BadAnswer when it is none."""
    if not is_id(answer):
        raise BadAnswer(f"The service answered {visible(str(answer), 60)!r} instead of a job's id.")
    return str(answer)


def read_step(row: Any) -> Step:
    """One row; BadAnswer when it cannot be read."""
    if not isinstance(row, Mapping) or not is_id(row.get("jobid")):
        raise BadAnswer("A row of the service's jobs has no job id.")
    try:
        return Step(
            row["jobid"],
            visible(str(row.get("name") or ""), 200),
            _moment(float(row["updated"])),
            int(row.get("jobndx") or 0),
            visible(str(row["state"]), 40),
            int(row.get("info") or 0),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise BadAnswer(f"The row of job {row['jobid']} cannot be read.") from None


def read_steps(answer: Any) -> tuple[tuple[Step, ...], int]:
    """All rows, and how many could not be read; BadAnswer when it is no list."""
    if not isinstance(answer, list):
        raise BadAnswer("The service's jobs are not a list.")
    found, skipped = [], 0
    for row in answer:
        try:
            found.append(read_step(row))
        except BadAnswer:
            skipped += 1
    return tuple(found), skipped


def job_of(
    key: JobKey,
    queue: str,
    user: str,
    steps: tuple[Step, ...],
    now: datetime,
    started: datetime | None = None,
) -> Job:
    """The job these steps tell, oldest first; a list gives the last one alone.

    `now` is by the service's clock; `started` when we told the service to start it.
    """
    steps = _without_late_cancel(steps)
    last = steps[-1]
    state, reason = _state(last, now, started)
    run = max(1, *(step.index for step in steps))
    native = next((step.native for step in reversed(steps) if step.native), 0)
    attributes = [("backend", queue)]
    attributes += [("native_id", str(native))] if native else []
    attributes += [(f"step_{number}", _told(step)) for number, step in enumerate(steps, 1)]
    return Job(
        key,
        state,
        native_state=last.state,
        name=last.name,
        user=user,
        queue=queue,
        submitted=_submitted(key.id),
        started=next((s.updated for s in reversed(steps) if s.state == "active"), None),
        ended=last.updated if last.state in _ENDS else None,
        stdout=f"/logs/{key.id}/stdout.{run}",
        stderr=f"/logs/{key.id}/stderr.{run}",
        workdir=f"/jobs/{key.id}",
        reason=reason,
        attributes=tuple(attributes),
    )


def _without_late_cancel(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Without what psik notes when somebody cancels a job that has ended already."""
    while len(steps) > 1 and steps[-1].state == "canceled" and steps[-2].state in _ENDS:
        steps = steps[:-1]
    return steps


def _state(last: Step, now: datetime, started: datetime | None) -> tuple[JobState, str]:
    state = _STATES.get(last.state, JobState.UNKNOWN)
    if last.state == "new":
        if started is None:
            return JobState.HELD, "not started, or its start failed there"
        if now - started < STUCK_NEW:
            return JobState.QUEUED, "being handed on to the queueing system"
        return JobState.UNKNOWN, "the service took it and has not handed it on: it may never start"
    if state in (JobState.QUEUED, JobState.RUNNING) and now - last.updated > STUCK:
        days = (now - last.updated).days
        return JobState.UNKNOWN, f"no news for {days} days: its end may have been lost"
    if state is JobState.FAILED:
        return state, "psik tells no exit status: see its output"
    return state, ""


def _told(step: Step) -> str:
    when = step.updated.isoformat(" ", "seconds")
    return f"{when} {step.state} (run {step.index}, native id {step.native})"


def _submitted(job_id: str) -> datetime | None:
    try:
        return _moment(float(job_id))
    except (ValueError, OverflowError, OSError):
        return None


def _moment(seconds: float) -> datetime:
    if not math.isfinite(seconds):
        raise ValueError("not a time")
    return datetime.fromtimestamp(seconds, UTC)
