"""The list of jobs, asked for again only when something changed: a list is 9 KB a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from podtui.backends.slurmrest.read_jobs import GROUP, read_job
from podtui.backends.slurmrest.values import number, part, text
from podtui.backends.slurmrest.versions import Api, Feature
from podtui.backends.slurmrest.wire import Reply, Wire
from podtui.domain.job import Job, JobList, Scope
from podtui.errors import BadAnswer, NotOffered, PodError, Refused

_SECONDS = 240.0  # 50,000 jobs took 95


@dataclass(frozen=True, slots=True)
class _Kept:
    """The last list, and the server's time up to which it holds (seconds since 1970)."""

    jobs: tuple[Job, ...]
    skipped: int
    until: int


class JobListing:
    """Everybody's jobs as slurmrestd tells them, and those of a scope picked from them."""

    def __init__(self, cluster: str, wire: Wire, api: Api, user: Callable[[], str]) -> None:
        self._read = partial(read_job, cluster)
        self._wire = wire
        self._api = api
        self._user = user
        self._kept: _Kept | None = None

    def forget(self) -> None:
        """Ask for the whole list next time: we changed something ourselves."""
        self._kept = None

    async def jobs(self, scope: Scope) -> JobList:
        """The jobs of `scope`, from one query."""
        kept = await self._latest()
        return JobList(self._picked(kept.jobs, scope), kept.skipped)

    async def _latest(self) -> _Kept:
        before = self._kept
        asked = 0 if self._api.has(Feature.TYPED) else await self._server_time()
        reply = await self._ask(before.until if before else 0)
        if reply.unchanged or _unchanged(reply.rest, reply.document.rows):
            if before is None:
                raise BadAnswer("Slurm told that nothing changed, and was not asked.")
            return before
        if before and before.until and before.jobs and not reply.document.rows:
            reply = await self._ask(0)  # said in other words that nothing changed, or all gone
        until = number(reply.rest.get("last_update")) or asked
        kept = _Kept(tuple(reply.document.rows), reply.document.skipped, until)
        self._kept = kept
        return kept

    async def _ask(self, since: int) -> Reply[Job]:
        """The list, or that it has not changed; whole where a server reads the time otherwise."""
        marked = self._api.has(Feature.TYPED) and not self._api.has(Feature.PLAIN_TIMES)
        query = (("update_time", f"{'uts' if marked else ''}{since}"),) if since else ()
        path = self._wire.slurm("jobs/")
        try:
            return await self._wire.rows(path, "jobs", self._read, query, seconds=_SECONDS)
        except Refused:
            if not since:
                raise
        return await self._wire.rows(path, "jobs", self._read, seconds=_SECONDS)

    async def _server_time(self) -> int:
        """Slurm's own time now, before v0.0.39 told by /diag/ alone; 0 where it is not told."""
        try:
            reply = await self._wire.read(self._wire.slurm("diag/"))
        except PodError:
            return 0
        return number(part(reply.rest, "statistics", "req_time")) or 0

    def _picked(self, jobs: tuple[Job, ...], scope: Scope) -> tuple[Job, ...]:
        if scope.everybody:
            return jobs
        if scope.group:
            if not self._api.has(Feature.GROUP_NAMES):
                raise NotOffered(f"{self._api.name} does not tell the groups of jobs.")
            return tuple(job for job in jobs if job.attribute(GROUP) == scope.group)
        user = scope.user or self._user()
        if not user or not self._api.has(Feature.USER_NAMES):
            return jobs
        if not any(job.user and not job.user.isdecimal() for job in jobs):
            return jobs  # where slurmrestd runs nobody knows the users: numbers are all it tells
        return tuple(job for job in jobs if job.user == user)


def _unchanged(rest: dict[str, Any], jobs: list[Job]) -> bool:
    """v0.0.39 on says in a warning that nothing changed, with an empty list and 200."""
    return not jobs and any("No job changes" in told for told in warnings_in(rest))


def warnings_in(rest: dict[str, Any]) -> tuple[str, ...]:
    """What an answer warns of."""
    told = rest.get("warnings")
    found = (
        text(one.get("description"))
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict)
    )
    return tuple(dict.fromkeys(words for words in found if words))
