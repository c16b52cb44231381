"""Several records of Slurm that are one job: the tasks of an array, the parts of a het job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from podtui.backends.schedulers.slurm_values import base_of
from podtui.domain.job import Job
from podtui.domain.job_fold import TELLING

_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?(?::0*([1-9]\d{0,8}))?")


def chosen(job_id: str, jobs: Sequence[Job]) -> Job | None:
    """The job asked for: the task or part itself, or all that belong to the id as one job."""
    if base_of(job_id) != job_id:
        return next((job for job in jobs if job.id == job_id), None)
    parts = [job for job in jobs if base_of(job.id) == job_id]
    if len(parts) < 2:
        return replace(parts[0], key=parts[0].key._replace(id=job_id)) if parts else None
    return _joined(job_id, parts)


def _joined(job_id: str, parts: Sequence[Job]) -> Job:
    """One job from many: what still happens decides the state, the worst end when all ended."""
    first = min(parts, key=lambda job: TELLING.index(job.state))
    ended = all(job.state.ended for job in parts)
    starts = [job.started for job in parts if job.started]
    ends = [job.ended for job in parts if job.ended]
    return replace(
        first,
        key=first.key._replace(id=job_id),
        started=min(starts, default=None),
        ended=max(ends, default=None) if ended else None,
        exit_status=first.exit_status if ended else None,
        attributes=(*first.attributes, ("Parts", _tally(parts))),
    )


def _tally(parts: Sequence[Job]) -> str:
    """`PENDING 4, RUNNING 2`; `≥` where Slurm cut its list of waiting tasks short with `...`."""
    count: Counter[str] = Counter()
    cut = set()
    for job in parts:
        tasks = job.attribute("ArrayTaskId") or job.attribute("JobID").partition("[")[2]
        count[job.native_state] += _tasks(tasks)
        if "..." in tasks:
            cut.add(job.native_state)
    return ", ".join(
        f"{word} {'≥' if word in cut else ''}{number}" for word, number in sorted(count.items())
    )


def _tasks(text: str) -> int:
    """How many tasks `5,7-10,12-20:2%3` names; one for a single job."""
    number = sum(
        (int(last or first) - int(first)) // int(step or 1) + 1
        for first, last, step in _RANGE.findall(text.partition("%")[0])
    )
    return max(number, 1)
