"""Job records of slurmctld (/slurm/VERSION/jobs) as jobs. Pure; one table of names serves all.

Sources: the REST API reference; answers recorded from 22.05, 25.05 and 26.05.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from podtui.backends.schedulers.slurm_paths import output_path
from podtui.backends.schedulers.slurm_states import (
    A_STEP_STARVED,
    STATES,
    state_of,
    why,
    why_ended,
)
from podtui.backends.slurmrest.values import (
    Record,
    exit_status,
    minutes,
    moment,
    number,
    part,
    scalars,
    text,
    words,
)
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.script import find_token

GROUP = "GroupId"
COMMENT = "Comment"
_DEFAULT_OUTPUT = ("slurm-%j.out", "slurm-%A_%a.out")
_ONCE = ((), (("Requeue", "0"),))
_OVERRULED = frozenset({"LAUNCH_FAILED", "RECONFIG_FAIL", "EXPEDITING", "REQUEUED"})
_SHOWN = frozenset(
    {
        *("job_id", "name", "user_name", "partition", "job_state", "state_reason", "cpus"),
        *("time_limit", "submit_time", "start_time", "end_time", "nodes", "standard_output"),
        *("standard_error", "current_working_directory", "group_name", "account", "qos"),
        *("node_count", "priority", "dependency", "comment", "array_task_id", "exit_code"),
    }
)


def state_word(told: object) -> str:
    """The one word of a state, as squeue says it: what goes on before what it was.

    `["CANCELLED", "COMPLETING"]` is COMPLETING: its files are not all written yet.
    """
    found = words(told)
    flags = [word for word in found[1:] if word in STATES and word not in _OVERRULED]
    return flags[0] if flags else (found[0] if found else "")


def record_id(record: Record) -> str:
    """`9_3`, `9+1`, and `9` for the tasks of an array that have not started; "" when it has none.

    A waiting part of an array has a number of its own or the array's, as Slurm pleases.
    """
    own = number(record.get("job_id"))
    if not own:
        return ""
    array, task = number(record.get("array_job_id")), number(record.get("array_task_id"))
    if array:
        return f"{array}_{task}" if task is not None else str(array)
    leader = number(record.get("het_job_id"))
    if leader:
        return f"{leader}+{number(record.get('het_job_offset')) or 0}"
    return str(own)


def read_job(cluster: str, record: Record, *, whole: bool = False) -> Job | None:
    """One record, with all it tells where it is shown `whole`; None where it is no job."""
    job_id, word = record_id(record), state_word(record.get("job_state"))
    if not job_id or not word:
        return None
    reason = text(record.get("state_description")) or text(record.get("state_reason"))
    priority = number(record.get("priority"))
    state = state_of(word, reason, "" if priority is None else str(priority))
    begin, end = moment(record.get("start_time")), moment(record.get("end_time"))
    hosts = text(record.get("nodes"))
    waits = state.pending or state is JobState.SUSPENDED
    user = text(record.get("user_name"))
    more = scalars(record, _SHOWN) if whole else ()
    return Job(
        JobKey(cluster, job_id),
        state,
        word,
        name=text(record.get("name")),
        user=user or str(number(record.get("user_id")) or ""),
        queue=text(record.get("partition")),
        cores=number(record.get("cpus")),
        walltime=minutes(record.get("time_limit")),
        submitted=moment(record.get("submit_time")),
        started=_started(state, begin, end, hosts),
        ended=end if state.ended else None,
        exit_status=exit_status(record.get("exit_code")) if state.ended else None,
        stdout=_output(record, job_id),
        stderr=_error(record, job_id),
        workdir=text(record.get("current_working_directory")),
        reason=why(reason) if waits else why_ended(word),
        expected_start=begin if state.pending else None,
        hosts=hosts,
        attributes=(*_attributes(record, reason), *more),
    )


def _started(
    state: JobState, begin: datetime | None, end: datetime | None, hosts: str
) -> datetime | None:
    """When it began; a job cancelled while it waited is told to have begun when it ended."""
    never = state.pending or (state.ended and not hosts and begin == end)
    return None if never else begin


def _attributes(record: Record, reason: str) -> tuple[tuple[str, str], ...]:
    """Under scontrol's names, as the other ways to Slurm tell them."""
    tasks = text(record.get("array_task_string")) or _digits(record.get("array_task_id"))
    return (
        ("JobId", _digits(record.get("job_id"))),
        ("ArrayTaskId", tasks),
        (COMMENT, text(record.get("comment"))),
        *_ONCE[record.get("requeue") is False],
        *_common(
            text(record.get("group_name")),
            text(record.get("account")),
            text(record.get("qos")),
            _digits(record.get("node_count")),
            _digits(record.get("priority")),
            reason,
            text(record.get("dependency")),
        ),
    )


@lru_cache(maxsize=1024)
def _common(*values: str) -> tuple[tuple[str, str], ...]:
    """Made once: most jobs of a list share theirs."""
    names = (GROUP, "Account", "QOS", "NumNodes", "Priority", "Reason", "Dependency")
    return tuple(zip(names, values, strict=True))


