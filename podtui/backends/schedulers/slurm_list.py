"""Slurm's list of jobs: the fields asked of squeue, and its answer read.

Names may hold newlines, so a record begins with a mark of its own instead of on a new line, and
the fields users write freely, folder and name, stand last. Every %-letter is known to all
versions since 14.03; unlike `--json` their meaning has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from podtui.backends.schedulers.base import Account
from podtui.backends.schedulers.slurm_states import state_of, why
from podtui.backends.schedulers.slurm_values import listed_id, moment, number, present, span
from podtui.domain.job import Job, JobKey, JobList, JobState

_FIELDS = {
    "id": "%i",
    "raw_id": "%A",
    "state": "%T",
    "reason": "%r",
    "user": "%u",
    "group": "%g",
    "queue": "%P",
    "cores": "%C",
    "walltime": "%l",
    "submitted": "%V",
    "start": "%S",
    "end": "%e",
    "priority": "%Q",
    "account": "%a",
    "qos": "%q",
    "nodes": "%D",
    "dependency": "%E",
    "tasks": "%K",
    "hosts": "%N",
    "workdir": "%Z",
    "name": "%j",
}
GROUP = "GroupId"


def list_format(mark: str) -> str:
    """squeue's -o, each record beginning with `mark`."""
    return "\x1f".join((f"\x1e{mark}", *_FIELDS.values()))


def records(text: str, mark: str, fields: int) -> Iterator[list[str] | None]:
    """The fields of each record, None for a broken one; a text cut short has a broken last one."""
    start = f"\x1e{mark}\x1f"
    at = text.find(start)
    while at >= 0:
        after = text.find(start, at + len(start))
        whole = text[(after if after >= 0 else len(text)) - 1] == "\n"
        end = (after if after >= 0 else len(text)) - 1
        values = text[at + len(start) : end].split("\x1f", fields - 1)
        yield values if whole and len(values) == fields else None
        at = after


def read_list(cluster: str, text: str, mark: str, account: Account) -> JobList:
    """The jobs in squeue's answer, in its order."""
    jobs = []
    skipped = 0
    for values in records(text, mark, len(_FIELDS)):
        job = _job(cluster, values, account) if values is not None else None
        if job is None:
            skipped += 1
        else:
            jobs.append(job)
    return JobList(tuple(jobs), skipped)


def _job(cluster: str, values: list[str], account: Account) -> Job | None:
    (
        shown_id, raw_id, word, reason, user, group, queue, cores, walltime, submitted, start,
        end, priority, project, qos, nodes, dependency, tasks, hosts, workdir, name,
    ) = values  # fmt: skip
    job_id = listed_id(shown_id)
    if not job_id or not word:
        return None
    state = state_of(word, reason, priority)
    begin = moment(start, account)
    common = _common(group, project, qos, nodes, priority, reason, dependency)
    return Job(
        JobKey(cluster, job_id),
        state,
        word,
        name=name,
        user=user,
        queue=queue,
        cores=number(cores),
        walltime=span(walltime),
        submitted=moment(submitted, account),
        started=None if state.pending else begin,
        ended=moment(end, account) if state.ended else None,
        workdir=workdir,
        reason=why(reason) if state.pending or state is JobState.SUSPENDED else "",
        expected_start=begin if state.pending else None,
        hosts=present(hosts),
        attributes=(("JobId", raw_id), ("ArrayTaskId", present(tasks)), *common),
    )


@lru_cache(maxsize=1024)
def _common(
    group: str,
    account: str,
    qos: str,
    nodes: str,
    priority: str,
    reason: str,
    dependency: str,
) -> tuple[tuple[str, str], ...]:
    """Attributes under scontrol's names; made once, for most jobs of a list share theirs."""
    return (
        (GROUP, group),
        ("Account", account),
        ("QOS", qos),
        ("NumNodes", nodes),
        ("Priority", priority),
        ("Reason", reason),
        ("Dependency", present(dependency)),
    )
