"""Staged jobs: journal → submit held → stage in → verify → release → watch → stage out → verify.

Each phase is on disk before its work begins, so that a crash at any moment is taken up again:
nothing is submitted twice, nothing half-written has a final name.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from podtui.domain.job import Preview, ScriptDialect
from podtui.domain.script import check_script, guess_dialect, job_name, with_token
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.errors import (
    Cancelled,
    FileTrouble,
    InputError,
    NotFound,
    OutcomeUnknown,
    PersonNeeded,
    PodError,
    Refused,
    Unreachable,
)
from podtui.paths import Paths, private_folder
from podtui.services.clusters import Clock, ClusterService
from podtui.services.jobs import JobService
from podtui.services.journal import Journal, JournalUnwritable
from podtui.services.news import News
from podtui.services.staging_steps import StagingSteps
from podtui.services.submissions import submission_of
from podtui.services.transfers import TransferService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_JSON = b"{"  # how a JobSpec begins
_PREVIEW_TOKEN = "preview"  # noqa: S105 - stands where the token of a submission will
_RETRY_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds between tries while a link is down
_WAITS = (Unreachable, OutcomeUnknown, JournalUnwritable, PersonNeeded)


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """What a person asks for; None takes the cluster's configured value.

    `content` is sent instead of what is in the file `script`: a translated script keeps its name.
    """

    cluster: str
    script: Path
    stage_in: tuple[StagePair, ...] = ()
    stage_out: tuple[StagePair, ...] = ()
    sched: ScriptDialect | None = None
    hold: bool = False
    overwrite: bool | None = None
    hash_algo: str | None = None
    content: bytes | None = None


class StagingService:
    """Submits jobs and carries each to its end."""

    def __init__(
        self,
        clusters: ClusterService,
        jobs: JobService,
        transfers: TransferService,
        journal: Journal,
        paths: Paths,
        clock: Clock,
        news: News,
    ) -> None:
        self._clusters = clusters
        self._journal = journal
        self._locks = paths.state / "locks"
        self._clock = clock
        self._news = news
        self._transfers = transfers
        self._steps = StagingSteps(clusters, jobs, transfers, self._save)
        self._known: dict[str, StagedJob] = {}
        self._driven: dict[str, asyncio.Task[None]] = {}

    @property
    def jobs(self) -> tuple[StagedJob, ...]:
        """Every staged job of the journal as last seen, oldest first."""
        return tuple(self._known.values())

    async def load(self) -> None:
        """Read the journal if it changed: another podtui may have moved its jobs."""
        if not await self._journal.changed():
            return
        fresh = {job.token: job for job in await self._journal.all()}
        if fresh != self._known:
            self._known = fresh
            self._news.tell()

    async def submit(self, request: SubmitRequest) -> StagedJob:
        """Check, write the row, submit; returns when the scheduler has told the job's id.

        Refused: nothing is left in the journal, the reason is raised. Unreachable: the row stays
        and is submitted when the link is back.
        """
        job = await self._prepare(request)
        async with self._own(job.token):
            try:
                await self._save(job)
                return await self._submit(job)
            except (OutcomeUnknown, Unreachable) as error:
                await self._note(job.token, error)
                raise
            except JournalUnwritable:
                row = await self._journal.get(job.token)
                if row is None or row.phase is StagedPhase.NEW:  # nothing was sent
                    await self.forget(job.token)
                raise
            except PodError as error:
                row = await self._journal.get(job.token)
                if row is None or row.phase is not StagedPhase.UNKNOWN:
                    await self.forget(job.token)
                    raise
                await self._note(job.token, error)
                raise OutcomeUnknown(
                    f"{job.name} was sent, its answer was lost, and nobody can look: "
                    f"{error.message}"
                ) from None

    async def _submit(self, job: StagedJob) -> StagedJob:
        """Submit; what was looked for and certainly never arrived is sent once more."""
        for _ in range(2):
            job = await self._steps.submit(job)
            if job.phase is not StagedPhase.NEW:
                return job
        raise OutcomeUnknown(f"{job.name} was sent twice and is not there yet.")

    async def preview(self, request: SubmitRequest) -> Preview:
        """What the request becomes at its cluster, and what of it has no equivalent there.

        The submission is made as `submit` makes it, and neither sent nor written down. Its token
        is a word: the one that is sent is drawn at the submission.
        """
        job, losses = await self._composed(request, _PREVIEW_TOKEN)
        async with self._clusters.call(request.cluster) as backend:
            preview = backend.jobs.preview(submission_of(job, backend.manner))
        return replace(preview, losses=(*losses, *preview.losses))

    async def _prepare(self, request: SubmitRequest) -> StagedJob:
        job, _ = await self._composed(request, secrets.token_hex(8))
        await self._steps.check_stage_in(job)
        return job

    async def _composed(
        self, request: SubmitRequest, token: str
    ) -> tuple[StagedJob, tuple[str, ...]]:
        """The job as it would be written down, and what a JobSpec loses as a script.

        InputError for what no scheduler would take.
        """
        config = self._clusters.config(request.cluster)
        told = request.content
        content = await asyncio.to_thread(_read_script, request.script) if told is None else told
        dialect = config.staging.sched and (request.sched or config.staging.sched)
        dialect = dialect or await self._dialect(request.cluster, request.sched, content)
        losses: tuple[str, ...] = ()
        if content.lstrip()[:1] == _JSON and not self._clusters.manner(request.cluster).job_specs:
            content, losses = await asyncio.to_thread(_from_job_spec, content, dialect)
        text = check_script(content, dialect, request.script.name)
        job = StagedJob(
            token=token,
            cluster=request.cluster,
            filename=request.script.name,
            content=with_token(text, dialect, token),
            dialect=dialect,
            created=self._clock(),
            name=job_name(text, dialect, request.script.name),
            stage_in=tuple(_absolute(pair) for pair in request.stage_in),
            stage_out=tuple(_absolute(pair) for pair in request.stage_out),
            hash_algo=request.hash_algo or config.staging.hash_algo,
            overwrite=config.staging.overwrite if request.overwrite is None else request.overwrite,
            hold=request.hold,
        )
        return job, losses

    async def dialects(self, cluster: str) -> tuple[ScriptDialect, ...]:
        """What the scheduler there reads, the usual first: known once it was asked what it is."""
        async with self._clusters.call(cluster) as backend:
            return backend.jobs.dialects

    async def _dialect(
        self, cluster: str, wanted: ScriptDialect | None, content: bytes
    ) -> ScriptDialect:
        """What was asked for; else, where several are read, what the script is written in."""
        dialects = await self.dialects(cluster)
        if wanted not in (None, *dialects):
            raise InputError(
                f"The scheduler of {cluster} reads {dialects[0].value} scripts.",
                title="Script of another dialect",
                hint=f"Leave --sched out, or translate the script to {dialects[0].value}.",
            )
        written = guess_dialect(content)
        return wanted or (written if written in dialects else None) or dialects[0]

    async def carry(self) -> None:
        """Take every unfinished job on, those another podtui adds too, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self.load()
                for job in self.jobs:
                    if not job.phase.ended and job.token not in self._driven:
                        self._driven[job.token] = group.create_task(self._drive(job.token))
                await asyncio.sleep(1.0)

    async def finish(self, token: str) -> StagedJob:
        """Carry one job to its end, or wait for the podtui that does; the job as it ended."""
        while True:
            await self._drive(token)
            job = await self._journal.get(token)
            if job is None:
                raise NotFound(f"The journal has no job {token} any more.")
            if job.phase.ended:
                return job
            await asyncio.sleep(0.5)  # another process drives it: look again

    async def find(self, cluster: str, job_id: str) -> StagedJob | None:
        """The staged job behind a scheduler's job id."""
        return await self._journal.by_job(cluster, job_id)

    async def retry(self, token: str) -> None:
        """Take a failed job up again where it failed."""
        job = await self._journal.get(token)
        if job and job.phase is StagedPhase.FAILED and job.failed_in:
            await self._save(job.moved(job.failed_in), revive=True)

    async def cancelled(self, cluster: str, job_id: str) -> None:
        """Note that a person ended the job: nothing more is staged for it."""
        job = await self._journal.by_job(cluster, job_id)
        if job and not job.phase.ended:
            if task := self._driven.get(job.token):
                task.cancel()
            await self._save(replace(job, phase=StagedPhase.CANCELLED, failed_in=job.phase))

    async def forget(self, token: str) -> None:
        """Take a job out of the journal; the scheduler is not told."""
        await self._journal.forget(token)
        self._known.pop(token, None)
        await self._transfers.forget_job(token)
        (self._locks / f"{token}.lock").unlink(missing_ok=True)
        self._news.tell()

    async def drop_unsent(self, token: str) -> None:
        """Forget a job that was never sent; Refused when it may have been, or is being sent."""
        try:
            async with self._own(token):
                job = await self._journal.get(token)
                if job is not None and job.phase is not StagedPhase.NEW:
                    raise Refused(
                        f"Whether job {token} reached the scheduler is not known yet.",
                        hint=f"`podtui wait {token}` looks it up; then cancel it by its id.",
                    )
                await self.forget(token)
        except Timeout:
            raise Refused(f"Another podtui is submitting job {token} now.") from None

    async def _drive(self, token: str) -> None:
        """All steps of one job, unless another process is at it."""
        try:
            async with self._own(token):
                await self._carry_through(token)
        except JournalUnwritable:
            pass  # tried again at the next look
        except Timeout:
            pass  # another podtui drives it; its row tells how it goes
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is None or self._driven.get(token) is not current:
                raise
        finally:
            if self._driven.get(token) is asyncio.current_task():
                del self._driven[token]

    async def _carry_through(self, token: str) -> None:
        job, tries = await self._journal.get(token), 0
        while job is not None and not job.phase.ended:
            try:
                job, tries = await self._step(job), 0
            except _WAITS as error:
                await self._note(token, error)
                ours = isinstance(error, PersonNeeded)  # nothing is sent there until the login
                pauses = _RETRY_PAUSES[:1] if ours else _RETRY_PAUSES
                await asyncio.sleep(pauses[min(tries, len(pauses) - 1)])
                tries += not ours
                job = await self._journal.get(token)
        latest = await self._journal.get(token)
        if latest is None or latest.phase in (StagedPhase.DONE, StagedPhase.CANCELLED):
            with suppress(JournalUnwritable):
                await self._transfers.forget_job(token)

    async def _step(self, job: StagedJob) -> StagedJob | None:
        """One step; a failure that waiting does not mend is written down, and ends it."""
        try:
            return await self._steps.advance(job)
        except _WAITS:
            raise
        except PodError as error:
            latest = await self._journal.get(job.token)
            if latest and not latest.phase.ended:
                with suppress(Cancelled):  # by a person, in another podtui, just now
                    await self._save(latest.failed(error.title, error.message, error.hint))
            return None

    async def _note(self, token: str, error: PodError) -> None:
        """Keep the reason for a pause beside the job, where the screen shows it."""
        job = await self._journal.get(token)
        if job and not job.phase.ended:
            noted = replace(job, title=error.title, error=error.message, hint=error.hint)
            if noted == job:
                return
            try:
                await self._save(noted)
            except JournalUnwritable:  # then only the screen tells
                self._known[token] = noted
                self._news.tell()

    async def _save(self, job: StagedJob, *, revive: bool = False) -> None:
        if not await self._journal.save(job, revive=revive):
            raise Cancelled(f"Job {job.job_id or job.token} was ended by a person meanwhile.")
        self._known[job.token] = job
        self._news.tell()

    @asynccontextmanager
    async def _own(self, token: str) -> AsyncIterator[None]:
        """Be the only process that works on this job; the lock ends with the process."""
        lock = FileLock(private_folder(self._locks) / f"{token}.lock", mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise
        except OSError as error:
            raise JournalUnwritable(f"{lock.lock_file}: {error.strerror}.") from None
        try:
            yield
        finally:
            lock.release()


def _from_job_spec(content: bytes, dialect: ScriptDialect) -> tuple[bytes, tuple[str, ...]]:
    """What a JobSpec becomes and loses; a script that only begins like one stays as it is."""
    from podtui.domain.translate.job_spec import job_spec_script, read_job_spec

    told = read_job_spec(content)
    if told is None:
        return content, ()
    script, losses = job_spec_script(told, dialect)
    return script.encode(), losses


def _read_script(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"There is no script {str(path)!r}.", title="Script missing", hint="Nothing was sent."
        ) from None
    except OSError as error:
        raise FileTrouble(f"{str(path)!r} cannot be read: {error.strerror}.") from None


def _absolute(pair: StagePair) -> StagePair:
    """The local half made absolute: a later start may stand in another folder."""
    here = Path(pair.local).expanduser().absolute()
    return replace(pair, local=f"{here}/" if pair.local.endswith("/") else str(here))
