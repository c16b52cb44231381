"""Jobs as rows of the history's file, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import Enum
from json import dumps, loads
from operator import attrgetter
from typing import Any

from podtui.domain.history import PastJob, SeenState
from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.staging import StagedJob, StagePair

_TIMES = ("submitted", "started", "ended", "expected_start")
_LONGEST = 4096  # characters of one attribute
_FACTS = tuple(field.name for field in fields(Job) if field.name != "key")
_values = attrgetter(*_FACTS)
Row = tuple[object, ...]


def job_row(job: Job, now: datetime, staged: StagedJob | None) -> Row:
    """The values for the table `job`."""
    script = staged.content if staged else None
    paths = _paths(staged) if staged else ()
    name = staged.filename if staged else ""
    words = (
        *(job.id, job.name, job.user, job.queue, job.cluster, job.state.value, job.hosts),
        *(job.workdir, job.stdout, job.stderr, name, *paths),
        script.decode("utf-8", "replace") if script else "",
    )
    return (
        job.cluster,
        job.id,
        job.state.value,
        stamp(job.submitted),
        stamp(job.ended or job.started or job.submitted) or stamp(now),
        stamp(now),
        dumps(_facts(job)),
        name,
        script,
        hashlib.sha256(script).hexdigest() if script is not None else "",
        dumps(paths),
        "\n".join(words).casefold().encode("utf-8", "replace").decode(),
    )


def past_job(row: Mapping[str, Any]) -> PastJob:
    """The job of a row of the table `job`."""
    return PastJob(
        job=_job(row["cluster"], row["id"], loads(row["facts"])),
        first_seen=datetime.fromisoformat(row["first_seen"]),
        last_seen=datetime.fromisoformat(row["last_seen"]),
        script_name=row["script_name"],
        script=row["script"],
        script_hash=row["script_hash"],
        paths=tuple(loads(row["paths"])),
    )


def seen_state(row: Mapping[str, Any]) -> SeenState:
    """The state of a row of the table `state`."""
    return SeenState(
        datetime.fromisoformat(row["seen"]), JobState(row["state"]), row["native_state"]
    )


def stamp(when: datetime | None) -> str:
    """A time as it is kept: ISO 8601 in UTC, which sorts as text."""
    return when.astimezone(UTC).isoformat(timespec="microseconds") if when else ""


def _paths(staged: StagedJob) -> list[str]:
    def told(pair: StagePair, first: str, second: str) -> str:
        return f"{first} → {pair.target or second}"

    return [
        *(told(pair, pair.local, pair.remote) for pair in staged.stage_in),
        *(told(pair, pair.remote, pair.local) for pair in staged.stage_out),
    ]


def _facts(job: Job) -> dict[str, Any]:
    return dict(zip(_FACTS, map(_plain, _values(job)), strict=True))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int):  # most are
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [[name, text[:_LONGEST]] for name, text in value]
    return value


def _job(cluster: str, job_id: str, facts: dict[str, Any]) -> Job:
    values = {name: value for name, value in facts.items() if name in _FACTS}
    for name in _TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    if values.get("walltime") is not None:
        values["walltime"] = timedelta(seconds=values["walltime"])
    values["state"] = JobState(values["state"])
    for name in ("stage_in", "stage_out"):
        values[name] = StageState(values.get(name, StageState.NONE.value))
    values["attributes"] = tuple((name, text) for name, text in values.get("attributes", ()))
    return Job(JobKey(cluster, job_id), **values)
