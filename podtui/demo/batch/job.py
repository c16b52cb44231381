"""A job, as the server tells of it."""

import time
from dataclasses import dataclass, replace
from typing import Literal

from podtui.demo.batch.directives import Dialect
from podtui.demo.batch.environment import variable_list
from podtui.demo.batch.outputs import output_paths
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.submission import Submission
from podtui.demo.batch.units import clock

State = Literal["Q", "R", "H", "C", "E"]
_SUBSTATES = {"Q": 10, "H": 20, "R": 42, "E": 50, "C": 59}


@dataclass(frozen=True)
class BatchJob:
    """A job, an array (`index` None, tasks in its submission) or one task of an array.

    Times are epochs in seconds; `holds` are TORQUE's letters (`u` the user's, `s` a dependency's);
    `cput` is seconds of processor time, `mem_kb` the largest resident set; `exit_status` speaks the
    dialect's own words (TORQUE: 256 + signal, negative for the server's own reasons; Grid Engine:
    128 + signal).
    """

    submission: Submission
    index: int | None
    state: State
    holds: str = ""
    nonce: str = ""
    etime: float | None = None
    start_time: float | None = None
    comp_time: float | None = None
    exit_status: int | None = None
    comment: str | None = None
    hint: str | None = None
    session_id: int | None = None
    cput: float | None = None
    mem_kb: int | None = None

    @property
    def is_array(self) -> bool:
        """Tell an array as a whole from a job and from a task."""
        return self.index is None and bool(self.submission.request.tasks)

    @property
    def id(self) -> str:
        """The id, as qsub prints it: `22783.pod`, `22790[].pod`, `22790[3].pod`."""
        return job_id(self.submission, self.index)

    @property
    def name(self) -> str:
        """The name; a task's carries its number."""
        return (
            self.submission.name if self.index is None else f"{self.submission.name}-{self.index}"
        )

    @property
    def owner(self) -> Owner:
        """Whose job it is."""
        return self.submission.owner

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self.submission.queue

    @property
    def dialect(self) -> Dialect:
        """The dialect of its script."""
        return self.submission.dialect

    @property
    def hold_types(self) -> str:
        """TORQUE's word for the holds; `n` for none."""
        return self.holds or "n"

    def with_holds(self, holds: str) -> "BatchJob":
        """Give the job with these holds: held while there are any, else queued."""
        if holds:
            return replace(self, state="H", holds=holds)
        return replace(self, state="Q", holds="", etime=self.etime or time.time())

    def walltime_used(self) -> float | None:
        """Seconds it ran, or has run till now; None before its start."""
        if self.start_time is None:
            return None
        return max(0.0, (self.comp_time or time.time()) - self.start_time)

    def attributes(self) -> dict[str, str | int]:
        """Give what `qstat -f` tells, under the names the wire uses (`Resource_List{nodes}`)."""
        return {**self._identity(), **self._usage(), **self._asked(), **self._course()}

    def _identity(self) -> dict[str, str | int]:
        submission = self.submission
        out, err = output_paths(submission, self.index)
        found: dict[str, str | int] = {
            "job_id": self.id,
            "Job_Name": self.name,
            "Job_Owner": f"{self.owner.user}@{submission.host}",
            "job_state": self.state,
            "queue": self.queue,
            "server": submission.server,
            "Checkpoint": "u",
            "ctime": int(submission.qtime),
            "Output_Path": f"{submission.host}:{out}",
            "Error_Path": f"{submission.host}:{err}",
            "Hold_Types": self.hold_types,
            "Join_Path": submission.request.join,
            "Keep_Files": submission.request.keep,
            "Mail_Points": submission.request.mail_points,
            "Priority": submission.request.priority,
            "qtime": int(submission.qtime),
            "Rerunable": str(submission.request.rerunable),
            "substate": _SUBSTATES[self.state],
            "Variable_List": variable_list(submission),
            "euser": self.owner.user,
            "egroup": self.owner.group,
            "queue_type": "E",
            "submit_args": submission.submit_args,
            "fault_tolerant": "False",
            "job_radix": 0,
            "submit_host": submission.host,
            "init_work_dir": str(submission.workdir),
            "request_version": 1,
        }
        if submission.request.mail_users is not None:
            found["Mail_Users"] = submission.request.mail_users
        return found

    def _asked(self) -> dict[str, str | int]:
        request = self.submission.request
        nodes = "+".join(f"{count}:ppn={cores}" for count, cores in request.chunks)
        listed: dict[str, str | int] = {"nodes": nodes}
        listed.update(request.resources)
        if request.walltime is not None:
            listed["walltime"] = clock(request.walltime)
        listed["nodect"] = request.nodes
        listed["neednodes"] = listed["nodes"]
        found = {f"Resource_List{{{name}}}": value for name, value in listed.items()}
        found.update(request.extras)
        if request.shell is not None:
            found["Shell_Path_List"] = request.shell
        if request.directory is not None:
            found["init_work_dir"] = str(self.submission.start_directory)
        if request.array_request is not None:
            found["job_array_request"] = request.array_request
        if self.index is not None:
            found["job_array_id"] = self.index
        if request.depend:
            found["depend"] = ",".join(f"{kind}:{':'.join(ids)}" for kind, ids in request.depend)
        if request.environment_name is not None:
            found["parallel_environment"] = request.environment_name
        if request.not_before is not None:
            found["Execution_Time"] = request.not_before
        return found

    def _usage(self) -> dict[str, str | int]:
        walltime = self.walltime_used()
        found: dict[str, str | int] = {}
        if walltime is not None and not self.is_array:
            found["resources_used{walltime}"] = clock(walltime)
        if self.cput is not None:
            found["resources_used{cput}"] = clock(self.cput)
        if self.mem_kb is not None:
            found["resources_used{mem}"] = f"{self.mem_kb}kb"
        return found

    def _course(self) -> dict[str, str | int]:
        moments = (
            ("etime", self.etime),
            ("start_time", self.start_time),
            ("comp_time", self.comp_time),
        )
        found: dict[str, str | int] = {
            name: int(moment) for name, moment in moments if moment is not None
        }
        found["mtime"] = int(
            self.comp_time or self.start_time or self.etime or self.submission.qtime
        )
        for name, value in (
            ("session_id", self.session_id),
            ("exit_status", self.exit_status),
            ("comment", self.comment),
            ("sched_hint", self.hint),
        ):
            if value is not None:
                found[name] = value
        if self.start_time is not None and not self.is_array:
            found["start_count"] = 1
            found["exec_host"] = exec_host(self.submission)
        if self.comp_time is not None and self.start_time is not None:
            found["total_runtime"] = f"{self.comp_time - self.start_time:.6f}"
        return found


def job_id(submission: Submission, index: int | None) -> str:
    """Write a job's id."""
    if not submission.request.tasks:
        return f"{submission.sequence}.{submission.server}"
    return f"{submission.sequence}[{'' if index is None else index}].{submission.server}"


def node_names(submission: Submission) -> list[tuple[str, int]]:
    """Name the nodes of a job and their cores; all of them are this machine."""
    cores = [each for count, each in submission.request.chunks for _ in range(count)]
    return [(f"n{number}", each) for number, each in enumerate(cores, 1)]


def exec_host(submission: Submission) -> str:
    """Write `exec_host`: `n1/0-3+n2/0`."""
    return "+".join(
        f"{name}/0" if cores == 1 else f"{name}/0-{cores - 1}"
        for name, cores in node_names(submission)
    )
