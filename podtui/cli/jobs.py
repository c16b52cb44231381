"""`podtui status`, `cancel`, `hold`, `release`, `requeue`: jobs as PODShell shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import job_facts
from podtui.cli.output import one_line
from podtui.cli.podsh import job_table, property_table
from podtui.domain.job import Job, JobKey, JobList, Scope, StageState
from podtui.domain.job_table import ClusterJobs, JobRow, job_rows
from podtui.domain.staging import StagedJob
from podtui.errors import InputError, NotFound, PodError, Refused

if TYPE_CHECKING:
    from podtui.services.session import Session

Act = Callable[[JobKey], Awaitable[None]]


async def show(call: Call, session: Session) -> Answer:
    """One table of the cluster's jobs, or one job with all its properties."""
    if call.args.job:
        row = await _one_row(call, session)
        return Answer(job_facts(row.job, row.staged), property_table(row))
    name, args = call.cluster, call.args
    scope = Scope(group=args.group, user=args.user, everybody=args.everybody)
    listed: JobList = await session.jobs.fetch(name, scope)
    there = {job.key for job in listed.jobs}
    staged = tuple(
        job
        for job in session.staging.jobs
        if job.cluster == name and (job.key in there or (scope == Scope() and not job.phase.ended))
    )
    rows = job_rows((ClusterJobs(name, listed.jobs),), staged)
    if listed.skipped:
        call.out.note(f"podtui: {listed.skipped} jobs in the answer could not be read.")
    data = {
        "jobs": [job_facts(row.job, row.staged) for row in rows],
        "skipped": listed.skipped,
    }
    return Answer(data, job_table(rows))


async def _one_row(call: Call, session: Session) -> JobRow:
    """The job as the scheduler tells it, else as the journal remembers it."""
    key = JobKey(call.cluster, call.args.job)
    staged = await session.staging.find(*key)
    try:
        jobs: tuple[Job, ...] = (await session.jobs.job(key),)
    except NotFound:
        if staged is None:
            raise
        jobs = ()
    (row,) = job_rows((ClusterJobs(key.cluster, jobs),), (staged,) if staged else ())
    return row


async def cancel(call: Call, session: Session) -> Answer:
    """End each job, and the staging that goes with it."""

    async def end(key: JobKey) -> None:
        if await _drop_unsent(session, key):
            return
        await session.jobs.cancel(key)
        await session.staging.cancelled(*key)

    return await _each(call, end, "is cancelled")


async def _drop_unsent(session: Session, key: JobKey) -> bool:
    """Whether the id was the journal's own, of a job that was never sent: it is forgotten."""
    token = key.id.strip("()")
    for job in session.staging.jobs:
        if job.token == token and not job.job_id:
            await session.staging.drop_unsent(token)
            return True
    return False


async def hold(call: Call, session: Session) -> Answer:
    """Hold each job."""
    return await _each(call, session.jobs.hold, "is held")


async def release(call: Call, session: Session) -> Answer:
    """Release each job; one whose files are on their way is released when they are there."""

    async def let_go(key: JobKey) -> None:
        staged = await session.staging.find(*key)
        if staged is not None and _files_are_under_way(staged):
            raise InputError(
                f"The files of job {key.id} are not all there yet: it would start without them.",
                title="Stage-in not finished",
                hint="It is released by itself when they are: `podtui wait` sees to it.",
            )
        await _refuse_ended(session, key)
        await session.jobs.release(key)

    return await _each(call, let_go, "is released")


async def _refuse_ended(session: Session, key: JobKey) -> None:
    """Refused for a job that has ended: some schedulers take its release in silence."""
    try:
        job = await session.jobs.job(key)
    except PodError:
        return  # the release itself tells what is wrong
    if job.state.ended:
        raise Refused(f"Job {key.id} has ended ({job.state.value}).", title="Job ended")


async def requeue(call: Call, session: Session) -> Answer:
    """Put each job back into the queue."""
    return await _each(call, session.jobs.requeue, "is back in the queue")


def _files_are_under_way(staged: StagedJob) -> bool:
    missing = bool(staged.stage_in) and staged.in_state is not StageState.FINISHED
    return missing and not staged.phase.ended


async def _each(call: Call, act: Act, done: str) -> Answer:
    """Do `act` to every job named; one that fails does not keep the others from it."""
    cluster = call.cluster
    results: list[dict[str, object]] = []
    failed: PodError | None = None
    for job_id in call.args.jobs:
        try:
            await act(JobKey(cluster, job_id))
        except PodError as error:
            results.append({"id": job_id, "done": False, "error": error.message})
            if failed is not None:
                call.out.note(f"podtui: {one_line(error.title)}: {one_line(error.message)}")
            failed = failed or error
        else:
            results.append({"id": job_id, "done": True, "error": None})
            call.out.line(f"Job {one_line(job_id)} {done}.")
    return Answer({"jobs": results}, error=failed)
