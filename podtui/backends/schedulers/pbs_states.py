"""Job states and exit statuses of TORQUE, OpenPBS and PODShell, as podtui's. Pure.

Letters: qstat's manual pages. Exit statuses: 256 + signal when a signal ended the job's shell
(`qdel` sends 15), negative for the scheduler's own reasons (TORQUE's pbs_job.h, OpenPBS's job.h:
the same numbers mean different things).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from podtui.backends.schedulers.pbs_values import whole
from podtui.domain.job import JobState

STATES = {
    "Q": JobState.QUEUED,
    "W": JobState.QUEUED,
    "T": JobState.QUEUED,
    "H": JobState.HELD,
    "B": JobState.RUNNING,
    "R": JobState.RUNNING,
    "E": JobState.RUNNING,
    "S": JobState.SUSPENDED,
    "U": JobState.SUSPENDED,
    "C": JobState.COMPLETED,
    "F": JobState.COMPLETED,
    "X": JobState.COMPLETED,
    "QUEUED": JobState.QUEUED,
    "HELD": JobState.HELD,
    "RUNNING": JobState.RUNNING,
    "EXITING": JobState.RUNNING,
    "SUSPENDED": JobState.SUSPENDED,
    "COMPLETE": JobState.COMPLETED,
}
_DELETED = 256 + 15
_SIGNALLED = 256
_TERMINATED = "91"  # OpenPBS's substate of what was deleted, also of an array whose status is 0
_FAILED = "93"

TORQUE_ENDINGS = {
    -1: "The files it needed before could not be made; it did not run.",
    -2: "The files it wrote could not be handled after it ran.",
    -3: "It could not be started and was to be tried again.",
    -4: "The machine it was on started anew.",
    -8: "Its shell could not be started.",
    -9: "Its output could not be opened.",
    -10: "It used more memory than it asked for.",
    -11: "It used more wall time than it asked for.",
    -12: "It used more CPU time than it asked for.",
}
OPENPBS_ENDINGS = {
    -1: "The files it needed before could not be made; it did not run.",
    -2: "The files it wrote could not be handled after it ran.",
    -3: "It could not be started and was to be tried again.",
    -4: "The machine it was on started anew.",
    -8: "Its shell could not be started.",
    -10: "Its user is not known on the machine it was to run on.",
    -11: "It was run again.",
    -17: "A hook of the site ended it.",
    -19: "A hook of the site ended it.",
    -24: "It used more cores than it asked for.",
    -25: "It used more cores than it asked for.",
    -26: "It used more virtual memory than it asked for.",
    -27: "It used more memory than it asked for.",
    -28: "It used more CPU time than it asked for.",
    -29: "It used more wall time than it asked for.",
}
_TIMES_UP = {True: frozenset((-28, -29)), False: frozenset((-11, -12))}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an ended job ended, and why in plain words where its numbers tell."""

    state: JobState
    reason: str = ""


def torque_ending(facts: Mapping[str, str]) -> Ending:
    """From `exit_status`; TORQUE gives none to a job that was deleted before it ran."""
    return _ending(facts, whole(facts.get("exit_status", "")), openpbs=False)


def openpbs_ending(facts: Mapping[str, str]) -> Ending:
    """From `Exit_status` and `substate`; a deleted array keeps the status 0."""
    return _ending(facts, whole(facts.get("Exit_status", "")), openpbs=True)


def recorded_ending(facts: Mapping[str, str]) -> Ending:
    """POD's own word COMPLETE is believed; an exit status beside it tells more."""
    if whole(facts.get("exit_status", "")) is None:
        return Ending(JobState.COMPLETED)
    return torque_ending(facts)


def untold_ending(facts: Mapping[str, str]) -> Ending:
    """Slurm's wrappers write C for every ended job, however it ended."""
    if not facts.get("exec_host"):
        return Ending(JobState.CANCELLED, "It was taken away before it started.")
    return Ending(JobState.UNKNOWN, "It has ended; qstat does not tell here how.")


def _ending(facts: Mapping[str, str], status: int | None, *, openpbs: bool) -> Ending:
    substate = facts.get("substate", "") if openpbs else ""
    if status is None:
        return _without_status(facts, substate)
    if status in _TIMES_UP[openpbs]:
        state = JobState.TIMEOUT
    elif status == _DELETED or (substate == _TERMINATED and status >= 0):
        return Ending(JobState.CANCELLED)
    else:
        state = JobState.COMPLETED if status == 0 else JobState.FAILED
    if status > _SIGNALLED:
        return Ending(state, f"Signal {status - _SIGNALLED} ended it.")
    table = OPENPBS_ENDINGS if openpbs else TORQUE_ENDINGS
    return Ending(state, table.get(status, ""))


def _without_status(facts: Mapping[str, str], substate: str) -> Ending:
    if not any(facts.get(name) for name in ("start_time", "stime", "exec_host")):
        return Ending(JobState.CANCELLED, "It was taken away before it started.")
    if substate == _TERMINATED:
        return Ending(JobState.CANCELLED)
    if substate == _FAILED:
        return Ending(JobState.FAILED)
    return Ending(JobState.UNKNOWN, "It has ended; the scheduler did not record how.")
