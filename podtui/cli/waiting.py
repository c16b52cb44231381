"""`podtui wait`: stay until jobs have ended and their results are back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podtui.cli.call import Answer, Call
from podtui.cli.facts import staged_facts
from podtui.cli.follow import follow_link, follow_phases
from podtui.cli.outcomes import job_verdict, verdict
from podtui.cli.output import one_line
from podtui.cli.progress import transfer_bars
from podtui.domain.job import JobKey, JobState
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import NotFound, PodError, Unreachable

if TYPE_CHECKING:
    from podtui.services.session import Session


@dataclass(frozen=True, slots=True)
class Ended:
    """The jobs waited for, and the first thing that went wrong with any."""

    jobs: tuple[dict[str, Any], ...]
    lines: tuple[str, ...]
    error: PodError | None


async def wait(call: Call, session: Session) -> Answer:
    """Wait for the jobs named, or for all that are unfinished."""
    staged: list[StagedJob] = []
    others: list[JobKey] = []
    if call.args.jobs:
        for name in call.args.jobs:
            job = await _staged(call, session, name)
            if job is not None:
                staged.append(job)
            else:
                others.append(JobKey(call.cluster, name))
    else:
        staged = _unfinished(call, session)
    ended = await wait_for(call, session, staged, others)
    return Answer({"jobs": list(ended.jobs)}, ended.lines, ended.error)


def _unfinished(call: Call, session: Session) -> list[StagedJob]:
    wanted = {call.cluster} if call.args.cluster else set(session.clusters.names)
    unfinished = [job for job in session.staging.jobs if not job.phase.ended]
    for job in unfinished:
        if job.cluster not in session.clusters.names:
            call.out.note(
                f"podtui: job {job.job_id or job.token} is left: its cluster {job.cluster!r} is "
                "not in the configuration."
            )
    return [job for job in unfinished if job.cluster in wanted]


async def _staged(call: Call, session: Session, name: str) -> StagedJob | None:
    """The journal's row of a job named by id or token; a failed one is taken up again."""
    token = name.strip("()")
    job = next((job for job in session.staging.jobs if job.token == token), None)
    job = job or await session.staging.find(call.cluster, name)
    if job is not None and job.phase is StagedPhase.FAILED:
        await session.staging.retry(job.token)
    return job


async def wait_for(
    call: Call, session: Session, staged: Sequence[StagedJob], others: Sequence[JobKey] = ()
) -> Ended:
    """Carry `staged` to their ends and watch `others` to theirs, telling each phase."""
    if not staged and not others:
        return Ended((), ("Nothing to wait for.",), None)
    clusters = {job.cluster for job in staged} | {key.cluster for key in others}
    if staged:
        call.out.if_interrupted = "The journal keeps it: `podtui wait` goes on where it stands."
    async with transfer_bars(session, call.out):
        for name in sorted(clusters):
            await _reach(session, name)
        async with asyncio.TaskGroup() as group:
            tokens = [job.token for job in staged]
            beside = [
                group.create_task(session.poll()),
                group.create_task(follow_link(session, clusters)),
                group.create_task(follow_phases(session, tokens, others, call.out.note)),
            ]
            async with asyncio.TaskGroup() as jobs:
                ends = [
                    *(jobs.create_task(_end_of_staged(session, job)) for job in staged),
                    *(jobs.create_task(_end_of_other(session, key)) for key in others),
                ]
            for task in beside:
                task.cancel()
    return _all_ended([end.result() for end in ends])


async def _reach(session: Session, name: str) -> None:
    """Log in; a cluster that does not answer now may later, and the polls tell of it."""
    with suppress(Unreachable):
        await session.clusters.connect(name)


_End = tuple[dict[str, Any], str, PodError | None]
"""A job that has ended: what `--json` tells of it, a line for people, what went wrong."""


async def _end_of_staged(session: Session, job: StagedJob) -> _End:
    try:
        ended = await session.staging.finish(job.token)
    except NotFound as error:
        return outcome(job), f"Job {job.job_id or job.token}: {error.message}", error
    back = ended.phase is StagedPhase.DONE and bool(ended.stage_out)
    results = ", its results are back" if back else ""
    line = f"Job {ended.job_id}: {ended.job_state.value}{_status(ended.exit_status)}{results}"
    return outcome(ended), line, verdict(ended)


async def _end_of_other(session: Session, key: JobKey) -> _End:
    try:
        await _check_known(session, key)
        job = await session.jobs.until_ended(key)
    except NotFound as error:
        gone = _outcome(key.id, key.cluster, JobState.UNKNOWN, None, None)
        return gone, f"Job {key.id}: {error.message}", error
    line = f"Job {job.id}: {job.state.value}{_status(job.exit_status)}"
    facts = _outcome(job.id, job.cluster, job.state, job.exit_status, None)
    return facts, line, job_verdict(job.id, job.state, job.exit_status, job.reason)


async def _check_known(session: Session, key: JobKey) -> None:
    """NotFound for a job the cluster has never heard of, or forgot before anybody waited."""
    try:
        await session.jobs.job(key)
    except NotFound:
        raise NotFound(
            f"{key.cluster} knows no job {key.id}.",
            title="Job not known",
            hint="`podtui status` lists the jobs there are.",
        ) from None
    except PodError:
        return  # asked again by the polls


def _all_ended(ends: list[_End]) -> Ended:
    """The first failure gives the exit code; each job's own line tells of the others."""
    return Ended(
        tuple(facts for facts, _, _ in ends),
        tuple(one_line(line) for _, line, error in ends),
        next((error for _, _, error in ends if error is not None), None),
    )


def outcome(job: StagedJob) -> dict[str, Any]:
    """What `--json` tells of a submitted job."""
    return _outcome(job.job_id, job.cluster, job.job_state, job.exit_status, job)


def _outcome(
    job_id: str, cluster: str, state: JobState, exit_status: int | None, staged: StagedJob | None
) -> dict[str, Any]:
    return {
        "id": job_id,
        "cluster": cluster,
        "state": state.value,
        "exit_status": exit_status,
        "staging": staged_facts(staged) if staged else None,
    }


def _status(exit_status: int | None) -> str:
    return "" if exit_status is None else f", exit status {exit_status}"
