"""Beoweb: submit, list, release and delete jobs, as PODShell does.

Wire: the calls of the public Beoweb client; words and tables of PODShell's documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from podtui.backends.http import ask, build_client, read_json, read_outcome, told
from podtui.backends.pod.answer import plain
from podtui.backends.pod.job_record import read_job
from podtui.backends.pod.login import Login
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
from podtui.domain.script import find_token
from podtui.domain.text import visible
from podtui.errors import (
    AlreadyThere,
    BadAnswer,
    InputError,
    LoginRequired,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
)

_Files = Mapping[str, tuple[str, bytes, str]]


class Beoweb:
    """The Jobs of one POD cluster, in a session that is opened when first needed."""

    def __init__(
        self,
        cluster: str,
        user: str,
        url: str,
        login: Login,
        qhold: Callable[[str], Awaitable[None]],
        *,
        logout: bool = False,
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._cluster = cluster
        self._user = user
        self._login = login
        self._qhold = qhold
        self._logout_each = logout
        self._client = build_client(url, ca_file=ca_file, transport=transport)
        self._client.params = httpx.QueryParams({"format": "json"})
        self._lock = asyncio.Lock()
        self._session = 0  # counts the logins; 0 = none yet

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """TORQUE's, and Grid Engine's by `scheduler=SGE`."""
        return (ScriptDialect.TORQUE, ScriptDialect.SGE)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def list_jobs(self, scope: Scope) -> JobList:
        """All jobs of ours or of a unix group, in one query; unreadable ones are counted."""
        if scope.user or scope.everybody:
            raise NotOffered(
                "Beoweb lists your own jobs and those of a unix group, no others.",
                hint="Ask for a group: u in the Jobs pane, or `podtui status --group NAME`.",
            )
        jobs, skipped = [], 0
        for job_id, record in (await self._status("ALL", scope.group)).items():
            if isinstance(record, dict) and plain(job_id):
                jobs.append(read_job(JobKey(self._cluster, job_id), record, self._user))
            else:
                skipped += 1
        return JobList(tuple(jobs), skipped)

    async def job(self, job_id: str) -> Job:
        """One job with all its attributes."""
        record = (await self._status(job_id)).get(job_id)
        if not isinstance(record, dict):
            raise NotFound(f"Beoweb does not know job {visible(job_id, 80)}.")
        return read_job(JobKey(self._cluster, job_id), record, self._user)

    def preview(self, submission: Submission) -> Preview:
        """The script as it is."""
        return Preview(submission.content.decode("utf-8", "replace"))

    async def submit(self, submission: Submission) -> str:
        """Send the script; it lands in ~/podsh_jobs and qsub is run from there."""
        name = PurePosixPath(submission.filename).name
        form = {
            "pod_user": self._user,
            "scheduler": submission.dialect.value,
            "hash_algo": submission.hash_algo,
        }
        form.update({flag: "true" for flag in ("overwrite", "hold") if getattr(submission, flag)})
        part = {"jobscript": (name, submission.content, "application/octet-stream")}
        reply = await self._call("pod/submit", form, files=part, changes=True)
        job_id = reply.get("jobid")
        if not isinstance(job_id, str) or not plain(job_id):
            # It said yes: whatever the id is, the job may exist.
            raise OutcomeUnknown("Beoweb accepted the script and did not tell the job's id.")
        return job_id

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The jobs whose variables hold `token`, oldest first."""
        jobs = (await self.list_jobs(Scope())).jobs
        return tuple(job.id for job in jobs if find_token(job.attribute("Variable_List")) == token)

    async def cancel(self, job_id: str) -> None:
        """Delete the job; one that has ended already is fine."""
        try:
            await self._call("scheduler/delete_job", {"job_ids": job_id}, changes=True)
        except (OutcomeUnknown, Refused) as error:
            await self._unless(job_id, error, lambda state: state.ended)

    async def hold(self, job_id: str) -> None:
        """Hold a waiting job: by qhold on the login node, as Beoweb has no call for it."""
        await self._qhold(job_id)

    async def release(self, job_id: str) -> None:
        """Let a held job start; one that is no longer held is fine."""
        form = {"jobid": job_id, "pod_user": self._user}
        try:
            await self._call("pod/release", form, changes=True)
        except (OutcomeUnknown, Refused) as error:
            await self._unless(job_id, error, lambda state: state is not JobState.HELD)

    async def requeue(self, job_id: str) -> None:
        """Beoweb has no call for it."""
        raise NotOffered(f"Beoweb cannot requeue {job_id}.", hint="Cancel it and submit it again.")

    async def queues(self) -> tuple[Queue, ...]:
        """Beoweb has no call for it."""
        raise NotOffered("Beoweb does not list queues.", hint="The site's pages name them.")

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """Beoweb has no call for it."""
        raise NotOffered("Beoweb does not list compute nodes.")

    async def _unless(
        self, job_id: str, error: Exception, reached: Callable[[JobState], bool]
    ) -> None:
        """Look before anything is repeated: raise `error` unless the job is where it should be."""
        try:
            state = (await self.job(job_id)).state
        except NotFound:
            state = JobState.UNKNOWN
        if state is JobState.UNKNOWN or not reached(state):
            raise error

    async def _status(self, job_id: str, group: str = "") -> Mapping[str, Any]:
        form = {"pod_user": self._user, "jobid": job_id} | ({"group": group} if group else {})
        try:
            data = (await self._call("pod/status", form, changes=False)).get("data")
        except Refused as error:
            if job_id == "ALL" or job_id in await self._status("ALL"):
                raise
            raise NotFound(error.message) from None
        if not isinstance(data, dict):
            raise BadAnswer("Beoweb's list of jobs is not an object.")
        return data

    async def _call(
        self, path: str, form: Mapping[str, str], *, files: _Files | None = None, changes: bool
    ) -> dict[str, Any]:
        """One call in the session; a 401 opens a new one and repeats the call ONCE."""
        session = await self._open(ended=0)
        response = await self._post(path, form, files, changes)
        if response.status_code == 401:
            await self._open(ended=session)
            response = await self._post(path, form, files, changes)
        if self._logout_each:
            await self._log_out()
        if response.status_code == 401:
            raise LoginRequired(f"Beoweb ended the session of {self._user} at once.")
        reply = read_outcome(response) if changes else read_json(response)
        if not response.is_success:
            raise BadAnswer(f"Beoweb failed on {path}{told(response)}.")
        if reply.get("success") not in (True, "true"):
            raise _refusal(path, response)
        return reply

    async def _post(
        self, path: str, form: Mapping[str, str], files: _Files | None, changes: bool
    ) -> httpx.Response:
        request = self._client.build_request("POST", path, data=dict(form), files=files)
        return await ask(self._client, request, changes=changes)

    async def _open(self, ended: int) -> int:
        """The number of a session later than `ended`; one caller logs in while others wait."""
        async with self._lock:
            if self._session <= ended:
                self._client.cookies.clear()
                await self._login.open(self._client, self._user)
                self._session = ended + 1
            return self._session

    async def _log_out(self) -> None:
        async with self._lock:
            request = self._client.build_request("GET", "auth/logout")
            await ask(self._client, request, changes=False)
            self._session = 0


_SUBMIT = (
    (
        "exceeds queue",
        (
            "Over the queue's limits",
            "Ask for less in the script's -l lines, or name a larger queue with -q.",
        ),
    ),
    (
        "queue",
        (
            "No such queue",
            "Look at the script's -q line: the site's documentation names its queues.",
        ),
    ),
)
_SUBMIT_OTHER = ("Job refused", "Mend what the scheduler names, and submit again.")


def _refusal(path: str, response: httpx.Response) -> Refused | InputError:
    words = told(response)
    lowered = words.lower()
    if path == "pod/submit" and "exist" in lowered:
        return AlreadyThere(
            f"A job script of that name is already there{words}.",
            title="Script already there",
            hint="Submit with --overwrite, or under another name.",
        )
    if path != "pod/submit":
        return Refused(f"Beoweb refused {path}{words}.")
    title, hint = next((told for word, told in _SUBMIT if word in lowered), _SUBMIT_OTHER)
    return Refused(f"The scheduler refused the job{words}.", title=title, hint=hint)
