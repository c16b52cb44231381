"""Failures that only the command line tells by an exit code of their own."""

from __future__ import annotations

from podtui.domain.job import JobState
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import PodError


class JobFailed(PodError):
    """The job waited for did not end well; its exit status is in the message."""

    title = "Job failed"
    exit_code = 20


class StagingFailed(PodError):
    """The files of the job waited for could not be brought."""

    title = "Staging failed"
    exit_code = 21


class Unhealthy(PodError):
    """`podtui doctor` found something that does not work."""

    title = "Not healthy"
    exit_code = 1


def verdict(job: StagedJob) -> PodError | None:
    """What went wrong with a staged job that has ended; None when all is well and back."""
    name = job.job_id or f"({job.token})"
    if job.succeeded:
        return None
    if job.job_state.ended and job.job_state is not JobState.COMPLETED:
        then = f"Then, {job.at.value}: {job.error}" if job.error else ""
        return job_verdict(name, job.job_state, job.exit_status, f"{job.ending} {then}".strip())
    if job.phase is StagedPhase.FAILED:
        again = f"`podtui wait {job.job_id or job.token}` takes it up again where it stands."
        return StagingFailed(
            f"Job {name}, {job.at.value}: {job.error}",
            title=job.title,
            hint=f"{job.hint} {again}".strip(),
        )
    if job.phase is StagedPhase.DONE:
        back = " Its results are back." if job.stage_out else ""
        return JobFailed(
            f"Job {name} has ended, and its scheduler does not tell how.{back}",
            title="Outcome not told",
            hint="Its own output may tell.",
        )
    return JobFailed(f"Job {name} was cancelled.", title="Job cancelled")


def job_verdict(
    job_id: str, state: JobState, exit_status: int | None, then: str = ""
) -> PodError | None:
    """What went wrong with a job that has ended, and `then`: why and what else; None: nothing."""
    if state is JobState.COMPLETED:
        return None
    if state is JobState.UNKNOWN:
        return JobFailed(
            f"Job {job_id} has ended, and its scheduler does not tell how. {then}".strip(),
            title="Outcome not told",
            hint=f"`podtui status -j {job_id}` tells where its output is.",
        )
    status = "" if exit_status is None else f", exit status {exit_status}"
    if exit_status is None and not then:
        status = ", exit status unknown"
    return JobFailed(
        f"Job {job_id} ended: {state.value}{status}. {then}".strip(),
        hint=f"`podtui status -j {job_id}` tells where its output is; `podtui get` fetches it.",
    )
