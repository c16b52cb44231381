"""What is known of each job: the list tells little, so details are asked for once a change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from podtui.backends.kotta.record import (
    Record,
    is_id,
    job_of,
    read_record,
    read_row,
    state_of,
)
from podtui.backends.kotta.wire import KottaWire
from podtui.backends.together import all_done
from podtui.domain.job import Job, JobList
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound, Unreachable

_NEWEST = 200  # jobs whose details the table shows
_A_POLL = 16  # jobs asked for in detail with one list, so that a poll stays a small thing
_AT_ONCE = 4
_MOST_KEPT = 5000
ListTasks = Callable[[], Awaitable[dict[str, Any]]]


class Records:
    """The jobs of one person, as last told."""

    def __init__(self, cluster: str, wire: KottaWire, list_tasks: ListTasks) -> None:
        self._cluster = cluster
        self._wire = wire
        self._list_tasks = list_tasks
        self._known: dict[str, Record] = {}
        self.user = ""

    async def rows(self) -> JobList:
        """All jobs as the list tells them, the newest first; one query."""
        return await asyncio.to_thread(self._rows, await self._list_tasks())

    async def jobs(self) -> JobList:
        """The same with the details known; some of those that changed are asked for."""
        listed = await self.rows()
        newest = listed.jobs[:_NEWEST]
        stale = [job.id for job in newest if self._stale(job)][:_A_POLL]
        await self._ask(stale)
        return replace(listed, jobs=tuple(self._with_details(job) for job in listed.jobs))

    async def fresh(self, job_id: str) -> Record:
        """A job as the service tells it now; NotFound when it is not in the list either."""
        told = await self._wire.status_task(job_id) if is_id(job_id) else None
        if told is None:
            rows = await self.rows()
            if all(job.id != job_id for job in rows.jobs):
                raise NotFound(f"Cloud Kotta knows no job {visible(job_id, 80)} of yours.")
            raise Unreachable(f"The service fails to tell of job {visible(job_id, 80)}.")
        return self._keep(job_id, await asyncio.to_thread(read_record, told))

    async def job(self, job_id: str) -> Job:
        """A job with all its attributes, as told now."""
        return job_of(self._cluster, job_id, await self.fresh(job_id))

    async def find(self, token: str, most: int) -> tuple[str, ...]:
        """The jobs among the `most` newest whose name carries `token`.

        Unreachable where there is none, and some could not be told of: one of these may be it.
        """
        ids = [job.id for job in (await self.rows()).jobs[:most]]
        for at in range(0, len(ids), _A_POLL):
            some = ids[at : at + _A_POLL]
            await self._ask([job_id for job_id in some if job_id not in self._known])
            found = [i for i in some if i in self._known and self._known[i].token == token]
            if found:
                return tuple(found)
        if untold := [job_id for job_id in ids if job_id not in self._known]:
            raise Unreachable(
                f"The service fails to tell of job {untold[0]}, which may be the one looked for."
            )
        return ()

    async def _ask(self, ids: list[str]) -> None:
        """Learn of these jobs, a few at once; one that cannot be told of is passed over."""
        todo = iter(ids)

        async def lane() -> None:
            for job_id in todo:
                try:
                    told = await self._wire.status_task(job_id)
                    if told is not None:
                        self._keep(job_id, read_record(told))
                except BadAnswer:
                    continue

        lanes = range(min(_AT_ONCE, len(ids)))
        await all_done(*(asyncio.ensure_future(lane()) for _ in lanes))

    def _keep(self, job_id: str, record: Record) -> Record:
        self._known.pop(job_id, None)
        self._known[job_id] = record
        while len(self._known) > _MOST_KEPT:
            del self._known[next(iter(self._known))]
        self.user = record.fact("username") or self.user
        return record

    def _rows(self, items: dict[str, Any]) -> JobList:
        jobs, skipped = [], 0
        for row in items.values():
            try:
                jobs.append(read_row(self._cluster, row))
            except BadAnswer:
                skipped += 1
        jobs.sort(key=lambda job: job.id)
        jobs.sort(key=lambda job: job.submitted or _LONG_AGO, reverse=True)
        return JobList(tuple(jobs), skipped)

    def _stale(self, row: Job) -> bool:
        known = self._known.get(row.id)
        return known is None or known.word != row.native_state or not known.settled

    def _with_details(self, row: Job) -> Job:
        known = self._known.get(row.id)
        if known is None:
            return row
        job = job_of(self._cluster, row.id, known)
        if known.word == row.native_state:
            return job
        state = state_of(row.native_state)
        ended = job.ended if state.ended else None
        return replace(
            job, state=state, native_state=row.native_state, exit_status=None, ended=ended
        )


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
