"""Grid Engine on the command line (SGE 8.1.9 and its kin): commands out, bytes in.

A submitted script's token is among the job's variables as long as the job waits or runs. Accounting
has no variables: so the submission also writes token and number into a file on the login node,
where a job that has ended already is still found.
"""

from __future__ import annotations

import re

from podtui.backends.schedulers import (
    sge_accounting,
    sge_answers,
    sge_capacity,
    sge_detail,
    sge_rows,
    sge_submission,
)
from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.sge_ids import target
from podtui.backends.schedulers.sge_xml import Element, decode, tree
from podtui.domain.job import Job, JobKey, JobList, JobState, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import BadAnswer, InputError, NotFound, Refused

_NAME = re.compile(r"[\w.@\\][\w.@\\-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,253}")

_GROUPS = "qstat -u '*' -r -xml; " + sge_submission.all_jobs("-e '/<JB_group>/p'")
_ONE_JOB = """qstat -j "$1" -xml; qstat -u '*' -r -xml | LC_ALL=C sed -n -e '/<job_list /{' \\
-e ':row' -e N -e '/<\\/job_list>/!b row' -e "/<JB_job_number>$1</p" -e '}'"""


class GridEngine:
    """The adapter: every command, and how its answer is read. `version` is qstat's own word."""

    name = "sge"
    dialect = ScriptDialect.SGE

    def __init__(self, version: str = "") -> None:
        self.version = version

    def list_command(self, scope: Scope, account: Account) -> Argv:
        """`qstat -r -xml`; for a unix group also each job's group, which qstat cannot select by."""
        if scope.group:
            return ("sh", "-c", _GROUPS)
        user = "*" if scope.everybody else _user(scope.user or account.user)
        return ("qstat", "-u", user, "-r", "-xml")

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs of `scope`; rows cut off or unreadable are counted."""
        sge_answers.check_query(output)
        text, end, rest = decode(output.stdout).partition("\n</job_info>")
        if "<job_info" not in text:
            raise sge_answers.unreadable(output)
        bodies, skipped = sge_rows.split(text)
        jobs, unreadable = sge_rows.jobs(cluster, bodies, account.zone)
        whole = end or text.rstrip().endswith("</job_info>")  # or all on one line
        skipped += unreadable or (0 if whole or skipped else 1)
        if scope.group:
            skipped += not sge_submission.is_whole(rest)
            groups = sge_rows.groups(rest)
            jobs = [job for job in jobs if groups.get(target(job.id).number) == scope.group]
        elif not scope.everybody:
            user = scope.user or account.user
            jobs = [job for job in jobs if job.user == user]
        return JobList(tuple(jobs), skipped)

    def job_command(self, job_id: str) -> Argv:
        """Its details, and its rows for the state that the details lack."""
        return ("sh", "-c", _ONE_JOB, "sh", target(job_id).number)

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job, the whole array or the task; NotFound when the queue has forgotten it."""
        sge_answers.check_query(output)
        wanted = target(job_id)
        details, end, listed = decode(output.stdout).partition("</detailed_job_info>")
        answer = tree(details)
        if answer.find("unknown_jobs"):
            raise NotFound(f"Grid Engine has no job {job_id} any more.")
        told = _element(answer, wanted.number)
        bodies, skipped = sge_rows.split(listed)
        if told is None or not end or skipped:
            raise sge_answers.unreadable(output)
        rows, _ = sge_rows.jobs(cluster, bodies, account.zone)
        mine = [row for row in rows if wanted.meets(row.attribute("tasks"))]
        if not mine:
            raise NotFound(f"Grid Engine has no job {job_id} any more: it ended just now.")
        return sge_detail.merged(job_id, wanted, mine, told, answer)

    def finished_command(self, job_id: str) -> Argv:
        """Its records in accounting."""
        wanted = target(job_id)
        return ("qacct", "-j", *wanted.argv)

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The ended job; one deleted before it began has no record and is NotFound."""
        found, skipped = sge_accounting.records(decode(output.stdout))
        if skipped:
            raise BadAnswer(f"qacct's records of job {job_id} are cut off or cannot be read.")
        if found:
            key = JobKey(cluster, job_id)
            return sge_accounting.finished(key, target(job_id), found, account.zone)
        said = sge_answers.words(output)
        if re.search(r"(?:job id|tasks) \S+ not found|no jobs running since startup", said):
            raise NotFound(f"Accounting has no job {job_id}: {said}")
        raise sge_answers.unreadable(output)

    def submit_command(self, path: str, *, hold: bool) -> Argv:
        """`qsub -terse`, which prints nothing but the job's number; the number is written down."""
        return sge_submission.submit_command(path, hold=hold)

    def parse_submit(self, output: Output) -> str:
        """The number of the job or of the array."""
        return sge_answers.submitted_id(output)

    def find_command(self, token: str) -> Argv:
        """What was written down, else the variables of all jobs that wait or run."""
        return sge_submission.find_command(token)

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:
        """The numbers of the jobs that carry `token`, ended or not."""
        return sge_submission.found(token, output)

    def cancel_command(self, job_id: str) -> Argv:
        """`qdel`; tasks by -t."""
        return ("qdel", *target(job_id).argv)

    def hold_command(self, job_id: str) -> Argv:
        """`qhold`: a user's hold."""
        return ("qhold", *target(job_id).argv)

    def release_command(self, job_id: str) -> Argv:
        """`qrls`: the user's hold goes; a hold by an operator or a dependency stays."""
        return ("qrls", *target(job_id).argv)

    def requeue_command(self, job_id: str) -> Argv:
        """`qmod -rj`: refused unless the job (-r y) or its queue allows to run it again."""
        return ("qmod", "-rj", target(job_id).dotted)

    def check_change(self, job_id: str, output: Output) -> None:
        """Raise what the answer to cancel, hold, release or requeue says went wrong."""
        sge_answers.check_change(job_id, output)

    def queues_command(self) -> Argv:
        """The queues' slots, and their configuration for the time limits."""
        return ("sh", "-c", "qstat -g c -xml; qconf -sq '*'")

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The queues; without time limits where qconf is not for everybody."""
        sge_answers.check_query(output)
        summary, end, configuration = decode(output.stdout).partition("</job_info>")
        if not end:
            raise sge_answers.unreadable(output)
        return sge_capacity.queues(tree(summary), configuration)

    def nodes_command(self) -> Argv:
        """The machines with their queues' slots."""
        return ("qhost", "-q", "-xml")

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The machines with what is free."""
        sge_answers.check_query(output)
        text = decode(output.stdout)
        if "<qhost" not in text:
            raise sge_answers.unreadable(output)
        return sge_capacity.nodes(tree(text))

    def shell_command(self, job: Job) -> Argv:
        """A shell on the machine of the job: Grid Engine cannot join a job that runs."""
        host = job.hosts.split(",")[0]
        if job.state is not JobState.RUNNING or not _HOST.fullmatch(host):
            raise Refused(f"Job {job.id} does not run on a machine now.")
        return ("ssh", "-t", host)


def _user(name: str) -> str:
    """A user's name as `qstat -u` takes it; it would read `*` and `,` as its own."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is not a user's name.", hint="Nothing was asked.")
    return name


def _element(answer: Element, number: str) -> Element | None:
    for listed in answer.all("djob_info"):
        for element in listed.children:
            if element.value("JB_job_number") == number:
                return element
    return None
