"""Jobs of all clusters: one query a cluster and refresh, each at its own polite pace."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import replace

from podtui.backends.ahead import ListsAhead
from podtui.backends.collector import collector_at_rest
from podtui.backends.shells import JobShells
from podtui.domain.job import Job, JobKey, JobList, Scope
from podtui.domain.job_table import ClusterJobs, JobRow, JoinedRows, same_kept
from podtui.domain.poll_cost import PollCost
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.staging import StagedJob
from podtui.errors import LoginRequired, NotFound, NotOffered, PodError, Refused
from podtui.services.clusters import Clock, ClusterService
from podtui.services.news import News

_SLOWEST = 120.0  # seconds: the longest pause after failures
_PATIENCE = 20  # a query may cost a twentieth of the time
_AT_ONCE = 2000  # jobs that are compared on the event loop: more are, in a thread


class JobService:
    """Lists, watches and changes jobs."""

    def __init__(
        self, clusters: ClusterService, clock: Clock, news: News, scope: Scope | None = None
    ) -> None:
        self._clusters = clusters
        self._clock = clock
        self._news = news
        self._scope = scope or Scope()
        self._latest = {name: ClusterJobs(name) for name in clusters.names}
        self._wake = {name: asyncio.Event() for name in clusters.names}
        self._joined = JoinedRows()
        self._costs = {name: PollCost() for name in clusters.names}
        self._awaited = dict.fromkeys(clusters.names, 0)
        self._looked_at = True

    def add(self, name: str) -> None:
        """Keep a further cluster's jobs too, once it is polled."""
        self._latest.setdefault(name, ClusterJobs(name))
        self._wake.setdefault(name, asyncio.Event())
        self._costs.setdefault(name, PollCost())
        self._awaited.setdefault(name, 0)

    def forget(self, name: str) -> None:
        """Know no jobs of a cluster any more."""
        self._latest[name] = ClusterJobs(name)
        self._costs[name] = PollCost()

    @property
    def latest(self) -> tuple[ClusterJobs, ...]:
        """The last answer of every cluster."""
        return tuple(self._latest[name] for name in self._clusters.names if name in self._latest)

    @property
    def scope(self) -> Scope:
        """Whose jobs are watched."""
        return self._scope

    def watch_scope(self, scope: Scope) -> None:
        """Watch other people's jobs from now on."""
        self._scope = scope
        self.refresh()

    def refresh(self, name: str = "") -> None:
        """Ask now instead of at the next turn."""
        for cluster, event in self._wake.items():
            if name in ("", cluster):
                event.set()

    def looking(self, anybody: bool) -> None:
        """Whether anybody looks at the jobs: while nobody does, nothing is asked.

        Except where the end of a job is waited for: there at the slowest pace.
        """
        if anybody and not self._looked_at:
            self.refresh()
        self._looked_at = anybody

    def cost(self, name: str) -> PollCost:
        """What the polls of one cluster have cost it."""
        return self._costs[name]

    def pause_after(self, name: str, seconds: float) -> float:
        """How long the cluster is left alone after an answer that took so many seconds."""
        return max(self._clusters.config(name).poll_seconds, seconds * _PATIENCE)

    def rows(self, staged: tuple[StagedJob, ...]) -> tuple[JobRow, ...]:
        """All clusters' jobs in one table, staged ones joined to their jobs."""
        with collector_at_rest():
            return self._joined.join(self.latest, staged)

    async def poll(self, name: str) -> None:
        """Ask one cluster again and again, until cancelled. Begins after login, never before."""
        backend = self._clusters.link(name).backend
        if isinstance(backend, ListsAhead):
            backend.list_follows = True
        failures = 0
        while True:
            seen = self._news.count
            if self._clusters.link(name).worth_asking:
                self._wake[name].clear()
                failures = 0 if await self._ask(name) else failures + 1
                await self._pause(name, failures)
            else:
                failures = 0
                self._mark_detached(name)
                await self._news.after(seen)

    def _mark_detached(self, name: str) -> None:
        """Rows that nobody asks for any more are told as old."""
        before = self._latest[name]
        if self._clusters.link(name).detached and before.answered and not before.stale:
            why = "It is detached: its jobs are not asked for."
            hint = "Enter on its line in Clusters asks again."
            self._latest[name] = replace(before, stale=True, title="Detached", error=why, hint=hint)
            self._news.tell()

    async def fetch(self, name: str, scope: Scope | None = None) -> JobList:
        """The cluster's jobs, asked once."""
        backend = self._clusters.link(name).backend
        if isinstance(backend, ListsAhead) and (scope or self._scope) == Scope():
            backend.list_follows = True
        async with self._clusters.call(name) as backend:
            return await backend.jobs.list_jobs(scope or self._scope)

    async def job(self, key: JobKey) -> Job:
        """One job with all its attributes."""
        async with self._clusters.call(key.cluster) as backend:
            return await backend.jobs.job(key.id)

    async def cancel(self, key: JobKey, *, look: bool = True) -> None:
        """End the job; with `look` the cluster is asked anew at once."""
        async with self._clusters.call(key.cluster) as backend:
            await backend.jobs.cancel(key.id)
        if look:
            self.refresh(key.cluster)

    async def hold(self, key: JobKey, *, look: bool = True) -> None:
        """Keep the job from starting."""
        async with self._clusters.call(key.cluster) as backend:
            await backend.jobs.hold(key.id)
        if look:
            self.refresh(key.cluster)

    async def release(self, key: JobKey, *, look: bool = True) -> None:
        """Let the job start."""
        async with self._clusters.call(key.cluster) as backend:
            await backend.jobs.release(key.id)
        if look:
            self.refresh(key.cluster)

    async def requeue(self, key: JobKey, *, look: bool = True) -> None:
        """Put a running job back into the queue; Refused, unsent, for one that is to run once."""
        async with self._clusters.call(key.cluster) as backend:
            with suppress(NotFound, NotOffered):
                if (await backend.jobs.job(key.id)).runs_once:
                    raise Refused(
                        f"Job {key.id} is to run once only, says its scheduler.",
                        hint="It was submitted so (--no-requeue, -r n), or the site has it so.",
                    )
            await backend.jobs.requeue(key.id)
        if look:
            self.refresh(key.cluster)

    async def queues(self, name: str) -> tuple[Queue, ...]:
        """A cluster's queues with what is free."""
        async with self._clusters.call(name) as backend:
            return await backend.jobs.queues()

    async def compute_nodes(self, name: str) -> tuple[ComputeNode, ...]:
        """A cluster's machines with what is free."""
        async with self._clusters.call(name) as backend:
            return await backend.jobs.compute_nodes()

    async def shell_command(self, job: Job) -> tuple[str, ...]:
        """What opens a shell where the job runs, to be run on the login node with a terminal."""
        async with self._clusters.call(job.cluster) as backend:
            jobs = backend.jobs
            if not isinstance(jobs, JobShells):
                raise NotOffered(
                    f"{job.cluster} opens no shells in jobs.",
                    title="No shell",
                    hint="Clusters reached through their login node do.",
                )
            return tuple(jobs.shell_command(job))

    async def until_ended(self, key: JobKey) -> Job:
        """Wait for the job's end by the polls that run anyway; one gone from the list is asked for.

        A failed poll is not an ended job: while the cluster does not answer, this waits.
        """
        self._awaited[key.cluster] += 1
        if not self._looked_at:
            self.refresh(key.cluster)  # it may have been left alone
        try:
            return await self._until_ended(key)
        finally:
            self._awaited[key.cluster] -= 1

    async def _until_ended(self, key: JobKey) -> Job:
        while True:
            seen = self._news.count
            answer = self._latest[key.cluster]
            if answer.answered is not None and not answer.stale:
                job = next((job for job in answer.jobs if job.key == key), None)
                if job is None:
                    job = await self._gone(key)
                if job is not None and job.over:
                    return await self._whole(job)
            await self._news.after(seen)

    async def _whole(self, job: Job) -> Job:
        """The ended job with its exit status, which Slurm's list leaves out."""
        if job.exit_status is not None:
            return job
        try:
            told = await self.job(job.key)
        except PodError:
            return job
        return told if told.over else job

    async def _gone(self, key: JobKey) -> Job | None:
        try:
            return await self.job(key)
        except NotFound:
            raise NotFound(
                f"{key.cluster} has no record of job {key.id} any more: its outcome is unknown.",
                title="Job gone",
                hint="Its output files may tell; retry to fetch them.",
            ) from None
        except PodError:
            return None  # asked again after the next poll

    async def _ask(self, name: str) -> bool:
        started = time.monotonic()
        before = self._latest[name]
        try:
            try:
                listed = await self.fetch(name)
            finally:
                self._costs[name] = self._costs[name].after(started, time.monotonic())
        except PodError as error:
            self._latest[name] = replace(
                before,
                stale=True,
                title=error.title,
                error=error.message,
                hint=error.hint,
            )
            self._news.tell()
            return isinstance(error, LoginRequired)  # no pause grows: a person is asked
        took = time.monotonic() - started
        jobs = await _same_kept(before.jobs, listed.jobs)
        self._latest[name] = ClusterJobs(
            name, jobs, self._clock(), took, before.pause, listed.skipped
        )
        self._news.tell()
        return True

    async def _pause(self, name: str, failures: int) -> None:
        answer = self._latest[name]
        pause = self.pause_after(name, answer.seconds)
        if failures:
            floor = self._clusters.config(name).poll_seconds
            pause = min(floor * 2**failures, _SLOWEST) * random.uniform(0.8, 1.2)  # noqa: S311
        self._latest[name] = replace(answer, pause=pause)
        if await self._woken(name, pause):
            return
        while not self._looked_at:
            rest = max(_SLOWEST - pause, 0.0) if self._awaited[name] else None
            if await self._woken(name, rest) or self._awaited[name]:
                return

    async def _woken(self, name: str, seconds: float | None) -> bool:
        """Whether somebody wanted an answer before that time was over; None has no end."""
        try:
            async with asyncio.timeout(seconds):
                return await self._wake[name].wait()
        except TimeoutError:
            return False


async def _same_kept(before: tuple[Job, ...], after: tuple[Job, ...]) -> tuple[Job, ...]:
    if before and len(after) > _AT_ONCE:
        return await asyncio.to_thread(same_kept, before, after)
    return same_kept(before, after)
