"""The job table as values: what each cluster last said, and the rows made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.staging import StagedJob


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
    by_key = {job.key: job for job in staged if job.key}
    rows = []
    for answer in answers:
        for job in answer.jobs:
            rows.append(_row(job, by_key.pop(job.key, None), answer.stale))
    waiting = [job for job in staged if job.key is None or job.key in by_key]
    return (*rows, *(_unlisted(job) for job in waiting))


def _row(job: Job, staged: StagedJob | None, stale: bool) -> JobRow:
    if staged is None:
        return JobRow(job, None, stale)
    stage_in = staged.in_state if staged.stage_in else job.stage_in
    stage_out = staged.out_state if staged.stage_out else job.stage_out
    return JobRow(replace(job, stage_in=stage_in, stage_out=stage_out), staged, stale)


def _unlisted(staged: StagedJob) -> JobRow:
    """A staged job the scheduler has not listed: not submitted yet, unknown, or forgotten there."""
    job = Job(
        key=staged.key or JobKey(staged.cluster, f"({staged.token})"),
        state=staged.job_state if staged.phase.ended else JobState.UNKNOWN,
        native_state=staged.phase.value,
        name=staged.name,
        submitted=staged.created,
        exit_status=staged.exit_status,
        stage_in=staged.in_state if staged.stage_in else StageState.NONE,
        stage_out=staged.out_state if staged.stage_out else StageState.NONE,
    )
    return JobRow(job, staged)
