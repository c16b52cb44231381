"""`qacct -j` → an ended job: blocks of `name   value`, one for each run of each task."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo

from podtui.backends.schedulers.sge_ids import Target
from podtui.backends.schedulers.sge_times import duration, printed_local
from podtui.domain.job import Job, JobKey, JobState
from podtui.errors import NotFound

Record = Mapping[str, str]

# The `failed` codes of accounting(5) in plain words; a code above 100 carries a signal.
FAILURES = {
    1: "assumed to have failed before it began",
    3: "its machine could not prepare it",
    4: "its machine could not prepare its files",
    7: "its process could not be prepared",
    8: "the queue's prolog failed",
    9: "its machine could not prepare its parallel environment",
    10: "the parallel environment did not start",
    11: "a failure before the job's own commands",
    12: "a failure before the job's own commands",
    15: "the queue's epilog failed",
    16: "the parallel environment did not stop",
    17: "a queue's script failed",
    19: "no exit status was recorded",
    21: "its machine failed to recognise the job",
    22: "its machine was restarted",
    24: "moved by a checkpoint",
    25: "put back into the queue",
    26: "its input or output file could not be opened",
    27: "the shell it asks for was not found",
    28: "its working directory could not be entered",
    29: "a problem with AFS",
    30: "a rescheduling of the application",
    36: "the daemon on its machine could not start it",
    37: "over a limit that Grid Engine enforces: h_rt, h_cpu or h_vmem",
    38: "a problem with a network adapter",
    100: "ended by a signal",
}
_BY_EXIT = {0: JobState.COMPLETED, None: JobState.UNKNOWN}
_PUT_BACK = (24, 25, 30)
_LINE = re.compile(r"([a-z][a-z0-9_.]*) +(.*)")
_LIMIT = re.compile(r"(?:^|[\s,])(h_rt|h_cpu|h_vmem)=([^\s,]+)")
_ENFORCED = re.compile(r"enforced ([hs]_\w+) limit")
_KILLED = 137
_SIGNALLED = 128


def records(text: str) -> tuple[list[dict[str, str]], int]:
    """The blocks that have a job number, and how many have not (cut off, not understood)."""
    found = []
    skipped = 0 if text.endswith("\n") or not text else 1
    for block in re.split(r"^={10,}\s*$", text, flags=re.MULTILINE)[1:]:
        matches = (_LINE.match(line) for line in block.split("\n"))
        facts = {match[1]: match[2].strip() for match in matches if match}
        if facts.get("jobnumber", "").isdigit() and "exit_status" in facts:
            found.append(facts)
        else:
            skipped += 1
    return found, skipped


def finished(key: JobKey, target: Target, found: Sequence[Record], zone: tzinfo) -> Job:
    """The job told by its records; an array is what its tasks make it: one failed, it failed."""
    mine = [one for one in found if one["jobnumber"] == target.number]
    mine = [one for one in mine if _is_meant(one, target)]
    # Numbers begin again after ten million jobs: only the latest job of that number is meant.
    mine = [one for one in mine if one.get("qsub_time") == mine[-1].get("qsub_time")]
    last_runs = {one.get("taskid", ""): one for one in mine}
    ended = [one for one in last_runs.values() if _code(one) not in _PUT_BACK]
    if not ended:
        raise NotFound(f"Accounting has no ended run of job {key.id}.")
    runs = [_one_run(key, one, zone) for one in ended]
    worst = max(runs, key=lambda run: _WORSE.index(run.state))
    return worst if len(runs) == 1 else _whole_array(worst, runs)


_WORSE = (
    JobState.COMPLETED,
    JobState.UNKNOWN,
    JobState.CANCELLED,
    JobState.TIMEOUT,
    JobState.FAILED,
)


def _is_meant(record: Record, target: Target) -> bool:
    if record.get("pe_taskid", "NONE") != "NONE":  # one process of a parallel job
        return False
    return target.meets(record.get("taskid", ""))


def _code(record: Record) -> int:
    match = re.match(r"\d{1,4}", record.get("failed", ""))
    return int(match[0]) if match else 0


def _exit_status(record: Record) -> int | None:
    match = re.match(r"\d{1,6}", record["exit_status"])
    began = record.get("start_time") != "-/-"
    return int(match[0]) if match and began else None


def _one_run(key: JobKey, record: Record, zone: tzinfo) -> Job:
    exit_status = _exit_status(record)
    limits = dict(_LIMIT.findall(record.get("category", "")))
    state, reason = _outcome(record, exit_status, limits)
    slots = record.get("slots", "")
    return Job(
        key=key,
        state=state,
        native_state=record.get("failed", ""),
        name=record.get("jobname", ""),
        user=record.get("owner", ""),
        queue=record.get("qname", ""),
        cores=int(slots) if re.fullmatch(r"\d{1,9}", slots) else None,
        walltime=duration(limits.get("h_rt", "")),
        submitted=printed_local(record.get("qsub_time", ""), zone),
        started=printed_local(record.get("start_time", ""), zone),
        ended=printed_local(record.get("end_time", ""), zone),
        exit_status=exit_status,
        reason=reason,
        hosts=record.get("hostname", ""),
        attributes=tuple(record.items()),
    )


def _outcome(
    record: Record, exit_status: int | None, limits: Mapping[str, str]
) -> tuple[JobState, str]:
    code = _code(record)
    used = duration(record.get("ru_wallclock", "")) or timedelta()
    limit = duration(limits.get("h_rt", ""))
    signalled = exit_status is not None and exit_status > _SIGNALLED
    if limit and used >= limit and (code == 37 or (code == 100 and signalled)):
        return JobState.TIMEOUT, f"over its time limit h_rt={limits['h_rt']}"
    if code == 37 or _ENFORCED.search(record.get("failed", "")):
        return _over_limit(record["failed"], limits)
    if "deleted_by" in record and record["deleted_by"] not in ("", "NONE", "UNKNOWN"):
        return JobState.CANCELLED, f"deleted by {record['deleted_by']}"
    if code == 100 and exit_status == _KILLED:
        return JobState.CANCELLED, "killed: deleted, or killed by its machine (out of memory)"
    if code:
        said = record["failed"].partition(":")[2].strip()
        return JobState.FAILED, FAILURES.get(code, said or f"failed with code {code}")
    return _BY_EXIT.get(exit_status, JobState.FAILED), ""


def _over_limit(failed: str, limits: Mapping[str, str]) -> tuple[JobState, str]:
    """Which limit ended it: code 37 does not tell; Univa's codes from 43 on name one."""
    if told := _ENFORCED.search(failed):
        state = JobState.TIMEOUT if told[1] == "h_rt" else JobState.FAILED
        return state, f"over its limit {told[1]}"
    others = limits.keys() & {"h_cpu", "h_vmem"}  # without them it was the time, the queue's own
    return (JobState.FAILED if others else JobState.TIMEOUT), FAILURES[37]


def _whole_array(worst: Job, runs: Sequence[Job]) -> Job:
    bad = sum(run.state is not JobState.COMPLETED for run in runs)
    return Job(
        key=worst.key,
        state=worst.state,
        native_state=worst.native_state,
        name=worst.name,
        user=worst.user,
        queue=worst.queue,
        cores=worst.cores,
        walltime=worst.walltime,
        submitted=worst.submitted,
        started=min((run.started for run in runs if run.started), default=None),
        ended=max((run.ended for run in runs if run.ended), default=None),
        exit_status=worst.exit_status,
        reason=f"{bad} of {len(runs)} tasks did not complete" if bad else "",
        hosts=",".join(dict.fromkeys(run.hosts for run in runs)),
        attributes=(("tasks", str(len(runs))), *worst.attributes),
    )
