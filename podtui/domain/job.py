"""Jobs, as every scheduler's answer becomes one kind of value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple


class JobState(Enum):
    """podtui's states; the scheduler's own word is kept beside in `Job.native_state`."""

    HELD = "held"
    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum's own is written in Python; a long list asks for it often

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in _ENDED

    @property
    def pending(self) -> bool:
        """Whether the job has not begun."""
        return self in (JobState.HELD, JobState.QUEUED)


_ENDED = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.TIMEOUT})


_ONCE = (("Requeue", "0"), ("Rerunable", "False"), ("JB_restart", "2"))


class StageState(Enum):
    """How far one direction of a job's staging is."""

    NONE = "none"
    WAITING = "waiting"
    ACTIVE = "active"
    FINISHED = "finished"
    FAILED = "failed"


class JobKey(NamedTuple):
    """What a job is called everywhere: two clusters may use the same id."""

    cluster: str
    id: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its scheduler last told it; times are aware UTC, cores are in all.

    `reason` is why it waits, in plain words; `hosts` where it runs, in the scheduler's own form.
    A task of an array, and an array whose tasks have not started, are rows of their own.
    """

    key: JobKey
    state: JobState
    native_state: str = ""
    name: str = ""
    user: str = ""
    queue: str = ""
    cores: int | None = None
    walltime: timedelta | None = None
    submitted: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    exit_status: int | None = None
    stdout: str = ""
    stderr: str = ""
    workdir: str = ""
    reason: str = ""
    expected_start: datetime | None = None
    hosts: str = ""
    stage_in: StageState = StageState.NONE
    stage_out: StageState = StageState.NONE
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The scheduler's own id."""
        return self.key.id

    @property
    def cluster(self) -> str:
        """The cluster's name in the configuration."""
        return self.key.cluster

    @property
    def over(self) -> bool:
        """Whether it has ended, also where nobody tells how: its state is UNKNOWN then."""
        return self.state.ended or (self.state is JobState.UNKNOWN and self.ended is not None)

    @property
    def runs_once(self) -> bool:
        """Whether its scheduler tells that it is not to begin again.

        Slurm's `Requeue=0` (JobRequeue of its configuration, or --no-requeue), PBS's `Rerunable`,
        Grid Engine's `-r n`. Many lists tell it; else one job's details do.
        """
        return any(self.attribute(name) == word for name, word in _ONCE)

    def attribute(self, name: str) -> str:
        """A native attribute, or the empty string."""
        return next((value for key, value in self.attributes if key == name), "")


@dataclass(frozen=True, slots=True)
class JobList:
    """One answer to "which jobs are there"; `skipped` rows could not be read and are told."""

    jobs: tuple[Job, ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose jobs: one's own, a user's, those of a unix group, or everybody's."""

    group: str = ""
    user: str = ""
    everybody: bool = False


class ScriptDialect(Enum):
    """The scheduler a job script is written for; the first two by PODTools' names."""

    TORQUE = "TRQ"
    SGE = "SGE"
    SLURM = "SLURM"
    OPENPBS = "PBS"


def _unheard(_: str) -> None:
    """Nobody asked."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A script on its way to a scheduler.

    `content` is the script as sent, the token already in it; `token` is how the job is found
    again when the answer is lost. `inputs` and `outputs` are the remote names of what is staged,
    for services that must be told. What a scheduler that takes the job warns of is told to `warn`.
    """

    filename: str
    content: bytes
    dialect: ScriptDialect
    token: str
    hold: bool = False
    overwrite: bool = True
    hash_algo: str = "sha256"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    warn: Callable[[str], None] = field(default=_unheard, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a submission becomes at a cluster, for a person to read before it is sent.

    `losses` says, a line each, what of the script has no equivalent there.
    """

    text: str
    losses: tuple[str, ...] = ()
