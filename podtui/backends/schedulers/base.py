"""What every scheduler adapter is: pairs of a command and the reading of its answer.

A `parse_…` raises PodErrors only: Refused, NotFound, AlreadyThere where the scheduler says no,
Unreachable when its server does not answer, BadAnswer when nothing of the answer can be read,
OutcomeUnknown when a change may have happened. One unreadable row costs that row and is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Protocol, runtime_checkable

from podtui.domain.job import Job, JobList, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue


@dataclass(frozen=True, slots=True)
class Output:
    """What a command did. Bytes: names in it may be in any encoding."""

    returncode: int
    stdout: bytes
    stderr: bytes = b""


Argv = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose jobs: the user name we are logged in under, and the zone of the far clock.

    Schedulers print local times without a zone; `zone` is theirs.
    """

    user: str
    zone: tzinfo = UTC


class Scheduler(Protocol):
    """One kind of scheduler in one version. NotOffered where it has no such thing."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def dialect(self) -> ScriptDialect:
        """What its scripts are written in."""
        ...

    def list_command(self, scope: Scope, account: Account) -> Argv:
        """All jobs of `scope` that wait, run or ended a little ago, in ONE query."""
        ...

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs; those the command could not leave out though outside `scope` are left out."""
        ...

    def job_command(self, job_id: str) -> Argv:
        """One job with all it knows."""
        ...

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job with all native attributes; NotFound when the queue has forgotten it."""
        ...

    def finished_command(self, job_id: str) -> Argv:
        """One job from accounting."""
        ...

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The ended job with exit status and used resources; NotFound when there is no record."""
        ...

    def submit_command(self, path: str, *, hold: bool) -> Argv:
        """Submit the script at `path` there."""
        ...

    def parse_submit(self, output: Output) -> str:
        """The new job's id; Refused when it says no, OutcomeUnknown when that is not certain."""
        ...

    def find_command(self, token: str) -> Argv:
        """Look for a job by the token its script carries (podtui.domain.script.with_token)."""
        ...

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:
        """The ids of all jobs with the token; empty means the scheduler has none for certain."""
        ...

    def cancel_command(self, job_id: str) -> Argv:
        """End a job, an array or a task."""
        ...

    def hold_command(self, job_id: str) -> Argv:
        """Keep it from starting."""
        ...

    def release_command(self, job_id: str) -> Argv:
        """Let it start."""
        ...

    def requeue_command(self, job_id: str) -> Argv:
        """Put a running job back into the queue."""
        ...

    def check_change(self, job_id: str, output: Output) -> None:
        """Raise what the answer to cancel, hold, release or requeue says went wrong."""
        ...

    def queues_command(self) -> Argv:
        """The queues."""
        ...

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The queues with what is free, where the scheduler tells."""
        ...

    def nodes_command(self) -> Argv:
        """The machines."""
        ...

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The machines with what is free."""
        ...

    def shell_command(self, job: Job) -> Argv:
        """A shell where a running job runs, to be run on the login node with a terminal."""
        ...


class ListReading(Protocol):
    """One answer to `list_command`, read while it comes. Used by one thread at a time."""

    @property
    def known(self) -> Mapping[str, Job]:
        """What it has read so far, each job by its text: what the next reading begins with."""
        ...

    def take(self, piece: bytes) -> None:
        """Read what has come of stdout, as far as its records are whole."""
        ...

    def whole(self, output: Output) -> JobList:
        """The jobs, now that the command has ended; as `parse_list`."""
        ...


@runtime_checkable
class ReadsEarly(Protocol):
    """A Scheduler whose list can be read while the command still prints it."""

    def list_reading(
        self, cluster: str, scope: Scope, account: Account, before: Mapping[str, Job]
    ) -> ListReading:
        """What reads one answer. What was known `before` and is told again is not read again."""
        ...
