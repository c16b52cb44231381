"""The test job of `podtui doctor --submit`: submitted as any other, waited for, and tidied up."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Call
from podtui.cli.waiting import wait_for
from podtui.domain.job import Job, JobKey
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import NotFound, Unreachable
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
    key = JobKey(job.cluster, job.job_id)
    waiting = await _record(session, key)
    call.out.note(f"Test job {job.job_id} is submitted; Ctrl-C leaves it as it is.")
    ended = await wait_for(call, session, [job])
    if ended.error is not None:
        raise ended.error
    took = session.clock() - begun
    record = await _record(session, key)
    await session.staging.forget(job.token)
    await _tidy(session, waiting or record)
    return f"{job.job_id} ended well, known here after {_words(took)}{_times(record)}"


async def _submitted(call: Call, session: Session) -> StagedJob:
    """The job, taken by the scheduler. One that could not be sent is not kept for later."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / _NAME
        script.write_bytes(_SCRIPT)
        try:
            return await session.staging.submit(SubmitRequest(call.cluster, script, overwrite=True))
        except Unreachable:
            for job in session.staging.jobs:
                if job.filename == _NAME and job.phase is StagedPhase.NEW:
                    await session.staging.drop_unsent(job.token)
            raise


async def _record(session: Session, key: JobKey) -> Job | None:
    try:
        return await session.jobs.job(key)
    except NotFound:  # some schedulers forget a job as it ends
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
    """Remove its empty output; the script stays in the job folder, as every job's does."""
    if job is None:
        return
    for path in dict.fromkeys((job.stdout, job.stderr)):
        if path.startswith("/") and not path.startswith("/dev/"):
            with suppress(NotFound):
                await session.files.remove(job.cluster, path)
