"""One Slurm job with all it knows: the answer of `scontrol show job`.

Its head ends with the job's name, which may hold anything, newlines too; what Slurm itself says
begins with the last `UserId=… GroupId=` line. Other free texts have a line of their own. Keys stand
after three spaces; a line that begins otherwise continues the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from podtui.backends.schedulers.base import Account
from podtui.backends.schedulers.slurm_paths import output_path
from podtui.backends.schedulers.slurm_states import state_of, why, why_ended
from podtui.backends.schedulers.slurm_values import exit_status, moment, number, present, span
from podtui.domain.job import Job, JobKey

_RECORD = re.compile(r"(?:\A|\n\n)JobId=(?=\d+ )")
_BODY = re.compile(r"\n {3}(?=UserId=[^\s(]*\(\d+\) GroupId=)")
_PARTS = re.compile(r"\n {3}(?:HetJob|PackJob)IdSet=\S*\Z")
_LINE = re.compile(r"\n {3}(?=[A-Z][\w/:&]*=)")
_NEXT = re.compile(r"(?:^|\s)([A-Z][A-Za-z/:&_]*)=")
_FREE = frozenset(
    {
        "AdminComment",
        "Command",
        "Comment",
        "StdErr",
        "StdIn",
        "StdOut",
        "SubmitLine",
        "SystemComment",
        "WorkDir",
    }
)


def shown_jobs(cluster: str, text: str, account: Account) -> tuple[Job, ...]:
    """All records of the answer; one without an id or a state is left out."""
    jobs = (_job(cluster, fields, account) for fields in _fields(text))
    return tuple(job for job in jobs if job is not None)


def _fields(text: str) -> Iterator[dict[str, str]]:
    starts = [match.end() - len("JobId=") for match in _RECORD.finditer(text)]
    for start, end in pairwise((*starts, len(text) + 2)):
        record = text[start : end - 2].rstrip()
        bodies = [*_BODY.finditer(record)]
        at = bodies[-1].start() if bodies else len(record)
        head, _, name = _PARTS.sub("", record[:at]).partition(" JobName=")
        fields = dict(_pairs(head)) | {"JobName": name}
        for line in _LINE.split(record[at:])[1:]:
            for key, value in _pairs(line):
                fields.setdefault(key, value)
        yield fields


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """`A=1 B=x y` as A and B; a free text reaches to the line's end."""
    key, _, value = line.partition("=")
    if key in _FREE:
        yield key, value.removesuffix(" ")
        return
    # A=1 splits into what stands before, A, 1
    parts = iter(_NEXT.split(line)[1:])
    for name, told in zip(parts, parts, strict=True):
        yield name, told.strip()


def _id(fields: dict[str, str]) -> str:
    array, task = fields.get("ArrayJobId", ""), fields.get("ArrayTaskId", "")
    if array.isdigit():
        return f"{array}_{task}" if task.isdigit() else array
    for kind in ("HetJob", "PackJob"):  # so called before 20.02
        whole, part = fields.get(f"{kind}Id", ""), fields.get(f"{kind}Offset", "")
        if whole.isdigit() and part.isdigit():
            return f"{whole}+{part}"
    return fields.get("JobId", "")


def _job(cluster: str, fields: dict[str, str], account: Account) -> Job | None:
    job_id, word = _id(fields), fields.get("JobState", "")
    if not job_id.split("_")[0].split("+")[0].isdigit() or not word:
        return None
    reason = fields.get("Reason", "")
    state = state_of(word, reason, fields.get("Priority", ""))
    begin = moment(fields.get("StartTime", ""), account)
    folded = "ArrayJobId" in fields and not fields.get("ArrayTaskId", "").isdigit()
    stdout = output_path(fields.get("StdOut", ""), fields, folded=folded)
    stderr = output_path(fields.get("StdErr", ""), fields, folded=folded)
    return Job(
        JobKey(cluster, job_id),
        state,
        word,
        name=fields.get("JobName", ""),
        user=fields.get("UserId", "").partition("(")[0],
        queue=fields.get("Partition", ""),
        cores=number(fields.get("NumCPUs", "").partition("-")[0]),
        walltime=span(fields.get("TimeLimit", "")),
        submitted=moment(fields.get("SubmitTime", ""), account),
        started=None if state.pending else begin,
        ended=moment(fields.get("EndTime", ""), account) if state.ended else None,
        exit_status=exit_status(fields.get("ExitCode", "")) if state.ended else None,
        stdout=stdout,
        stderr=stderr or stdout,
        workdir=fields.get("WorkDir", ""),
        reason=why(reason) if state.pending else why_ended(word),
        expected_start=begin if state.pending else None,
        hosts=present(fields.get("NodeList", "")),
        attributes=tuple(fields.items()),
    )
