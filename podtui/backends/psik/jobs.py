"""The jobs of a psik_api service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podtui.backends.psik.compose import Order, compose
from podtui.backends.psik.refusal import ChangeCrashed, ReadCrashed
from podtui.backends.psik.site import Site
from podtui.backends.psik.steps import (
    STUCK_NEW,
    Step,
    is_id,
    job_of,
    read_id,
    read_step,
    read_steps,
)
from podtui.backends.psik.wire import Params, Wire
from podtui.backends.together import all_done
from podtui.domain.job import (
    Job,
    JobKey,
    JobList,
    JobState,
    Preview,
    Scope,
    ScriptDialect,
    Submission,
)
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.script import TOKEN_VARIABLE
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound, NotOffered, OutcomeUnknown, PodError, Refused

MOST_JOBS = 1000
"""Jobs of one system that a list tells, and that are searched for a token; newest first."""
_SEARCHED_AT_ONCE = 8
_CLOCKS_APART = 600.0  # seconds its clock may have moved against ours since the login
_TOKENS = re.compile(rf"\b{TOKEN_VARIABLE}=([0-9A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Memory:
    """What stays true of a service's jobs over a new login.

    By a job's id: its system, the tokens in its script, when we had it started. By a token: since
    when a job can hold it, in seconds since 1970, 0 for one that an earlier process sent.
    """

    system_of: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, frozenset[str]] = field(default_factory=dict)
    started: dict[str, datetime] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)


class PsikJobs:
    """`Jobs` of podtui.backends.base over one service."""

    def __init__(
        self,
        cluster: str,
        user: str,
        wire: Wire,
        site: Site,
        memory: Memory,
        now: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._user = user
        self._wire = wire
        self._site = site
        self._now = now
        self._system_of = memory.system_of
        self._tokens = memory.tokens
        self._started = memory.started
        self._sent = memory.sent

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """Any: the directives become the service's own fields."""
        return (
            ScriptDialect.SLURM,
            ScriptDialect.OPENPBS,
            ScriptDialect.TORQUE,
            ScriptDialect.SGE,
        )

    async def list_jobs(self, scope: Scope) -> JobList:
        """The newest jobs of each system; unreadable rows are counted."""
        if scope.group or scope.user not in ("", self._user):
            raise NotOffered("psik_api tells nobody's name: it lists what the service submitted.")
        found: dict[str, Job] = {}
        skipped = 0
        for system, answer in await self._lists(MOST_JOBS):
            steps, unread = await asyncio.to_thread(read_steps, answer)
            skipped += unread
            for step in steps:
                if self._system_of.setdefault(step.job_id, system) != system:
                    skipped += 1  # two systems made one in the same millisecond
                    continue
                found[step.job_id] = self._job(step.job_id, (step,))
        return JobList(tuple(found.values()), skipped)

    async def job(self, job_id: str) -> Job:
        """One job with all its steps; NotFound when no system knows it."""
        return self._job(job_id, await self._steps(job_id))

    def preview(self, submission: Submission) -> Preview:
        """The request line and the JobSpec, as they would be sent."""
        order = compose(submission, self._site)
        route, params = self._route(order)
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return Preview(f"POST {'/'.join(route)}?{query}\n{order.text}", order.losses)

    async def submit(self, submission: Submission) -> str:
        """Send the JobSpec; a held one is made and not started."""
        order = compose(submission, self._site)
        route, params = self._route(order)
        self._sent.setdefault(submission.token, self._now().timestamp() - _CLOCKS_APART)
        try:
            answer = await self._wire.change("POST", *route, params=params, json=order.spec)
        except ChangeCrashed as error:
            return await self._after_crash(submission.token, order, error)
        try:
            job_id = read_id(answer)
        except BadAnswer as error:
            raise OutcomeUnknown(error.message) from None
        self._remember(job_id, order)
        return job_id

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The jobs whose script holds `token`, oldest first.

        psik tells a job's own script and no other text of ours, so the scripts of the newest
        jobs are read, each one once; a job's id is when it was made, so that older ones are not.
        """
        since = self._sent.setdefault(token, 0.0)
        listed = []
        for system, answer in await self._lists(MOST_JOBS):
            for step in read_steps(answer)[0]:
                self._system_of.setdefault(step.job_id, system)
                if float(step.job_id) >= since:
                    listed.append(step.job_id)
        at_once = asyncio.Semaphore(_SEARCHED_AT_ONCE)
        unread = [job_id for job_id in listed if job_id not in self._tokens]
        await all_done(*(asyncio.ensure_future(self._read_tokens(i, at_once)) for i in unread))
        found = [job_id for job_id in listed if token in self._tokens.get(job_id, ())]
        return tuple(sorted(found, key=float))

    async def cancel(self, job_id: str) -> None:
        """End the job; one that has ended is refused, for psik would call it canceled."""
        job = await self.job(job_id)
        if job.state is JobState.CANCELLED:
            return
        if job.state.ended:
            raise Refused(
                f"Job {job_id} has ended already ({job.native_state}).",
                title="Ended already",
                hint="psik would note it as canceled. Nothing was sent.",
            )
        try:
            await self._wire.change("DELETE", "jobs", job_id, params=await self._at(job_id))
        except OutcomeUnknown:
            if (await self.job(job_id)).state is not JobState.CANCELLED:
                raise

    async def hold(self, job_id: str) -> None:
        """psik has no call for it."""
        raise NotOffered(f"psik_api cannot hold {job_id}.", hint="Submit jobs held instead.")

    async def release(self, job_id: str) -> None:
        """Start a job that was made held, ONCE: a second start would run it twice."""
        if (await self._steps(job_id))[-1].state != "new":
            return
        if job_id in self._started:
            if self._now() - self._started[job_id] < STUCK_NEW:
                return  # it is on its way
            raise OutcomeUnknown(
                f"Job {job_id} was started, and the service has not handed it on.",
                hint="Ask the service's owner for its log; or cancel the job and submit it again.",
            )
        self._started[job_id] = self._now()
        try:
            await self._wire.change("POST", "jobs", job_id, "start", params=await self._at(job_id))
        except OutcomeUnknown:
            if (await self._steps(job_id))[-1].state == "new":
                raise
        except PodError:
            del self._started[job_id]
            raise

    async def requeue(self, job_id: str) -> None:
        """psik has no call for it."""
        raise NotOffered(f"psik_api cannot requeue {job_id}.", hint="Cancel and submit it again.")

    async def queues(self) -> tuple[Queue, ...]:
        """The service's queueing systems, as it calls them `backends`."""
        return self._site.queues()

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """psik has no call for it."""
        raise NotOffered("psik_api tells nothing of the machines behind its backends.")

    async def at(self, job_id: str) -> Params:
        """The query that names the job's system to `/v1`; NotFound when no system knows it."""
        if not is_id(job_id):
            raise NotFound(f"{visible(job_id, 60)!r} is no id of a psik job.")
        return await self._at(job_id)

    def _route(self, order: Order) -> tuple[tuple[str, ...], dict[str, str]]:
        name = order.system.name
        if self._site.version > 1:
            return ("jobs",), {"submit": "false" if order.hold else "true"}
        if order.hold:
            return ("jobs", "new"), {"machine": name}  # its own word, there alone
        return ("jobs",), {"backend": name}

    async def _after_crash(self, token: str, order: Order, error: ChangeCrashed) -> str:
        """The service failed on it, and then starts nothing: what it left is started or told."""
        try:
            found = await self.find_submitted(token)
        except PodError as trouble:  # what it left could not be looked at
            raise OutcomeUnknown(f"{error.message} {trouble.message}") from None
        for job_id in found:
            if not order.hold:
                await self.release(job_id)
            return job_id
        raise Refused(
            f"The service failed on this job: {error.message}",
            title="Job refused",
            hint="Nothing was made of it. Its owner's log tells why; a wrong queue may be enough.",
        )

    def _remember(self, job_id: str, order: Order) -> None:
        self._system_of[job_id] = order.system.name
        if not order.hold:
            self._started[job_id] = self._now()

    async def _lists(self, most: int) -> list[tuple[str, Any]]:
        """Each system's newest jobs, all asked at once."""
        names = [system.name for system in self._site.systems]
        asked = [
            asyncio.ensure_future(self._wire.ask("jobs", params={"backend": name, "limit": most}))
            for name in names
        ]
        await all_done(*asked)
        return [(name, one.result()) for name, one in zip(names, asked, strict=True)]

    async def _read_tokens(self, job_id: str, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            try:
                scripts = await self._wire.ask(
                    "jobs", job_id, "scripts", params=await self._at(job_id)
                )
            except NotFound:
                return  # its owner took it away
            except ReadCrashed:
                return  # its scripts are not UTF-8; ours always are
        run = scripts.get("run") if isinstance(scripts, dict) else None
        if not isinstance(run, str):
            raise BadAnswer(f"The scripts of job {job_id} are not told as texts.")
        self._tokens[job_id] = frozenset(_TOKENS.findall(run))

    async def _steps(self, job_id: str) -> tuple[Step, ...]:
        answer = await self._wire.ask("jobs", job_id, params=await self.at(job_id))
        if not isinstance(answer, list) or not answer:
            raise BadAnswer(f"The service tells no history of job {job_id}.")
        return tuple(read_step(row) for row in answer)

    def _job(self, job_id: str, steps: tuple[Step, ...]) -> Job:
        return job_of(
            JobKey(self._cluster, job_id),
            self._system_of.get(job_id, self._site.usual.name),
            self._user,
            steps,
            self._now(),
            self._started.get(job_id),
        )

    async def _at(self, job_id: str) -> Params:
        if self._site.version > 1:
            return {}
        if job_id not in self._system_of:
            await self._look_for(job_id)
        return {"backend": self._system_of[job_id]}

    async def _look_for(self, job_id: str) -> None:
        """Which system knows a job that no list has told yet."""
        for system in self._site.systems:
            try:
                await self._wire.ask("jobs", job_id, "state", params={"backend": system.name})
            except NotFound:
                continue
            self._system_of[job_id] = system.name
            return
        raise NotFound(f"The service knows no job {job_id}.")
