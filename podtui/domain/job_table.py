"""The job table as values: what each cluster last said, and the rows made of it."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress, count, repeat
from typing import TypeVar

from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.staging import StagedJob, StagedPhase

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ClusterJobs:
    """What one cluster last said of its jobs. Stale rows stay, with `answered` as their date."""

    cluster: str
    jobs: tuple[Job, ...] = ()
    answered: datetime | None = None
    seconds: float = 0.0
    pause: float = 0.0
    skipped: int = 0
    stale: bool = False
    title: str = ""
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row of the job table: the job, and the staging that goes with it."""

    job: Job
    staged: StagedJob | None = None
    stale: bool = False


def job_rows(answers: tuple[ClusterJobs, ...], staged: tuple[StagedJob, ...]) -> tuple[JobRow, ...]:
    """The jobs of some answers, staged ones joined to theirs; the unlisted staged ones last."""
    return JoinedRows().join(answers, staged)


class JoinedRows:
    """Joins again and again: a row whose job and staging are the same objects stays itself.

    So whoever shows 100,000 rows learns by identity, without a comparison, which have changed. Rows
    are found by their job's identity, at the speed of C: its key would have to be hashed.
    """

    def __init__(self) -> None:
        self._heard: tuple[tuple[tuple[Job, ...], bool], ...] = ()
        self._staged: tuple[StagedJob, ...] = ()
        self._rows: tuple[JobRow, ...] = ()
        self._plain: dict[bool, dict[int, JobRow]] = {False: {}, True: {}}
        self._joined: dict[JobKey, tuple[Job, JobRow]] = {}
        self._unlisted: dict[str, JobRow] = {}

    def join(
        self, answers: tuple[ClusterJobs, ...], staged: tuple[StagedJob, ...]
    ) -> tuple[JobRow, ...]:
        """As `job_rows` does; the same tuple where nothing has changed."""
        heard = tuple((answer.jobs, answer.stale) for answer in answers)
        if staged == self._staged and _same(heard, self._heard):
            return self._rows
        rows: list[JobRow] = []
        plain: dict[bool, dict[int, JobRow]] = {False: {}, True: {}}
        for jobs, stale in heard:
            ids = list(map(id, jobs))
            known: list[JobRow] = list(map(self._plain[stale].get, ids))  # type: ignore[arg-type]
            for at in compress(count(), map(operator.is_, known, repeat(None))):
                known[at] = _new_row(jobs[at], stale)
            plain[stale].update(zip(ids, known, strict=True))
            rows.extend(known)
        waiting = self._join_staged(rows, staged)
        rows.extend(self._alone(job) for job in waiting)
        self._unlisted = {job.token: self._alone(job) for job in waiting}
        self._heard, self._staged, self._rows = heard, staged, tuple(rows)
        self._plain = plain
        return self._rows

    def _join_staged(self, rows: list[JobRow], staged: tuple[StagedJob, ...]) -> list[StagedJob]:
        """Put the staged jobs' rows into their places; those that have none are left over."""
        by_key = {job.key: job for job in staged if job.key}
        joined: dict[JobKey, tuple[Job, JobRow]] = {}
        for at, row in enumerate(rows) if by_key else ():
            job = row.job
            if (travels := by_key.pop(job.key, None)) is not None:
                rows[at] = self._join(job, travels, row.stale)
                joined[job.key] = (job, rows[at])
        self._joined = joined
        return [job for job in staged if job.key is None or job.key in by_key]

    def _join(self, job: Job, staged: StagedJob, stale: bool) -> JobRow:
        source, row = self._joined.get(job.key, (None, None))
        if row is not None and source is job and row.staged == staged and row.stale is stale:
            return row
        return _row(job, staged, stale)

    def _alone(self, staged: StagedJob) -> JobRow:
        row = self._unlisted.get(staged.token)
        return row if row is not None and row.staged == staged else _unlisted(staged)


def changed(before: tuple[_T, ...], after: tuple[_T, ...]) -> tuple[list[_T], list[_T]]:
    """What has gone and what has come, by identity: jobs or rows of two answers."""
    differ = list(map(operator.is_not, before, after))
    gone = [*compress(before, differ), *before[len(after) :]]
    come = [*compress(after, differ), *after[len(before) :]]
    moved = set(map(id, gone)).intersection(map(id, come))
    if not moved:
        return gone, come
    return [one for one in gone if id(one) not in moved], [
        one for one in come if id(one) not in moved
    ]


_NEW = object.__new__
_PUT_JOB, _PUT_STAGED, _PUT_STALE = (
    getattr(JobRow, name).__set__ for name in ("job", "staged", "stale")
)


def _new_row(job: Job, stale: bool) -> JobRow:
    """A row of a job that is not staged; a frozen dataclass's own __init__ takes twice as long."""
    row = _NEW(JobRow)
    _PUT_JOB(row, job)
    _PUT_STAGED(row, None)
    _PUT_STALE(row, stale)
    return row


def _same(
    one: tuple[tuple[tuple[Job, ...], bool], ...], other: tuple[tuple[tuple[Job, ...], bool], ...]
) -> bool:
    return len(one) == len(other) and all(
        a[0] is b[0] and a[1] is b[1] for a, b in zip(one, other, strict=True)
    )


def same_kept(before: tuple[Job, ...], after: tuple[Job, ...]) -> tuple[Job, ...]:
    """`after`, each job that is as it was `before` being the same object; all so, `before` itself.

    Comparing costs what parsing costs: for many jobs call it in a thread.
    """
    known = {job.key: job for job in changed(before, after)[0]}
    kept = (
        after
        if not known
        else tuple(
            old if (old := known.get(job.key)) is not None and old == job else job for job in after
        )
    )
    unchanged = len(kept) == len(before) and all(map(operator.is_, kept, before))
    return before if unchanged else kept


def _row(job: Job, staged: StagedJob | None, stale: bool) -> JobRow:
    if staged is None:
        return JobRow(job, None, stale)
    stage_in = staged.in_state if staged.stage_in else job.stage_in
    stage_out = staged.out_state if staged.stage_out else job.stage_out
    return JobRow(replace(job, stage_in=stage_in, stage_out=stage_out), staged, stale)


def _unlisted(staged: StagedJob) -> JobRow:
    """A staged job the scheduler has not listed: not submitted yet, unknown, or forgotten there."""
    state = staged.job_state if staged.phase.ended else JobState.UNKNOWN
    if staged.phase is StagedPhase.CANCELLED and not state.ended:
        state = JobState.CANCELLED  # by a person here; the scheduler has said yes
    job = Job(
        key=staged.key or JobKey(staged.cluster, f"({staged.token})"),
        state=state,
        native_state=staged.phase.value,
        name=staged.name,
        submitted=staged.created,
        exit_status=staged.exit_status,
        reason=staged.ending,
        stage_in=staged.in_state if staged.stage_in else StageState.NONE,
        stage_out=staged.out_state if staged.stage_out else StageState.NONE,
    )
    return JobRow(job, staged)
