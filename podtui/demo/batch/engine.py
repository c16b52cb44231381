"""The batch server and its scheduler: takes jobs, starts them, tells how they end."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from podtui.demo.batch import outcome
from podtui.demo.batch.admission import admit, read_script
from podtui.demo.batch.dispatcher import Dispatcher
from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.queue import Queue
from podtui.demo.batch.rejected import Rejected, UnknownJob, WrongState, submit_error
from podtui.demo.batch.roster import Roster
from podtui.demo.batch.spool import Spool
from podtui.demo.batch.store import Store
from podtui.demo.batch.submission import Submission
from podtui.demo.batch.tools.service import ToolService

__all__ = ["Engine", "Rejected", "UnknownJob", "WrongState"]

_WORDS = {"R": "RUNNING", "E": "EXITING", "C": "COMPLETE"}


class Engine:
    """A batch server over local processes, whose state lives in `folder`.

    It may be killed at any moment: jobs run under runners of their own, and what they leave is
    taken up by the next `start`. `slots` is how many cores run at once; `first_id` numbers the
    first job of a new folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        server: str = "pod",
        queues: tuple[Queue, ...],
        slots: int,
        first_id: int,
    ) -> None:
        self._folder = folder
        self._server = server
        self._queues = queues
        self._slots = slots
        self._first_id = first_id

    async def start(self) -> None:
        """Take the folder's jobs up again and serve; RuntimeError if another engine does."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise RuntimeError(f"another engine serves {self._folder}") from None
        events = self._folder / "events"
        with contextlib.suppress(FileExistsError):
            os.mkfifo(events, 0o600)
        self._events = os.open(events, os.O_RDWR | os.O_NONBLOCK)
        self._spool = Spool(self._folder / "spool", events)
        self._store = Store(self._folder / "jobs.sqlite", self._first_id)
        self._roster = Roster(self._store, self._server)
        self._tools = ToolService(self, self._folder / "tools")
        await self._tools.start()
        self._dispatcher = Dispatcher(
            self._roster, self._spool, self._slots, self._tools.folder_for
        )
        for owner in self._roster.owners():
            self._tools.folder_for(owner)  # jobs that go on use tools written before
        asyncio.get_running_loop().add_reader(self._events, self._hear)
        self._loop = asyncio.create_task(self._dispatcher.serve())

    async def close(self) -> None:
        """Stop serving; running jobs go on and are taken up at the next start."""
        self._dispatcher.close()
        try:
            await self._tools.close()
            await self._loop
        finally:
            asyncio.get_running_loop().remove_reader(self._events)
            os.close(self._events)
            self._store.close()
            os.close(self._lock)

    def tools_for(self, owner: Owner) -> Path:
        """Give the folder with qsub, qstat, qdel, qhold and qrls for a user's PATH."""
        return self._tools.folder_for(owner)

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The queues, the default one first."""
        return self._queues

    @property
    def server(self) -> str:
        """The server's name, which ends every job id."""
        return self._server

    async def submit(
        self,
        owner: Owner,
        script: Path,
        *,
        dialect: Literal["TRQ", "SGE"],
        workdir: Path,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        host: str | None = None,
        name: str | None = None,
        script_arguments: Sequence[str] = (),
    ) -> str:
        """Take a script and give the job's id; it is on the disk before this returns.

        `arguments` are qsub options and beat the script's; `environment` is the submitter's, for
        `-V` and for `-v NAME`; `host` is where qsub ran; `name` stands for the script's file name;
        `script_arguments` are handed to the script.
        Raises Rejected, whose text is what qsub prints.
        """
        self._check_dispatcher()
        content = read_script(script)
        submission = admit(
            0,
            owner,
            content,
            script_name=name or script.name,
            dialect=dialect,
            workdir=workdir,
            arguments=arguments,
            environment=environment or {},
            queues=self._queues,
            slots=self._slots,
            server=self._server,
            host=host or self._server,
            now=time.time(),
            script_arguments=script_arguments,
        )
        return self._accept(self._with_known_dependencies(submission), content)

    def _accept(self, submission: Submission, content: bytes) -> str:
        """Write a submission down, script first, and give its id."""
        submission = replace(submission, sequence=self._store.take_id())
        self._spool.keep_script(submission.sequence, content)
        jobs = self._new_jobs(submission)
        self._roster.add(submission, jobs)
        self._dispatcher.submitted()
        return self._roster.whole(submission.sequence).id

    def _with_known_dependencies(self, submission: Submission) -> Submission:
        """Turn what a job waits for into ids; Grid Engine takes names, and forgets the unknown."""
        depend = []
        for kind, ids in submission.request.depend:
            known: list[str] = []
            for text in ids:
                if self._roster.find(text) is not None:
                    known.append(text)
                elif submission.dialect == "TRQ":
                    raise submit_error("Unknown Job Id Error", 153)
                else:
                    found = self._roster.named(submission.owner.user, text)
                    known += [str(sequence) for sequence in found]
            if known:
                depend.append((kind, tuple(known)))
        return replace(submission, request=replace(submission.request, depend=tuple(depend)))

    def _new_jobs(self, submission: Submission) -> list[BatchJob]:
        request = submission.request
        holds = ("u" if request.hold else "") + ("s" if request.depend else "")
        comment = None
        if submission.slots < request.cores:
            comment = (
                f"Asks for {request.cores} cores and takes all {submission.slots} slots of this pod"
            )
        return [
            BatchJob(
                submission,
                index,
                "H" if holds else "Q",
                holds=holds,
                etime=None if holds else submission.qtime,
                comment=comment,
            )
            for index in request.tasks or (None,)
        ]

    def jobs(self) -> tuple[BatchJob, ...]:
        """Give all jobs, those that ended within a week too; an array is one job."""
        return self._roster.all()

    def tasks(self, job_id: str) -> tuple[BatchJob, ...]:
        """Give the tasks of an array, or the one job itself; UnknownJob otherwise."""
        return self._roster.group(job_id)

    def job(self, job_id: str) -> BatchJob | None:
        """Give a job, an array (`22790[].pod`) or a task (`22790[3].pod`); None when unknown."""
        key = self._roster.find(job_id)
        if key is None:
            return None
        return self._roster.get(key) if key[1] is not None else self._roster.whole(key[0])

    async def hold(self, job_id: str) -> None:
        """Put the user's hold on what waits; UnknownJob, or WrongState when nothing does."""
        self._change_holds(job_id, lambda holds: "u" + holds.replace("u", ""))

    async def release(self, job_id: str) -> None:
        """Take the user's hold away; UnknownJob, or WrongState when nothing waits."""
        self._change_holds(job_id, lambda holds: holds.replace("u", ""))

    def _change_holds(self, job_id: str, change: Callable[[str], str]) -> None:
        self._check_dispatcher()
        group = self._roster.group(job_id)
        waiting = [job for job in group if job.state in {"Q", "H"}]
        if not waiting:
            raise WrongState(job_id, _WORDS[group[0].state])
        self._roster.put(job.with_holds(change(job.holds)) for job in waiting)
        self._dispatcher.wake()

    async def delete(self, job_id: str) -> None:
        """End a job, or all of an array; UnknownJob, or WrongState when it has ended.

        A running job is in state E until its processes are gone.
        """
        self._check_dispatcher()
        group = self._roster.group(job_id)
        live = [job for job in group if job.state != "C"]
        if not live:
            raise WrongState(job_id, _WORDS["C"])
        waiting = [job for job in live if job.state in {"Q", "H"}]
        running = [replace(job, state="E") for job in live if job.state in {"R", "E"}]
        ended = [outcome.deletion(job, "Job deleted while it was waiting") for job in waiting]
        self._roster.put([*ended, *running])
        for job in running:
            self._spool.ask_to_end(job)
        self._dispatcher.after_end(ended)
        self._dispatcher.wake()

    def _hear(self) -> None:
        """Empty the pipe by which runners call; what they have to say stands in files."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._events, 65536)
        self._dispatcher.wake()

    def _check_dispatcher(self) -> None:
        """Raise what ended the dispatcher, if anything did: a job taken now would wait forever."""
        if self._loop.done():
            self._loop.result()
