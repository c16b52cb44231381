"""Jobs of a scheduler behind a shell: a pure adapter's commands, run and read."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from podtui.backends.collector import collector_at_rest
from podtui.backends.early import read_early
from podtui.backends.schedulers.base import Account, Argv, Output, ReadsEarly, Scheduler
from podtui.backends.shell import EarlyShell, ScriptFolder, Shell
from podtui.domain.job import Job, JobList, JobState, Preview, Scope, ScriptDialect, Submission
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import AlreadyThere, NotFound, OutcomeUnknown, PodError, Refused

_T = TypeVar("_T")
_READ_SECONDS = 120.0  # a loaded scheduler may take a minute for a list
_CHANGE_SECONDS = 120.0
_SENDING = ".sending"  # ends the name of a file that is there while a submit runs
_SETTLED = """cd {folder} 2>/dev/null || exit 0
rm -f -- .*.{token}
find . -name '.*'.{token}{sending} -mmin -15"""
"""A script taken away cannot be submitted any more, and what runs is told; a quarter of an hour
later it was ended with the machine it ran on."""


class QueueJobs:
    """`Jobs` of podtui.backends.base for any Scheduler."""

    def __init__(
        self,
        cluster: str,
        scheduler: Scheduler,
        account: Account,
        shell: Shell,
        files: ScriptFolder,
        job_folder: str,
    ) -> None:
        self._cluster = cluster
        self._scheduler = scheduler
        self._account = account
        self._shell = shell
        self._files = files
        self._folder = job_folder
        self._known: Mapping[str, Job] = {}  # by the text each was last read from
        self._ahead: asyncio.Task[JobList | None] | None = None
        self._placing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """The one its scripts are written in."""
        return (self._scheduler.dialect,)

    async def list_jobs(self, scope: Scope) -> JobList:
        """All jobs of `scope` in one query."""
        if scope != Scope():
            await self.stop_ahead()
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (listed := await ahead) is not None:
            return listed
        return await self._list(scope)

    def list_ahead(self) -> None:
        """Ask for our own jobs now: the next list is that answer, where there is one.

        Whoever calls this calls `stop_ahead` at the end.
        """
        self._ahead = asyncio.create_task(self._list_if_told())

    async def stop_ahead(self) -> None:
        """Let go of what was asked ahead and was not wanted."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)
            self._ahead = None

    async def _list_if_told(self) -> JobList | None:
        try:
            return await self._list(Scope())
        except PodError:
            return None  # it is asked again, and then tells why

    async def _list(self, scope: Scope) -> JobList:
        scheduler, shell = self._scheduler, self._shell
        argv = scheduler.list_command(scope, self._account)
        if isinstance(scheduler, ReadsEarly) and isinstance(shell, EarlyShell):
            reading = scheduler.list_reading(self._cluster, scope, self._account, self._known)
            async with read_early(reading.take) as hear:
                output = await shell.run_heard(argv, timeout=_READ_SECONDS, hear=hear)
            listed = await _apart(partial(reading.whole, output))
            self._known = reading.known
            return listed
        output = await self._ask(argv)
        return await _apart(
            partial(scheduler.parse_list, self._cluster, scope, self._account, output)
        )

    async def job(self, job_id: str) -> Job:
        """One job from the queue, else from accounting, where that is another question."""
        scheduler, account = self._scheduler, self._account
        waiting, ended = scheduler.job_command(job_id), scheduler.finished_command(job_id)
        try:
            output = await self._ask(waiting)
            return scheduler.parse_job(self._cluster, job_id, account, output)
        except NotFound:
            if ended == waiting:
                raise
            output = await self._ask(ended)
            return await _apart(
                partial(scheduler.parse_finished, self._cluster, job_id, account, output)
            )

    def preview(self, submission: Submission) -> Preview:
        """The script as it is."""
        return Preview(submission.content.decode("utf-8", "replace"))

    async def submit(self, submission: Submission) -> str:
        """Put the script into the job folder and submit it from there.

        Scripts of one name take turns, and each gets its name in the breath in which it is
        submitted: no job is made of another's script.
        """
        folder = await self._files.resolve(self._folder)
        await self._files.make_folder(folder)
        path = f"{folder}/{submission.filename}"
        async with self._placing.setdefault(path, asyncio.Lock()):
            await self._check_free(path, submission)
            ready = f"{folder}/.{submission.filename}.{submission.token}"
            await self._files.write(ready, submission.content)
            argv = self._scheduler.submit_command(path, hold=submission.hold)
            output = await self._shell.script(
                _sent_once(ready, path, argv),
                timeout=_CHANGE_SECONDS,
                folder=folder,
                changes=True,
            )
        job_id = self._scheduler.parse_submit(output)
        if said := output.stderr.decode("utf-8", "replace").strip():
            submission.warn(said)
        return job_id

    async def _check_free(self, path: str, submission: Submission) -> None:
        """AlreadyThere for another's script; our own is there after a lost answer."""
        if submission.overwrite or await self._files.stat(path) is None:
            return
        if await self._files.read(path, 0, len(submission.content) + 1) == submission.content:
            return
        raise AlreadyThere(
            f"A job script of that name is already there: {path}.",
            title="Script already there",
            hint="Submit with --overwrite, or under another name.",
        )

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The jobs whose script carries `token`; none is certain: no lost submit comes later.

        OutcomeUnknown while the command of a lost submit still runs there.
        """
        folder = shlex.quote(await self._files.resolve(self._folder))
        settled = _SETTLED.format(folder=folder, token=shlex.quote(token), sending=_SENDING)
        running = await self._shell.script(settled, timeout=_READ_SECONDS)
        output = await self._ask(self._scheduler.find_command(token))
        found = await _apart(partial(self._scheduler.parse_find, token, output))
        if not found and running.stdout.strip():
            raise OutcomeUnknown("A submit whose link was cut is still under way there.")
        return found

    async def cancel(self, job_id: str) -> None:
        """End a job, an array or a task; one that has ended already is fine."""
        await self._change(self._scheduler.cancel_command(job_id), job_id, lambda job: job.over)

    async def hold(self, job_id: str) -> None:
        """Keep a waiting job from starting."""
        command = self._scheduler.hold_command(job_id)
        await self._change(command, job_id, lambda job: job.state is JobState.HELD)

    async def release(self, job_id: str) -> None:
        """Let a held job start; one that is no longer held is fine."""
        command = self._scheduler.release_command(job_id)
        await self._change(command, job_id, _let_go)

    async def requeue(self, job_id: str) -> None:
        """Put a running job back into the queue."""
        command = self._scheduler.requeue_command(job_id)
        await self._change(command, job_id, lambda job: job.state.pending)

    async def queues(self) -> tuple[Queue, ...]:
        """The queues with what is free."""
        return self._scheduler.parse_queues(await self._ask(self._scheduler.queues_command()))

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """The machines with what is free."""
        output = await self._ask(self._scheduler.nodes_command())
        return await _apart(partial(self._scheduler.parse_nodes, output))

    def shell_command(self, job: Job) -> Sequence[str]:
        """A shell where a running job runs."""
        return self._scheduler.shell_command(job)

    async def _ask(self, argv: Argv) -> Output:
        return await self._shell.run(argv, timeout=_READ_SECONDS)

    async def _change(self, argv: Argv, job_id: str, reached: Callable[[Job], bool]) -> None:
        """Change a job; after a no or a lost answer, look whether it is where it should be."""
        try:
            output = await self._shell.run(argv, timeout=_CHANGE_SECONDS, changes=True)
            self._scheduler.check_change(job_id, output)
        except (OutcomeUnknown, Refused) as error:
            try:
                job = await self.job(job_id)
            except NotFound:
                raise error from None
            if not reached(job):
                raise error from None


def _let_go(job: Job) -> bool:
    return job.state not in (JobState.HELD, JobState.UNKNOWN) or job.over


def _sent_once(ready: str, path: str, argv: Argv) -> str:
    """sh that submits the script `ready` as `path`, if nobody took it away, and shows meanwhile
    that it runs.
    """
    runs = shlex.quote(ready + _SENDING)
    place = shlex.join(("mv", "-f", "--", ready, path))
    return f": >{runs} && {place} && {shlex.join(argv)}; code=$?; rm -f -- {runs}; exit $code"


async def _apart(parse: Callable[[], _T]) -> _T:
    """Parse in a thread: a list can be long, and the screen never waits."""

    def read() -> _T:
        with collector_at_rest():
            return parse()

    return await asyncio.to_thread(read)
