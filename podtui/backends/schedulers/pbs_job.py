"""The attributes of `qstat -f` → one Job: the one reader for TORQUE, OpenPBS and POD. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from podtui.backends.schedulers.pbs_paths import outputs
from podtui.backends.schedulers.pbs_reasons import not_brought_back, reason
from podtui.backends.schedulers.pbs_states import (
    STATES,
    Ending,
    openpbs_ending,
    recorded_ending,
    torque_ending,
    untold_ending,
)
from podtui.backends.schedulers.pbs_values import (
    cores_of_nodes,
    cores_of_tasks,
    duration,
    moment,
    whole,
)
from podtui.domain.job import Job, JobKey, JobState

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Which attribute tells what in one scheduler, the best first, and how an ending is read."""

    submitted: tuple[str, ...]
    started: tuple[str, ...]
    ended: tuple[str, ...]
    exit_status: str
    cores: tuple[str, ...]
    ending: Callable[[Facts], Ending]


_ONCE = ((), (("Rerunable", "False"),))
_TORQUE_CORES = ("Resource_List.nodes", "Resource_List.procs", "Resource_List.ncpus")
TORQUE = Names(
    ("ctime", "qtime"), ("start_time",), ("comp_time",), "exit_status", _TORQUE_CORES, torque_ending
)
POD = Names(
    ("ctime", "qtime"),
    ("start_time",),
    ("comp_time",),
    "exit_status",
    _TORQUE_CORES,
    recorded_ending,
)
OPENPBS = Names(
    ("ctime", "qtime"),
    ("stime",),
    ("obittime", "history_timestamp", "mtime"),
    "Exit_status",
    ("Resource_List.ncpus", "Resource_List.nodes"),
    openpbs_ending,
)
SLURM_WRAPPERS = Names(
    ("qtime",), ("mtime",), ("ctime",), "exit_status", ("Resource_List.ncpus",), untold_ending
)


def read_job(
    key: JobKey,
    facts: Facts,
    names: Names,
    zone: tzinfo = UTC,
    *,
    word: str = "",
    attributes: bool = True,
) -> Job:
    """The job `facts` tell of; `word` is its state where that is told elsewhere.

    `zone` is the far clock's. A list leaves `attributes` out, but for the one
    that says that a job runs once: those of 50,000 jobs would fill half a gigabyte.
    """
    word = word or facts.get("job_state", "")
    state, ended, why = _state(word, facts, names, zone)
    files = outputs(key.id, facts)
    return Job(
        key=key,
        state=state,
        native_state=word,
        name=facts.get("Job_Name", ""),
        user=owner(facts),
        queue=facts.get("queue", ""),
        cores=_cores(facts, names.cores),
        walltime=duration(facts.get("Resource_List.walltime", "")),
        submitted=_first(facts, names.submitted, zone),
        started=None if state.pending else _first(facts, names.started, zone),
        ended=_first(facts, names.ended, zone) if ended else None,
        exit_status=whole(facts.get(names.exit_status, "")) if ended else None,
        stdout=files.stdout,
        stderr=files.stderr,
        workdir=files.workdir,
        reason=why,
        expected_start=_first(facts, ("estimated.start_time",), zone) if state.pending else None,
        hosts=facts.get("exec_host", ""),
        attributes=tuple(facts.items()) if attributes else _ONCE[facts.get("Rerunable") == "False"],
    )


def _state(word: str, facts: Facts, names: Names, zone: tzinfo) -> tuple[JobState, bool, str]:
    """The state, whether the job has ended, and why it is so."""
    state = STATES.get(word.upper(), JobState.UNKNOWN)
    if state is not JobState.COMPLETED:
        return state, False, reason(facts, state, zone)
    ending = names.ending(facts)
    return ending.state, True, ending.reason or not_brought_back(facts)


def owner(facts: Facts) -> str:
    """Whose job it is, without the machine it was submitted from."""
    told = facts.get("Job_Owner", "")
    name = told.rpartition("@")[0] if "@" in told else told  # user@REALM@host
    return name or facts.get("euser", "").partition("(")[0]


def in_group(facts: Facts, group: str) -> bool:
    """Whether the job runs under the unix group, by `egroup`, else by `-W group_list`.

    Slurm's wrappers write `name(number)`; a group list has `group@host` in it.
    """
    effective = facts.get("egroup", "").partition("(")[0]
    if effective:
        return effective == group
    return group in (part.partition("@")[0] for part in facts.get("group_list", "").split(","))


def _first(facts: Facts, names: tuple[str, ...], zone: tzinfo) -> datetime | None:
    for name in names:
        found = moment(facts.get(name, ""), zone)
        if found is not None:
            return found
    return None


def _cores(facts: Facts, names: tuple[str, ...]) -> int | None:
    for name in names:
        text = facts.get(name, "")
        found = cores_of_nodes(text) if name.endswith(".nodes") else whole(text)
        if found is not None:
            return found
    return cores_of_tasks(facts) if names is _TORQUE_CORES else None
