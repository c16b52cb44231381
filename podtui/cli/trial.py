"""The test job of `podtui doctor --submit`: submitted as any other, waited for, and tidied up."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Call
from podtui.cli.waiting import wait_for
from podtui.domain.entry import EntryKind
from podtui.domain.job import Job, JobKey
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import NotFound, OutcomeUnknown, Unreachable
from podtui.services.staging import SubmitRequest

if TYPE_CHECKING:
    from datetime import timedelta

    from podtui.services.session import Session

_NAME = "podtui-doctor"  # PBS keeps 15 characters of a job's name
_SCRIPT = b"#!/bin/sh\ntrue\n"


async def try_job(call: Call, session: Session) -> str:
    """Submit a job that does nothing, wait for its end and tell how long all of it took.

    JobFailed when it did not end well; then it stays in the journal and its files stay there.
    """
    begun = session.clock()
    job = await _submitted(call, session)
    waiting = await _record(session, job.cluster, job.job_id)
    call.out.note(f"Test job {job.job_id or job.token} is submitted; Ctrl-C leaves it as it is.")
    ended = await wait_for(call, session, [job])
    if ended.error is not None:
        raise ended.error
    took = session.clock() - begun
    job_id = str(ended.jobs[0]["id"])  # known by now, also where the first answer was lost
    record = await _record(session, job.cluster, job_id)
    await session.staging.forget(job.token)
    await _tidy(session, waiting or record)
    return f"{job_id} ended well, known here after {_words(took)}{_times(record)}"


async def _submitted(call: Call, session: Session) -> StagedJob:
    """The job, taken by the scheduler. One that was certainly not sent is not kept for later."""
    known = {job.token for job in session.staging.jobs}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / _NAME
        script.write_bytes(_SCRIPT)
        try:
            return await session.staging.submit(SubmitRequest(call.cluster, script, overwrite=True))
        except (Unreachable, OutcomeUnknown) as error:
            for job in session.staging.jobs:
                if job.token in known:
                    continue
                if job.phase is StagedPhase.NEW:
                    await session.staging.drop_unsent(job.token)
                else:
                    error.hint = f"`podtui wait {job.token}` finds out whether it was taken."
            raise


async def _record(session: Session, cluster: str, job_id: str) -> Job | None:
    """What the scheduler tells of it; some forget a job as it ends."""
    with suppress(NotFound):
        return await session.jobs.job(JobKey(cluster, job_id)) if job_id else None
    return None


def _times(job: Job | None) -> str:
    """How long it waited and ran, by the cluster's own clock, where the scheduler tells."""
    if job is None or job.submitted is None or job.started is None or job.ended is None:
        return ""
    waited, ran = job.started - job.submitted, job.ended - job.started
    return f" (waited {_words(waited)}, ran {_words(ran)})"


def _words(span: timedelta) -> str:
    return humanize.precisedelta(span, format="%.0f")


async def _tidy(session: Session, job: Job | None) -> None:
    """Remove its output if it is empty; the script stays in the job folder, as every job's does.

    What is not empty may be more than ours: a site, or a person, can send all output to one file.
    """
    if job is None:
        return
    for path in dict.fromkeys((job.stdout, job.stderr)):
        if not path.startswith("/") or path.startswith("/dev/"):
            continue
        there = await session.files.stat(job.cluster, path)
        if there is not None and there.kind is EntryKind.FILE and there.size == 0:
            await session.files.remove(job.cluster, path)