def _digits(value: object) -> str:
    found = number(value)
    return "" if found is None else str(found)


def _output(record: Record, job_id: str) -> str:
    """Where the output goes: told whole, told as a pattern, or not told: then the default."""
    told = text(record.get("stdout_expanded")) or text(record.get("standard_output"))
    if not told:
        if not record.get("batch_flag", True):
            return ""
        told = _DEFAULT_OUTPUT[bool(number(record.get("array_job_id")))]
    return _path(record, job_id, told)


def _error(record: Record, job_id: str) -> str:
    told = text(record.get("stderr_expanded")) or text(record.get("standard_error"))
    return _path(record, job_id, told) if told else _output(record, job_id)


def _path(record: Record, job_id: str, told: str) -> str:
    array, task = number(record.get("array_job_id")), number(record.get("array_task_id"))
    raw = str(number(record.get("job_id")) or job_id)
    fields = {
        "JobId": raw,
        "ArrayJobId": str(array or raw),
        "BatchHost": text(record.get("batch_host")),
        "UserId": text(record.get("user_name")),
        "JobName": text(record.get("name")),
        "WorkDir": text(record.get("current_working_directory")),
    }
    if task is not None:
        fields["ArrayTaskId"] = str(task)
    return output_path(told, fields, folded=bool(array) and task is None)


def read_history(cluster: str, record: Record) -> Job | None:
    """One record of slurmdbd's (/slurmdb/VERSION/jobs); None where it is no job."""
    word = state_word(part(record, "state", "current"))
    job_id = record_id(
        {
            "job_id": record.get("job_id"),
            "array_job_id": part(record, "array", "job_id"),
            "array_task_id": part(record, "array", "task_id"),
            "het_job_id": part(record, "het", "job_id"),
            "het_job_offset": part(record, "het", "job_offset"),
        }
    )
    if not job_id or not word:
        return None
    state = state_of(word, text(part(record, "state", "reason")), "")
    status = exit_status(record.get("exit_code")) if state.ended else None
    if status == 0 and state is JobState.FAILED:
        status = None  # 22.05's database tells success of every job that was not killed
    begin, end = moment(part(record, "time", "start")), moment(part(record, "time", "end"))
    hosts = _hosts(record)
    return Job(
        JobKey(cluster, job_id),
        state,
        word,
        name=text(record.get("name")),
        user=text(record.get("user")) or text(part(record, "association", "user")),
        queue=text(record.get("partition")),
        cores=_cores(record),
        walltime=minutes(part(record, "time", "limit")),
        submitted=moment(part(record, "time", "submission")),
        started=_started(state, begin, end, hosts),
        ended=end if state.ended else None,
        exit_status=status,
        stdout=text(record.get("stdout_expanded")),
        stderr=text(record.get("stderr_expanded")) or text(record.get("stdout_expanded")),
        workdir=text(record.get("working_directory")),
        reason=why_ended(word) or _of_steps(state, record),
        hosts=hosts,
        attributes=_history_attributes(record),
    )


def _of_steps(state: JobState, record: Record) -> str:
    """Why a job failed, where one of its steps tells it."""
    steps = record.get("steps")
    found = [words(part(step, "state")) for step in steps] if isinstance(steps, list) else []
    starved = state is JobState.FAILED and any("OUT_OF_MEMORY" in one for one in found)
    return A_STEP_STARVED if starved else ""


def _history_attributes(record: Record) -> tuple[tuple[str, str], ...]:
    found = (
        ("JobId", _digits(record.get("job_id"))),
        (COMMENT, text(part(record, "comment", "job"))),
        (GROUP, text(record.get("group"))),
        ("Account", text(record.get("account"))),
        ("QOS", text(record.get("qos"))),
        ("NumNodes", _digits(record.get("allocation_nodes"))),
        ("Elapsed", _span(part(record, "time", "elapsed"))),
        ("TotalCPU", _span(part(record, "time", "total", "seconds"))),
        ("MaxRSS", _most_memory(record)),
    )
    return tuple((name, value) for name, value in found if value)


def _span(value: object) -> str:
    seconds = number(value)
    return str(timedelta(seconds=seconds)) if seconds else ""


def _cores(record: Record) -> int | None:
    for one in part(record, "tres", "allocated") or part(record, "tres", "requested") or ():
        if isinstance(one, dict) and one.get("type") == "cpu":
            return number(one.get("count"))
    return number(part(record, "required", "CPUs"))


def _hosts(record: Record) -> str:
    nodes = text(record.get("nodes"))
    return "" if nodes in ("None assigned", "None") else nodes


def _most_memory(record: Record) -> str:
    """The largest resident memory of the steps, in KiB as sacct writes it."""
    most = 0
    steps = record.get("steps")
    for step in steps if isinstance(steps, list) else ():
        for one in part(step, "tres", "requested", "max") or ():
            if isinstance(one, dict) and one.get("type") == "mem":
                most = max(most, number(one.get("count")) or 0)
    return f"{most >> 10}K" if most else ""


def token_in(job: Job) -> str:
    """The token podtui put into the job's comment, or nothing."""
    return find_token(job.attribute(COMMENT))
