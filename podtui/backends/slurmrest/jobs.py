"""Slurm's jobs through slurmrestd: `Jobs` of podtui.backends.base, and a little more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from podtui.backends.schedulers.slurm_values import JOB_ID, base_of
from podtui.backends.schedulers.slurm_whole import chosen
from podtui.backends.slurmrest.history import History
from podtui.backends.slurmrest.listing import JobListing, warnings_in
from podtui.backends.slurmrest.read_cluster import (
    Reservation,
    free_cores,
    read_controller,
    read_counters,
    read_node,
    read_partition,
    read_reservation,
)
from podtui.backends.slurmrest.read_jobs import read_job, token_in
from podtui.backends.slurmrest.signals import signal_name
from podtui.backends.slurmrest.submission import Request, Sender, build_request, check_folder
from podtui.backends.slurmrest.trouble import check_deleted, submit_message, submitted_id
from podtui.backends.slurmrest.versions import Api, Feature
from podtui.backends.slurmrest.wire import Wire
from podtui.domain.job import Job, JobList, JobState, Preview, Scope, ScriptDialect, Submission
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.text import visible
from podtui.errors import (
    InputError,
    LoginRequired,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

_CHANGE_SECONDS = 120.0
_DIALECTS = (
    ScriptDialect.SLURM,
    ScriptDialect.TORQUE,
    ScriptDialect.OPENPBS,
    ScriptDialect.SGE,
)
_TIME_LIMIT_LARGEST = 0xFFFFFFFD  # minutes: over it Slurm's own marks begin

Requeue = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Who:
    """Who we are there; `home` asks for the home directory, `requeue` asks a login node."""

    user: Callable[[], str]
    home: Callable[[], Awaitable[str]]
    known_home: Callable[[], str]
    requeue: Requeue | None


class SlurmRestJobs:
    """One slurmrestd's jobs. Ids are Slurm's: `9`, `9_3` of an array, `9+1` of a het job."""

    def __init__(
        self, cluster: str, wire: Wire, api: Api, who: Who, clock: Callable[[], datetime]
    ) -> None:
        self._cluster = cluster
        self._wire = wire
        self._api = api
        self._who = who
        self._clock = clock
        self._listing = JobListing(cluster, wire, api, who.user)
        self.history = History(cluster, wire, clock)

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """All: directives are read here, Slurm's first."""
        return _DIALECTS

    async def list_jobs(self, scope: Scope) -> JobList:
        """All jobs of `scope`; slurmrestd tells everybody's, and they are picked here.

        A list is 9 KB a job: one that has not changed since is not sent again.
        """
        return await self._listing.jobs(scope)

    async def job(self, job_id: str) -> Job:
        """One job from the queue, else from the database; an array or a het job as one."""
        base = base_of(_checked(job_id))
        try:
            found = chosen(job_id, await self._queued(base))
        except NotFound:
            found = None
        if found is None:
            try:
                found = chosen(job_id, await self.history.jobs_of(base))
            except (NotOffered, NotFound):
                found = None
        if found is None:
            raise NotFound(f"Slurm has no job {job_id} any more.")
        return found

    async def _queued(self, base: str) -> list[Job]:
        read = partial(read_job, self._cluster, whole=True)
        reply = await self._wire.rows(self._wire.slurm(f"job/{base}"), "jobs", read)
        return reply.document.rows

    def preview(self, submission: Submission) -> Preview:
        """The JSON that would be sent, and what of the script it cannot carry."""
        return self._request(submission, self._who.known_home()).preview()

    async def submit(self, submission: Submission) -> str:
        """Submit; a job's id alone is success, whatever else the answer says."""
        request = await self._ready(submission)
        reply = await self._wire.change(
            "POST", self._wire.slurm("job/submit"), request.body, seconds=_CHANGE_SECONDS
        )
        self._listing.forget()
        job_id = submitted_id(reply.rest)
        if not job_id:
            raise Refused(
                f"Slurm made no job of it: {visible('; '.join(warnings_in(reply.rest)), 300)}",
                hint="A value has a type Slurm does not read; mend it and submit again.",
            )
        for said in (*warnings_in(reply.rest), submit_message(reply.rest)):
            if said:
                submission.warn(said)
        return str(job_id)

    async def _ready(self, submission: Submission) -> Request:
        """What is sent; a login node that is away matters only where the home is needed."""
        away: PodError | None = None
        try:
            home = await self._who.home()
        except (Unreachable, LoginRequired) as error:
            home, away = "", error
        request = await asyncio.to_thread(self._request, submission, home)
        try:
            check_folder(request.body)
        except InputError as error:
            raise (away or error) from None
        return request

    def _request(self, submission: Submission, home: str) -> Request:
        now = self._clock().astimezone()
        return build_request(submission, Sender(self._api, self._who.user(), home, now))

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The jobs with `token` in their comment: in the queue, else in the database."""
        self._listing.forget()
        listed = await self._listing.jobs(Scope(everybody=True))
        found = [base_of(job.id) for job in listed.jobs if token_in(job) == token]
        if not found and self.history.there:
            found = [base_of(one) for one in await self.history.find(token, self._who.user())]
        return tuple(dict.fromkeys(found))

    async def cancel(self, job_id: str) -> None:
        """End a job, an array or a task; one that has ended already is fine."""
        await self._change(job_id, lambda job: job.state.ended, self._delete, "")

    async def signal(self, job_id: str, name: str) -> None:
        """Send a running job a signal; InputError for a name that is none, and nothing is sent."""
        await self._delete(job_id, signal_name(name))
        self._listing.forget()

    async def hold(self, job_id: str) -> None:
        """Keep a waiting job from starting."""
        await self._change(
            job_id, lambda job: job.state is JobState.HELD, self._update, {"hold": True}
        )

    async def release(self, job_id: str) -> None:
        """Let a held job start; one that is no longer held is fine."""
        await self._change(
            job_id, lambda job: job.state is not JobState.HELD, self._update, {"hold": False}
        )

    async def requeue(self, job_id: str) -> None:
        """Put a running job back into the queue: by the service where it can, else by SSH."""
        if self._api.has(Feature.REQUEUE):
            act: Callable[[str, Any], Awaitable[None]] = self._requeue
        elif self._who.requeue is not None:
            act = self._requeue_there
        else:
            raise NotOffered(
                f"{self._api.name} cannot requeue (v0.0.45 can).",
                hint="With ssh_host set for this cluster, `scontrol requeue` does it there.",
            )
        await self._change(job_id, lambda job: job.state.pending, act, None)

    async def update(
        self,
        job_id: str,
        *,
        walltime: timedelta | None = None,
        queue: str = "",
        comment: str | None = None,
        nice: int | None = None,
    ) -> None:
        """Change what a job asks for; only an operator may give a running job more time."""
        fields: dict[str, Any] = {}
        if walltime is not None:
            minutes = -(-int(walltime.total_seconds()) // 60)
            if not 0 < minutes <= _TIME_LIMIT_LARGEST:
                raise InputError(f"{walltime} is no limit Slurm takes: a minute is the least.")
            fields["time_limit"] = minutes
        if queue:
            fields["partition"] = queue
        if comment is not None:
            fields["comment"] = comment
        if nice is not None:
            fields["nice"] = nice
        if not fields:
            raise InputError("Nothing was named to change.")
        limit = timedelta(minutes=fields["time_limit"]) if walltime is not None else None
        await self._change(job_id, partial(_is, limit, queue, comment), self._update, fields)

    async def queues(self) -> tuple[Queue, ...]:
        """The partitions, with the free cores of their nodes where these are told."""
        path = self._wire.slurm("partitions/")
        partitions = await self._wire.rows(path, "partitions", read_partition)
        nodes = await self.compute_nodes()
        return tuple(_with_free(queue, nodes) for queue in partitions.document.rows)

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """The machines with what is free."""
        reply = await self._wire.rows(self._wire.slurm("nodes/"), "nodes", read_node)
        return tuple(reply.document.rows)

    async def reservations(self) -> tuple[Reservation, ...]:
        """Nodes set aside; NotOffered before v0.0.37."""
        if not self._api.has(Feature.RESERVATIONS):
            raise NotOffered(f"{self._api.name} tells no reservations.")
        reply = await self._wire.rows(
            self._wire.slurm("reservations/"), "reservations", read_reservation
        )
        return tuple(reply.document.rows)

    async def diagnostics(self) -> tuple[tuple[str, int], ...]:
        """What the scheduler counts: jobs since midnight, its last cycle (µs), its threads."""
        reply = await self._wire.read(self._wire.slurm("diag/"))
        return read_counters(reply.rest)

    async def controllers(self) -> tuple[tuple[str, str], ...]:
        """Each of Slurm's controllers by its host, and how it answers slurmrestd."""
        reply = await self._wire.rows(self._wire.slurm("ping/"), "pings", read_controller)
        return tuple(reply.document.rows)

    async def _update(self, job_id: str, fields: dict[str, Any]) -> None:
        if not self._api.has(Feature.KEEPS_NAME):
            fields = {**fields, "name": (await self.job(job_id)).name}
        path = self._wire.slurm(f"job/{await self._raw(job_id)}")
        await self._wire.change("POST", path, fields, seconds=_CHANGE_SECONDS)

    async def _requeue(self, job_id: str, _: None) -> None:
        """A GET that changes, as slurmrestd has it."""
        path = self._wire.slurm(f"job/{await self._raw(job_id)}/requeue")
        reply = await self._wire.change("GET", path, seconds=_CHANGE_SECONDS)
        check_deleted(reply.rest)

    async def _requeue_there(self, job_id: str, _: None) -> None:
        assert self._who.requeue is not None, "checked by the caller"
        await self._who.requeue(await self._raw(job_id))

    async def _delete(self, job_id: str, signal: str) -> None:
        """End or signal; where DELETE keeps silent about failures, the one for many is asked."""
        raw = await self._raw(job_id)
        silent = self._api.has(Feature.BULK_DELETE) and not self._api.has(Feature.DELETE_TELLS)
        if silent:
            body: dict[str, Any] = {"jobs": [raw]} | ({"signal": signal} if signal else {})
            reply = await self._wire.change("DELETE", self._wire.slurm("jobs/"), body)
        else:
            query = (("signal", signal),) if signal else ()
            reply = await self._wire.change(
                "DELETE", self._wire.slurm(f"job/{raw}"), query=query, seconds=_CHANGE_SECONDS
            )
        check_deleted(reply.rest)

    async def _raw(self, job_id: str) -> str:
        """What the service takes: a part of a het job has a number of its own."""
        if "+" not in _checked(job_id):
            return job_id
        return (await self.job(job_id)).attribute("JobId")

    async def _change(
        self,
        job_id: str,
        reached: Callable[[Job], bool],
        act: Callable[[str, Any], Awaitable[None]],
        what: Any,
    ) -> None:
        """Change a job; after a no or a lost answer, look whether it is where it should be.

        Before v0.0.39 a change of an array that succeeded is answered as one that failed.
        """
        try:
            await act(job_id, what)
        except (OutcomeUnknown, Refused) as error:
            try:
                there = reached(await self.job(job_id))
            except NotFound as missing:
                raise (missing if isinstance(error, OutcomeUnknown) else error) from None
            except Unreachable:
                raise error from None
            if not there:
                raise error from None
        finally:
            self._listing.forget()


def _is(limit: timedelta | None, queue: str, comment: str | None, job: Job) -> bool:
    """Whether a job is as an update wants it."""
    return (
        limit in (None, job.walltime)
        and queue in ("", job.queue)
        and comment in (None, job.attribute("Comment"))
    )


def _with_free(queue: Queue, nodes: tuple[ComputeNode, ...]) -> Queue:
    return replace(queue, cores_free=free_cores(queue.name, nodes))


def _checked(job_id: str) -> str:
    if not JOB_ID.fullmatch(job_id):
        raise InputError(f"{visible(job_id, 60)!r} is not a Slurm job id.", title="Job id")
    return job_id
