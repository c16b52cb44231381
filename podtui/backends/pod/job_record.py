"""One job of Beoweb's status answer → one Job. Pure.

Wire: `job_state`, `uploadstat`, `stageoutstat` in PODShell's words, `sched_status` with the
attributes of `qstat -f`; exit statuses of TORQUE (271 = deleted, -11 = over walltime).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from podtui.backends.pod.answer import epoch
from podtui.domain.job import Job, JobKey, JobState, StageState

_STATES = {
    "QUEUED": JobState.QUEUED,
    "Q": JobState.QUEUED,
    "W": JobState.QUEUED,
    "T": JobState.QUEUED,
    "RUNNING": JobState.RUNNING,
    "R": JobState.RUNNING,
    "EXITING": JobState.RUNNING,
    "E": JobState.RUNNING,
    "HELD": JobState.HELD,
    "H": JobState.HELD,
    "S": JobState.SUSPENDED,
    "SUSPENDED": JobState.SUSPENDED,
    "COMPLETE": JobState.COMPLETED,
    "C": JobState.COMPLETED,
}
_STAGES = {"NONE": StageState.NONE, "FINISHED": StageState.FINISHED, "FAILED": StageState.FAILED}
_ENDINGS = {271: JobState.CANCELLED, -11: JobState.TIMEOUT, 0: JobState.COMPLETED}


def read_job(key: JobKey, record: Mapping[str, Any], user: str) -> Job:
    """The job in `record`; what is missing or unreadable stays empty."""
    status = record.get("sched_status")
    native: Mapping[str, Any] = status if isinstance(status, dict) else {}
    facts = {str(name): _flat(value) for name, value in native.items()}
    word = str(record.get("job_state") or facts.get("job_state", ""))
    state = _STATES.get(word.upper(), JobState.UNKNOWN)
    exit_status = _whole(facts.get("exit_status", ""))
    if state is JobState.COMPLETED and exit_status is not None:
        state = _ENDINGS.get(exit_status, JobState.FAILED)
    return Job(
        key=key,
        state=state,
        native_state=word,
        name=facts.get("Job_Name", ""),
        user=facts.get("Job_Owner", "").partition("@")[0] or user,
        queue=facts.get("queue", ""),
        cores=_cores(_resource(facts, "Resource_List", "nodes")),
        walltime=_walltime(_resource(facts, "Resource_List", "walltime")),
        submitted=epoch(facts.get("qtime", "")),
        started=epoch(facts.get("start_time", "")),
        ended=_ended(facts),
        exit_status=exit_status,
        stdout=_path(facts.get("Output_Path", "")),
        stderr=_path(facts.get("Error_Path", "")),
        stage_in=_STAGES.get(str(record.get("uploadstat", "NONE")).upper(), StageState.NONE),
        stage_out=_STAGES.get(str(record.get("stageoutstat", "NONE")).upper(), StageState.NONE),
        attributes=tuple(facts.items()),
    )


def _flat(value: Any) -> str:
    return "" if value is None else str(value)


def _resource(facts: Mapping[str, str], group: str, name: str) -> str:
    return facts.get(f"{group}.{name}") or facts.get(f"{group}{{{name}}}", "")


def _ended(facts: Mapping[str, str]) -> datetime | None:
    return epoch(facts.get("comp_time", ""))


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _path(text: str) -> str:
    host, colon, path = text.partition(":")
    return path if colon and "/" not in host else text


def _cores(nodes: str) -> int | None:
    """Cores of `2:ppn=28+1:ppn=4`; a node without ppn has one."""
    total = 0
    for part in filter(None, nodes.split("+")):
        count, *properties = part.split(":")
        per_node = next((p[4:] for p in properties if p.startswith("ppn=")), "1")
        number = _whole(count) if count.isdigit() else 1
        cores = _whole(per_node)
        if number is None or cores is None:
            return None
        total += number * cores
    return total or None


def _walltime(text: str) -> timedelta | None:
    """`[[HH:]MM:]SS`."""
    parts = [_whole(part) for part in text.split(":")] if text else []
    if not parts or any(part is None for part in parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + (part or 0)
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        return None
