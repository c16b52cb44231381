"""A portable job: what a script's directives mean, whichever scheduler they were written for.

Every value is what the scheduler would do, defaults included: two scripts with the same Spec
ask for the same job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum
from typing import TypeAlias


class Placement(Enum):
    """Whether each chunk has a host of its own, or may share one with others."""

    SCATTER = "scatter"
    FREE = "free"


class Basis(Enum):
    """What an amount of memory is for."""

    JOB = "the whole job"
    NODE = "each node"
    PROCESS = "each process"
    SLOT = "each core"


class Place(Enum):
    """A working directory that is not a path."""

    HOME = "home"
    SUBMIT = "submit"


class PathToken(Enum):
    """What a scheduler fills into the name of an output file."""

    JOB_ID = "job id"
    ARRAY_ID = "array id"
    TASK_ID = "task id"
    JOB_NAME = "job name"
    USER = "user"
    HOST = "host"
    HOME = "home"


class MailEvent(Enum):
    """When a mail is sent."""

    BEGIN = "begin"
    END = "end"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Chunk:
    """`count` equal pieces of nodes; `cores`, `tasks` (MPI processes) and `gpus` are each one's.

    `memory` is in bytes a piece, 0 where not told, and used where pieces differ.
    """

    count: int
    cores: int
    tasks: int
    gpus: int = 0
    memory: int = 0
    gpu_type: str = ""
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """An amount in bytes, what it is for, and whether it limits the address space instead.

    `told_by` is the directive it comes from, where several tell of memory.
    """

    size: int
    basis: Basis
    virtual: bool = False
    told_by: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Stream:
    """Where an output goes; a relative path is relative to where the job is submitted.

    A path that ends with `/` is a folder that takes the default name.
    """

    parts: tuple[str | PathToken, ...]
    host: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Array indexes from `first` to `last`, every `step`th."""

    first: int
    last: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Array:
    """An array's indexes, shortest form, and how many tasks may run at once (0: all)."""

    ranges: tuple[Range, ...]
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Dependency:
    """A condition (`afterok`, `afterany`, `afternotok`, `after`, …) on jobs."""

    word: str
    jobs: tuple[str, ...]


Workdir: TypeAlias = Place | str


@dataclass(frozen=True, slots=True)
class Spec:
    """A portable job. None and the empty value: nothing is asked, the site decides.

    `walltime` is in seconds; `variables` are (name, value), value None to take it from where the
    job is submitted; `begin` is the cluster's local time, or the next time of that hour; `shell`
    is the interpreter with its arguments.
    """

    name: str = ""
    queue: str = ""
    chunks: tuple[Chunk, ...] = ()
    placement: Placement = Placement.SCATTER
    exclusive: bool = False
    parallel_environment: str = ""
    walltime: int | None = None
    memory: tuple[Memory, ...] = ()
    stdout: Stream | None = None
    stderr: Stream | None = None
    join: bool = False
    workdir: Workdir = Place.HOME
    mail: frozenset[MailEvent] | None = None
    mail_to: tuple[str, ...] = ()
    export_all: bool = False
    variables: tuple[tuple[str, str | None], ...] = ()
    shell: str = ""
    account: str = ""
    project: str = ""
    group: str = ""
    array: Array | None = None
    dependencies: tuple[Dependency, ...] = ()
    hold: bool = False
    rerun: bool | None = None
    priority: int | None = None
    begin: datetime | time | None = None
    stage_in: tuple[str, ...] = ()
    stage_out: tuple[str, ...] = ()
