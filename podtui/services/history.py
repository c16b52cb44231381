"""History: every job of ours that a cluster has told of, kept when the cluster forgets it.

It is written beside the journal, in a file of its own: it grows with each change of a job, and
losing it breaks no promise. What cannot be written down is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self

from podtui.domain.history import PastJob, SeenState
from podtui.domain.job import Job, JobKey, JobState, Scope
from podtui.domain.job_table import ClusterJobs, changed
from podtui.domain.staging import StagedJob
from podtui.errors import NotFound, PodError
from podtui.services.clusters import Clock, ClusterService
from podtui.services.history_file import MOST_FOUND, MOST_JOBS, HistoryFile
from podtui.services.news import News

_GONE_AT_ONCE = 5  # jobs that have left the list, asked for after one answer
_TRIES = 3
_MANY = 1000  # jobs that are not written down while the screen shows them for the first time
_SHOWN_FIRST = 1.0  # seconds


class Watched(Protocol):
    """What the history needs of the JobService."""

    @property
    def latest(self) -> tuple[ClusterJobs, ...]:
        """The last answer of every cluster."""
        ...

    @property
    def scope(self) -> Scope:
        """Whose jobs are watched."""
        ...

    async def job(self, key: JobKey) -> Job:
        """One job with all its attributes."""
        ...


class StagedJobs(Protocol):
    """What the history needs of the StagingService."""

    @property
    def jobs(self) -> Sequence[StagedJob]:
        """The staged jobs of the journal."""
        ...


class HistoryService:
    """Writes down what the polls tell anyway; a job that leaves the list is asked for once."""

    def __init__(
        self,
        file: Path,
        clusters: ClusterService,
        jobs: Watched,
        staging: StagedJobs,
        clock: Clock,
        news: News,
        most: int = MOST_JOBS,
    ) -> None:
        self._file = HistoryFile(file, most)
        self._clusters = clusters
        self._jobs = jobs
        self._staging = staging
        self._clock = clock
        self._news = news
        self._known: dict[str, dict[JobKey, Job]] = {}
        self._taken: dict[str, tuple[tuple[Job, ...], tuple[bool, str]]] = {}
        self._noted: dict[str, ClusterJobs] = {}
        self._gone: dict[JobKey, int] = {}
        self.news = News()

    async def __aenter__(self) -> Self:
        await self._file.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._file.__aexit__()

    async def keep(self) -> None:
        """Write down what each answer changes, until cancelled."""
        while self._file.usable:
            seen = self._news.count
            for answer in self._jobs.latest:
                before = self._noted.get(answer.cluster)
                if answer.answered and (before is None or before.jobs is not answer.jobs):
                    self._noted[answer.cluster] = answer
                    await self._take(answer, answer.answered)
            await self._ask_for_gone()
            await self._news.after(seen)

    async def _take(self, answer: ClusterJobs, now: datetime) -> None:
        """One answer: jobs new or changed are kept, jobs that have left are to be asked for."""
        cluster, own = answer.cluster, self._jobs.scope == Scope()
        ours = self._clusters.status(cluster).user or self._clusters.config(cluster).user
        whose = (own, ours)
        before, asked = self._taken.get(cluster, ((), whose))
        known = self._known.setdefault(cluster, {})
        gone, come = changed(before, answer.jobs) if asked == whose else ((), answer.jobs)
        mine = {job.key: job for job in come if own or (ours and job.user == ours)}
        if asked != whose:  # other people's jobs are left out now, or are no more
            gone = [job for key, job in known.items() if key not in mine]
        left = [job.key for job in gone if job.key in known and job.key not in mine]
        if own:
            missed = (key for key in left if not known[key].state.ended and key not in self._gone)
            self._gone.update((key, 0) for key in missed)
        for key in mine.keys() & self._gone.keys():
            del self._gone[key]
        news = [job for key, job in mine.items() if _differs(known.get(key), job)]
        if len(news) > _MANY:
            await _screen_first()
        if await self.note(news, now):
            for key in left:
                del known[key]
            known |= mine
            self._taken[cluster] = (answer.jobs, whose)

    async def _ask_for_gone(self) -> None:
        """What has left the list has not simply ended: accounting may know, a few at a time."""
        for key in list(self._gone)[:_GONE_AT_ONCE]:
            if not self._clusters.link(key.cluster).usable:
                continue
            before = self._gone.pop(key)
            try:
                job = await self._jobs.job(key)
            except NotFound:
                await self._lose(key)
            except PodError:
                if before + 1 < _TRIES:
                    self._gone[key] = before + 1
                else:
                    await self._lose(key)
            else:
                await self.note([job], self._clock())

    async def _lose(self, key: JobKey) -> None:
        """Nobody knows how it ended."""
        past = await self.get(key)
        if past is not None and not past.job.state.ended:
            lost = replace(past.job, state=JobState.UNKNOWN, native_state="")
            await self.note([lost], self._clock())

    async def note(self, jobs: Sequence[Job], now: datetime) -> bool:
        """Keep these jobs as they are now; False when it could not be written."""
        staged = {job.key: job for job in self._staging.jobs if job.key} if jobs else {}
        written = await self._file.note(jobs, now, staged)
        if jobs and written:
            self.news.tell()
        return written

    async def get(self, key: JobKey) -> PastJob | None:
        """What is remembered of a job."""
        return await self._file.get(key)

    async def states(self, key: JobKey) -> tuple[SeenState, ...]:
        """The states a job was seen in, in order."""
        return await self._file.states(key)

    async def search(
        self, words: Sequence[str] = (), *, cluster: str = "", most: int = MOST_FOUND
    ) -> tuple[PastJob, ...]:
        """The jobs that have all of `words`, the latest first; see HistoryFile.search."""
        return await self._file.search(words, cluster=cluster, most=most)


async def _screen_first() -> None:
    """To write 10,000 jobs down takes as long as to show them, and both need Python."""
    await asyncio.sleep(_SHOWN_FIRST)


def _differs(before: Job | None, job: Job) -> bool:
    """Whether anything changed that is worth a line on disk: time that passes is not."""
    if before is job:
        return False
    return before is None or _lasting(before) != _lasting(job)


def _lasting(job: Job) -> tuple[object, ...]:
    return (
        *(job.state, job.native_state, job.name, job.queue, job.cores, job.walltime, job.hosts),
        *(job.submitted, job.started, job.ended, job.exit_status, job.stdout, job.stderr),
    )
