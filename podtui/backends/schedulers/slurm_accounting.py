"""Ended Slurm jobs: the fields asked of sacct, and its answer read.

A job has a row, and one more for each step (`9.batch`, `9.0`), which alone knows the memory used,
and whether one was killed for it.
The fields exist in all versions since 17.11; sacct refuses a request with one it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from podtui.backends.schedulers.base import Account
from podtui.backends.schedulers.slurm_states import A_STEP_STARVED, state_of, why_ended
from podtui.backends.schedulers.slurm_values import (
    exit_status,
    listed_id,
    moment,
    number,
    present,
    span,
)
from podtui.domain.job import Job, JobKey, JobList, JobState

FIELDS = (
    "JobID", "JobIDRaw", "State", "ExitCode", "DerivedExitCode", "User", "Group", "Partition",
    "Account", "QOS", "Submit", "Eligible", "Start", "End", "ElapsedRaw", "Timelimit", "NNodes",
    "NCPUS", "ReqMem", "MaxRSS", "TotalCPU", "AllocTRES", "NodeList", "WorkDir", "Comment",
    "JobName",
)  # fmt: skip
_ROW = re.compile(
    r"^\d+(?:_(?:\d+|\[[^\]\n]*\]))?(?:\+\d+)?(?:\.[\w+]+)?\x1f[\d._+\w\[\]]*\x1f[A-Z]",
    re.MULTILINE,
)
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)")


def read_accounting(cluster: str, text: str, account: Account) -> JobList:
    """The jobs in sacct's answer, each with the largest memory of its steps."""
    jobs: dict[str, Job] = {}
    most: dict[str, str] = {}
    starved: set[str] = set()
    skipped = 0
    for row in _rows(text):
        if row is None:
            skipped += 1
            continue
        job_id, _, step = row["JobID"].partition(".")
        job_id = listed_id(job_id) or job_id
        most[job_id] = max(most.get(job_id, ""), row["MaxRSS"], key=_bytes)
        if not step:
            jobs[job_id] = _job(cluster, job_id, row, account)
        elif row["State"] == "OUT_OF_MEMORY":
            starved.add(job_id)
    found = (_with_steps(job, most[key], key in starved) for key, job in jobs.items())
    return JobList(tuple(found), skipped)


def _rows(text: str) -> Iterator[dict[str, str] | None]:
    """Rows by their beginning, for a name may hold newlines; the last one must be whole."""
    starts = [match.start() for match in _ROW.finditer(text)]
    if text.strip() and (not starts or text[: starts[0]].strip()):
        yield None
    for start, end in pairwise((*starts, len(text))):
        values = text[start : end - 1].split("\x1f", len(FIELDS) - 1)
        whole = len(values) == len(FIELDS) and text[end - 1] == "\n"
        yield dict(zip(FIELDS, values, strict=True)) if whole else None


def _job(cluster: str, job_id: str, row: dict[str, str], account: Account) -> Job:
    """For seconds after the end a row may lack its partition, and has no name of the job's yet."""
    state = state_of(row["State"], "", "")
    return Job(
        JobKey(cluster, job_id),
        state,
        row["State"],
        name=row["JobName"] if row["Partition"] else "",
        user=row["User"],
        queue=row["Partition"],
        cores=number(row["NCPUS"]),
        walltime=span(row["Timelimit"]),
        submitted=moment(row["Submit"], account),
        started=moment(row["Start"], account),
        ended=moment(row["End"], account) if state.ended else None,
        exit_status=exit_status(row["ExitCode"]) if state.ended else None,
        workdir=row["WorkDir"],
        reason=why_ended(row["State"]),
        hosts=present(row["NodeList"]),
        attributes=tuple((key, value) for key, value in row.items() if value),
    )


def _with_steps(job: Job, most: str, starved: bool) -> Job:
    """The job with what only its steps tell."""
    if starved and job.state is JobState.FAILED and not job.reason:
        job = replace(job, reason=A_STEP_STARVED)
    if not most:
        return job
    others = tuple(pair for pair in job.attributes if pair[0] != "MaxRSS")
    return replace(job, attributes=(*others, ("MaxRSS", most)))


def _bytes(memory: str) -> float:
    match = _MEMORY.fullmatch(memory)
    return float(match[1]) * 1024 ** " KMGTP".index(match[2] or " ") if match else -1.0
