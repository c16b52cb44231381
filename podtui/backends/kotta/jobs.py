"""Cloud Kotta's jobs: submitted by form, found again by their name, ended by the web's route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from podtui.backends.kotta.description import Description, check, describe, preview
from podtui.backends.kotta.records import Records
from podtui.backends.kotta.token import TokenKeeper
from podtui.backends.kotta.wire import KottaWire
from podtui.domain.job import Job, JobList, Preview, Scope, ScriptDialect, Submission
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import LoginRequired, NotFound, NotOffered, OutcomeUnknown, PodError, Refused

_QUEUES = ("Test", "Prod")
_LOOKED_THROUGH = 500  # newest jobs among which a lost one is looked for
_JUST_NOW = 16  # newest jobs among which one stored in spite of a Fail is
_DIALECTS = (
    ScriptDialect.SLURM,
    ScriptDialect.TORQUE,
    ScriptDialect.OPENPBS,
    ScriptDialect.SGE,
)
NameInput = Callable[[str], Awaitable[str]]
"""From an input's path to what a job calls it."""


class KottaJobs:
    """`Jobs` of podtui.backends.base."""

    def __init__(
        self,
        wire: KottaWire,
        tokens: TokenKeeper,
        records: Records,
        queue: str,
        name_input: NameInput,
    ) -> None:
        self._wire = wire
        self._tokens = tokens
        self._records = records
        self._queue = queue
        self._name_input = name_input

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """All: a script's directives become the service's fields."""
        return _DIALECTS

    async def list_jobs(self, scope: Scope) -> JobList:
        """One's own jobs; the service lists no others."""
        if scope.user or scope.group or scope.everybody:
            raise NotOffered("Cloud Kotta lists your own jobs alone.")
        return await self._records.jobs()

    async def job(self, job_id: str) -> Job:
        """One job with all its attributes."""
        return await self._records.job(job_id)

    def preview(self, submission: Submission) -> Preview:
        """The form that `submit` would send, without the login."""
        return preview(submission, self._queue)

    async def submit(self, submission: Submission) -> str:
        """Submit; a refusal leaves no job behind.

        The service stores a job before it looks at the queue: after a Fail it may stand in the
        list as pending for ever, and is taken out.
        """
        made = describe(submission, self._queue)
        check(made)
        fields = await self._with_inputs(made, submission)
        try:
            return await self._tokens.call(lambda token: self._wire.submit_task(fields, token))
        except LoginRequired:
            raise
        except Refused:
            with suppress(PodError):
                for job_id in await self._records.find(submission.token, _JUST_NOW):
                    await self._end(job_id)
            raise

    async def _with_inputs(self, made: Description, submission: Submission) -> dict[str, str]:
        """The fields with the uploaded inputs' names as the service's worker finds them."""
        names = {remote: await self._name_input(remote) for remote in submission.inputs}
        fields = dict(made.fields)
        if names:
            given = fields["inputs"].split(",")
            fields["inputs"] = ",".join(names.get(name, name) for name in given)
        return fields

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The jobs whose name carries `token`."""
        return await self._records.find(token, _LOOKED_THROUGH)

    async def cancel(self, job_id: str) -> None:
        """End the job; one that has ended already is left alone.

        The service would call a completed job cancelled, and give out its outputs no more.
        """
        if (await self._records.job(job_id)).state.ended:
            return
        try:
            await self._end(job_id)
        except OutcomeUnknown as error:
            try:
                ended = (await self._records.job(job_id)).state.ended
            except NotFound:
                raise error from None
            if not ended:
                raise error from None

    async def _end(self, job_id: str) -> None:
        """The web page's route, in a session of our token's own."""
        cookie = await self._tokens.call(self._wire.session)
        await self._wire.cancel(job_id, cookie)

    async def hold(self, job_id: str) -> None:  # noqa: ARG002 - the protocol's argument
        """NotOffered."""
        raise NotOffered("Cloud Kotta cannot hold a job.")

    async def release(self, job_id: str) -> None:  # noqa: ARG002
        """NotOffered."""
        raise NotOffered("Cloud Kotta holds no jobs: there is none to release.")

    async def requeue(self, job_id: str) -> None:  # noqa: ARG002
        """NotOffered."""
        raise NotOffered("Cloud Kotta cannot start a job again: submit it anew.")

    async def queues(self) -> tuple[Queue, ...]:
        """The queues by name, ours first; the service tells nothing else of them."""
        names = dict.fromkeys((self._queue, *_QUEUES))
        return tuple(Queue(name, open=True, default=name == self._queue) for name in names)

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """NotOffered."""
        raise NotOffered("Cloud Kotta tells nothing of its machines: they come and go with jobs.")
