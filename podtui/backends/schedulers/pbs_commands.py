"""The commands TORQUE, OpenPBS and Slurm's wrappers have in common, and the reading of lists. Pure.

Submissions carry their token in the script's `#PBS -v`; nothing here may ever pass `-v` on the
command line, because OpenPBS lets that one replace the script's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from podtui.backends.schedulers import pbs_answers
from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.pbs_answers import job_argument
from podtui.backends.schedulers.pbs_arrays import folded
from podtui.backends.schedulers.pbs_job import Facts, Names, in_group, owner, read_job
from podtui.backends.schedulers.pbs_text import Record
from podtui.domain.job import Job, JobKey, JobList, JobState, Scope
from podtui.domain.text import visible
from podtui.errors import BadAnswer, InputError, NotOffered

Records = Iterable[Record | None]

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
QUEUES = ("sh", "-c", "qstat -B -f && qstat -Q -f")


class PbsCommands:
    """Submitting, acting on jobs, and a shell beside one: the same words everywhere."""

    def submit_command(self, path: str, *, hold: bool) -> Argv:
        """`qsub [-h] PATH`; the path is absolute, so that it is never taken for an option."""
        if not path.startswith("/"):
            raise InputError(f"{visible(path, 80)!r} is not an absolute path.")
        return ("qsub", "-h", path) if hold else ("qsub", path)

    def parse_submit(self, output: Output) -> str:
        """The new job's id, whole: `22783.pod`, `3[].vm` for an array."""
        return pbs_answers.submitted_id(output)

    def cancel_command(self, job_id: str) -> Argv:
        """`qdel ID`; `3[].vm` ends an array, `3[2].vm` one task."""
        return ("qdel", job_argument(job_id))

    def hold_command(self, job_id: str) -> Argv:
        """`qhold -h u ID`: a user's hold, said aloud because Slurm's wrapper has no default."""
        return ("qhold", "-h", "u", job_argument(job_id))

    def release_command(self, job_id: str) -> Argv:
        """`qrls -h u ID`: takes away a user's hold."""
        return ("qrls", "-h", "u", job_argument(job_id))

    def requeue_command(self, job_id: str) -> Argv:
        """`qrerun ID`; many sites keep it for operators and then say so."""
        return ("qrerun", job_argument(job_id))

    def check_change(self, job_id: str, output: Output) -> None:
        """Raise what the answer to cancel, hold, release or requeue says went wrong."""
        pbs_answers.check_change(job_id, output)

    def shell_command(self, job: Job) -> Argv:
        """A login on the first machine of `exec_host`: PBS has no command of its own for it."""
        host = re.split(r"[/+:*]", job.hosts, maxsplit=1)[0]
        if job.state is not JobState.RUNNING or not _HOST.fullmatch(host):
            raise NotOffered(
                f"Job {visible(job.id, 40)} runs on no machine that is told.",
                hint="A shell can be opened beside a job that runs.",
            )
        return ("ssh", "-t", host)


def read_list(
    cluster: str,
    scope: Scope,
    account: Account,
    records: Records,
    names: Names,
) -> JobList:
    """The jobs within `scope`; qstat cannot ask for a user's or a group's with their attributes."""
    inside = _within(scope, account)
    jobs: list[Job] = []
    skipped = 0
    for record in records:
        if record is None or not record.facts.get("job_state"):
            skipped += 1
        elif inside(record.facts):
            key = JobKey(cluster, record.id)
            jobs.append(read_job(key, record.facts, names, account.zone, attributes=False))
    return JobList(folded(jobs), skipped)


def read_one(
    cluster: str,
    job_id: str,
    account: Account,
    records: Records,
    names: Names,
    output: Output,
) -> Job:
    """The job that was asked for, with all attributes; when there is none in it, what was said."""
    for record in records:
        if record is not None and record.facts.get("job_state"):
            return read_job(JobKey(cluster, record.id), record.facts, names, account.zone)
    pbs_answers.check_silence(output)
    raise BadAnswer(f"qstat told nothing that can be read about job {visible(job_id, 60)}.")


def sought(scope: Scope, account: Account) -> str:
    """A word the record of each job within `scope` has in it: the name of the user or the group."""
    return "" if scope.everybody else scope.group or scope.user or account.user


def _within(scope: Scope, account: Account) -> Callable[[Facts], bool]:
    if scope.everybody:
        return lambda facts: True  # noqa: ARG005 - every job
    if scope.group:
        return lambda facts: in_group(facts, scope.group)
    user = scope.user or account.user
    return lambda facts: owner(facts) == user
