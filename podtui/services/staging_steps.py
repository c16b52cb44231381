"""The steps of one staged job. Each can be repeated after a crash without harm."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from podtui.backends.base import Backend
from podtui.domain.job import JobState
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.domain.transfer import Direction, Transfer
from podtui.errors import NotFound, NotOffered, OutcomeUnknown, PodError, Refused, Unreachable
from podtui.services.clusters import ClusterService
from podtui.services.jobs import JobService
from podtui.services.plan import check_limit
from podtui.services.submissions import submission_of
from podtui.services.transfers import TransferService

Save = Callable[[StagedJob], Awaitable[None]]
_LOOKS = (0.5, 1.0, 2.0, 4.0)  # seconds between looks for a job whose answer was lost
_SENT_AT_ONCE = 4
_P = StagedPhase


class StagingSteps:
    """What is done in each phase; the caller owns the job while a step runs."""

    def __init__(
        self, clusters: ClusterService, jobs: JobService, transfers: TransferService, save: Save
    ) -> None:
        self._clusters = clusters
        self._jobs = jobs
        self._transfers = transfers
        self._save = save
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def advance(self, job: StagedJob) -> StagedJob:
        """Do the work of the phase the job is in; the job in its next phase."""
        step = {
            _P.NEW: self.submit,
            _P.SUBMITTING: self._look_up,
            _P.UNKNOWN: self._look_up,
            _P.STAGING_IN: self._stage_in,
            _P.RELEASING: self._release,
            _P.WATCHING: self._watch,
            _P.STAGING_OUT: self._stage_out,
        }[job.phase]
        return await step(job)

    async def check_stage_in(self, job: StagedJob) -> None:
        """Refuse before anything is sent: files that are not there, or over the limit."""
        plans = [
            await self._transfers.measure(self._transfer(job, Direction.UPLOAD, pair))
            for pair in job.stage_in
        ]
        limit = self._clusters.config(job.cluster).staging.stageinmaxsize
        check_limit("stageinmaxsize", tuple(plans), limit)

    async def submit(self, job: StagedJob) -> StagedJob:
        """Send the script, held if files must come first; or the files, where they do."""
        manner = self._clusters.manner(job.cluster)
        if manner.inputs_first and job.staged_in < len(job.stage_in):
            return await self._stage_in(await self._move(job, _P.STAGING_IN))
        job = await self._move(job, _P.SUBMITTING)
        said: list[str] = []
        submission = replace(submission_of(job, manner), warn=said.append)
        try:
            async with self._turn(job.cluster) as backend:
                job_id = await backend.jobs.submit(submission)
        except OutcomeUnknown:
            return await self._look_up(await self._move(job, _P.UNKNOWN))
        except Unreachable:
            await self._move(job, _P.NEW)  # nothing was sent
            raise
        return await self._submitted(replace(job, warning="\n".join(said)), job_id)

    @asynccontextmanager
    async def _turn(self, cluster: str) -> AsyncIterator[Backend]:
        """The backend, for a few jobs at once: many that waited for a link would choke it."""
        turns = self._turns.setdefault(cluster, asyncio.Semaphore(_SENT_AT_ONCE))
        async with turns, self._clusters.call(cluster) as backend:
            yield backend

    async def _look_up(self, job: StagedJob) -> StagedJob:
        """Find a job by its token; only when the scheduler has none is it submitted again."""
        settles = self._clusters.manner(job.cluster).settles
        for pause in (*(() if settles else _LOOKS), None):
            async with self._turn(job.cluster) as backend:
                found = await backend.jobs.find_submitted(job.token)
            if found:
                return await self._submitted(job, found[0])
            if pause is None:
                break
            if job.phase is not _P.UNKNOWN:
                job = await self._move(job, _P.UNKNOWN)
            await asyncio.sleep(pause)
        return await self._move(job, _P.NEW)

    async def _submitted(self, job: StagedJob, job_id: str) -> StagedJob:
        job = replace(job, job_id=job_id)
        self._jobs.refresh(job.cluster)
        to_send = job.staged_in < len(job.stage_in)
        return await self._move(job, _P.STAGING_IN if to_send else _P.WATCHING)

    async def _stage_in(self, job: StagedJob) -> StagedJob:
        job = await self._fix_targets(job, Direction.UPLOAD)
        for done, pair in enumerate(job.stage_in):
            if done >= job.staged_in:
                await self._transfers.carry(
                    self._transfer(job, Direction.UPLOAD, pair), pair.target
                )
                job = replace(job, staged_in=done + 1)
                await self._save(job)
        if not job.job_id:
            return await self.submit(job)
        return await self._move(job, _P.WATCHING if job.hold else _P.RELEASING)

    async def _release(self, job: StagedJob) -> StagedJob:
        async with self._clusters.call(job.cluster) as backend:
            for other in await self._twins(backend, job):
                await backend.jobs.cancel(other)
            await backend.jobs.release(job.job_id)
        self._jobs.refresh(job.cluster)
        return await self._move(job, _P.WATCHING)

    async def _twins(self, backend: Backend, job: StagedJob) -> tuple[str, ...]:
        """Jobs of a submit thought lost that arrived late: held, they never ran."""
        try:
            found = await backend.jobs.find_submitted(job.token)
        except NotOffered:  # where no lost submit is repeated, either
            return ()
        return tuple(other for other in found if other != job.job_id)

    async def _watch(self, job: StagedJob) -> StagedJob:
        key = job.key
        assert key is not None, "a watched job has an id"
        ended = await self._jobs.until_ended(key)
        job = replace(
            job, job_state=ended.state, exit_status=ended.exit_status, ending=ended.reason
        )
        if ended.state is JobState.CANCELLED and ended.started is None:
            return await self._move(job, _P.CANCELLED)  # it never ran: there is nothing to fetch
        return await self._move(job, _P.STAGING_OUT if job.stage_out else _P.DONE)

    async def _stage_out(self, job: StagedJob) -> StagedJob:
        job = await self._fix_targets(job, Direction.DOWNLOAD)
        todo = job.stage_out[job.staged_out :]
        limit = self._clusters.config(job.cluster).staging.stageoutmaxsize
        if limit:
            plans = [
                await self._transfers.measure(self._transfer(job, Direction.DOWNLOAD, pair))
                for pair in todo
            ]
            check_limit("stageoutmaxsize", tuple(plans), limit)
        for pair in todo:
            try:
                await self._transfers.carry(
                    self._transfer(job, Direction.DOWNLOAD, pair), pair.target
                )
            except NotFound as error:
                raise _missing_output(job, error) from None
            job = replace(job, staged_out=job.staged_out + 1)
            await self._save(job)
        return await self._move(job, _P.DONE)

    async def _fix_targets(self, job: StagedJob, direction: Direction) -> StagedJob:
        """Decide each pair's exact target once, and write it down before the first byte."""
        name = "stage_in" if direction is Direction.UPLOAD else "stage_out"
        pairs: tuple[StagePair, ...] = getattr(job, name)
        if all(pair.target for pair in pairs):
            return job
        fixed = [
            replace(
                pair,
                target=await self._transfers.exact_target(self._transfer(job, direction, pair)),
            )
            for pair in pairs
        ]
        job = replace(job, **{name: tuple(fixed)})  # type: ignore[arg-type]
        await self._save(job)
        return job

    def _transfer(self, job: StagedJob, direction: Direction, pair: StagePair) -> Transfer:
        remote = self._clusters.manner(job.cluster).place(job.job_id, pair.remote, job.token)
        return Transfer(
            secrets.token_hex(4), job.cluster, direction, pair.local, remote, job=job.token
        )

    async def _move(self, job: StagedJob, phase: StagedPhase) -> StagedJob:
        moved = job.moved(phase)
        await self._save(moved)
        return moved


def _missing_output(job: StagedJob, error: PodError) -> Refused:
    outcome = job.job_state.value
    if job.exit_status is not None:
        outcome += f", exit status {job.exit_status}"
    if job.ending:
        outcome += f": {job.ending.rstrip('.')}"
    return NotFound(
        f"Job {job.job_id} ended ({outcome}) without the file to fetch: {error.message}",
        title="Output missing",
        hint="Look at the job's own output for the reason.",
    )
