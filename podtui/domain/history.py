"""Jobs as they are remembered when the scheduler has forgotten them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from podtui.domain.job import Job, JobState


@dataclass(frozen=True, slots=True)
class SeenState:
    """A state a job was seen in, and when first; the scheduler's own word beside."""

    seen: datetime
    state: JobState
    native_state: str = ""


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job as it was last told; `last_seen` is when. Times are aware UTC.

    `script` is there for jobs that were submitted by podtui, with its SHA-256 in hex; `paths` are
    the files that travelled, `here → there` or `there → here`.
    """

    job: Job
    first_seen: datetime
    last_seen: datetime
    script_name: str = ""
    script: bytes | None = None
    script_hash: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a job's course: `told` by the scheduler, else seen by podtui."""

    when: datetime
    what: str
    told: bool
    state: JobState | None = None


def course(job: Job, seen: tuple[SeenState, ...]) -> tuple[Event, ...]:
    """What happened to a job, in order: the scheduler's times, and the states seen meanwhile.

    A state that was seen is left out where the scheduler itself tells its beginning.
    """
    told = [
        Event(when, what, told=True, state=state)
        for when, what, state in (
            (job.submitted, "submitted", None),
            (job.started, "started", JobState.RUNNING),
            (job.ended, "ended", job.state if job.state.ended else None),
        )
        if when is not None
    ]
    known = {event.state for event in told}
    noticed = [
        Event(one.seen, one.state.value, told=False, state=one.state)
        for at, one in enumerate(seen)
        if one.state not in known or _again(seen, at)
    ]
    return tuple(sorted((*told, *noticed), key=lambda event: event.when))


def _again(seen: tuple[SeenState, ...], at: int) -> bool:
    """Whether the job was in this state before and left it: a requeued job runs twice."""
    return any(one.state is seen[at].state for one in seen[:at])
