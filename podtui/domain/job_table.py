"""The job table as values: what each cluster last said, and the rows made of it."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from datetime import datetime

from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.staging import StagedJob, StagedPhase


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

    So whoever shows 100,000 rows learns by identity, without a comparison, which have changed.
    """

    def __init__(self) -> None:
        self._heard: tuple[tuple[tuple[Job, ...], bool], ...] = ()
        self._staged: tuple[StagedJob, ...] = ()
        self._rows: tuple[JobRow, ...] = ()
        self._plain: dict[JobKey, JobRow] = {}
        self._joined: dict[JobKey, tuple[Job, JobRow]] = {}
        self._unlisted: dict[str, JobRow] = {}

    def join(
        self, answers: tuple[ClusterJobs, ...], staged: tuple[StagedJob, ...]
    ) -> tuple[JobRow, ...]:
        """As `job_rows` does; the same tuple where nothing has changed."""
        heard = tuple((answer.jobs, answer.stale) for answer in answers)
        if staged == self._staged and _same(heard, self._heard):
            return self._rows
        by_key = {job.key: job for job in staged if job.key}
        plain: dict[JobKey, JobRow] = {}
        joined: dict[JobKey, tuple[Job, JobRow]] = {}
        rows: list[JobRow] = []
        known = self._plain.get
        for jobs, stale in heard:
            for job in jobs:
                key = job.key
                if by_key and (travels := by_key.pop(key, None)) is not None:
                    row = self._join(job, travels, stale)
                    joined[key] = (job, row)
                else:
                    plain_row = known(key)
                    if plain_row is None or plain_row.job is not job or plain_row.stale != stale:
                        plain_row = JobRow(job, None, stale)
                    row = plain[key] = plain_row
                rows.append(row)
        waiting = [job for job in staged if job.key is None or job.key in by_key]
        rows.extend(self._alone(job) for job in waiting)
        self._unlisted = {job.token: self._alone(job) for job in waiting}
        self._heard, self._staged, self._rows = heard, staged, tuple(rows)
        self._plain, self._joined = plain, joined
        return self._rows

    def _join(self, job: Job, staged: StagedJob, stale: bool) -> JobRow:
        source, row = self._joined.get(job.key, (None, None))
        if row is not None and source is job and row.staged == staged and row.stale is stale:
            return row
        return _row(job, staged, stale)

    def _alone(self, staged: StagedJob) -> JobRow:
        row = self._unlisted.get(staged.token)
        return row if row is not None and row.staged == staged else _unlisted(staged)


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
    known = {job.key: job for job in before}
    kept = tuple(
        old if (old := known.get(job.key)) is not None and old == job else job for job in after
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
        stage_in=staged.in_state if staged.stage_in else StageState.NONE,
        stage_out=staged.out_state if staged.stage_out else StageState.NONE,
    )
    return JobRow(job, staged)
