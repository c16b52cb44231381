"""The fields of a job's form, and how each dialect tells them.

Sources: qsub's manual pages of TORQUE and OpenPBS, submit(1) of Grid Engine, sbatch(1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.quantity import (
    Unreadable,
    colon_seconds,
    pbs_bytes,
    read_array,
    sge_bytes,
    slurm_bytes,
    slurm_seconds,
)


class Field(Enum):
    """What the form asks."""

    NAME = "Name"
    QUEUE = "Queue"
    TIME = "Time"
    MEMORY = "Memory"
    NODES = "Nodes"
    TASKS = "Tasks"
    CORES = "Cores"
    ARRAY = "Array"
    ACCOUNT = "Account"


@dataclass(frozen=True, slots=True)
class Slot:
    """One way a dialect tells a field.

    `resource` is the name within a list of resources (`-l walltime=…`), `part` the piece of its
    value between colons (`nodes=2:ppn=4`): a name, or `#` for the count before them. `new` is what
    a whole new value looks like around the part. `unit` explains the value to people.
    """

    flag: str
    resource: str = ""
    part: str = ""
    new: str = "{}"
    unit: str = ""


def a_count(text: str) -> None:
    """1 or more."""
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not int(text):
        raise Unreadable("not a count")


def some_nodes(text: str) -> None:
    """`N` or `N-M` nodes."""
    if not re.fullmatch(r"\d{1,9}(-\d{1,9})?", text, re.ASCII):
        raise Unreadable("not a count")


def a_word(text: str) -> None:
    """One value of a directive; Unreadable for what could be none."""
    if not text.strip() or not text.isprintable() or text.startswith(("-", "#")):
        raise Unreadable("not a word a directive may hold")


Check = Callable[[str], object]
_PBS_TIME, _SGE_TIME, _SLURM_TIME = "H:M:S", "H:M:S", "[D-]H:M:S, or minutes"
SLOTS: dict[ScriptDialect, dict[Field, tuple[tuple[Slot, ...], Check]]] = {
    TORQUE: {
        Field.NAME: ((Slot("-N"),), a_word),
        Field.QUEUE: ((Slot("-q"),), a_word),
        Field.TIME: ((Slot("-l", "walltime", unit=_PBS_TIME),), colon_seconds),
        Field.MEMORY: (
            (
                Slot("-l", "mem", unit="the job, as 8gb"),
                Slot("-l", "pmem", unit="a process, as 2gb"),
            ),
            pbs_bytes,
        ),
        Field.NODES: ((Slot("-l", "nodes", "#"),), a_count),
        Field.CORES: ((Slot("-l", "nodes", "ppn", "1:ppn={}", "a node"),), a_count),
        Field.ARRAY: ((Slot("-t", unit="as 1-10%2"),), read_array),
        Field.ACCOUNT: ((Slot("-A"),), a_word),
    },
    OPENPBS: {
        Field.NAME: ((Slot("-N"),), a_word),
        Field.QUEUE: ((Slot("-q"),), a_word),
        Field.TIME: ((Slot("-l", "walltime", unit=_PBS_TIME),), colon_seconds),
        Field.MEMORY: (
            (
                Slot("-l", "mem", unit="the job, as 8gb"),
                Slot("-l", "select", "mem", unit="a chunk, as 8gb"),
            ),
            pbs_bytes,
        ),
        Field.NODES: ((Slot("-l", "select", "#", "{}:ncpus=1", "chunks"),), a_count),
        Field.TASKS: (
            (Slot("-l", "select", "mpiprocs", "1:ncpus={0}:mpiprocs={0}", "a chunk"),),
            a_count,
        ),
        Field.CORES: ((Slot("-l", "select", "ncpus", "1:ncpus={}", "a chunk"),), a_count),
        Field.ARRAY: ((Slot("-J", unit="as 1-10"),), read_array),
        Field.ACCOUNT: ((Slot("-A"),), a_word),
    },
    SGE: {
        Field.NAME: ((Slot("-N"),), a_word),
        Field.QUEUE: ((Slot("-q"),), a_word),
        Field.TIME: ((Slot("-l", "h_rt", unit=_SGE_TIME),), colon_seconds),
        Field.MEMORY: (
            (
                Slot("-l", "mem_free", unit="a core, as 2G"),
                Slot("-l", "h_vmem", unit="a core, as 2G"),
            ),
            sge_bytes,
        ),
        Field.CORES: ((Slot("-pe", part="#", new="smp {}", unit="in all"),), a_count),
        Field.ARRAY: ((Slot("-t", unit="as 1-10:2"),), read_array),
        Field.ACCOUNT: ((Slot("-A"),), a_word),
    },
    SLURM: {
        Field.NAME: ((Slot("--job-name"),), a_word),
        Field.QUEUE: ((Slot("--partition"),), a_word),
        Field.TIME: ((Slot("--time", unit=_SLURM_TIME),), slurm_seconds),
        Field.MEMORY: (
            (Slot("--mem", unit="a node, as 8G"), Slot("--mem-per-cpu", unit="a core, as 2G")),
            slurm_bytes,
        ),
        Field.NODES: ((Slot("--nodes"),), some_nodes),
        Field.TASKS: ((Slot("--ntasks", unit="in all"), Slot("--ntasks-per-node")), a_count),
        Field.CORES: ((Slot("--cpus-per-task", unit="a task"),), a_count),
        Field.ARRAY: ((Slot("--array", unit="as 1-10%2"),), read_array),
        Field.ACCOUNT: ((Slot("--account"),), a_word),
    },
}
"""The ways to tell each field, the one a new directive is written in first; and its check."""
