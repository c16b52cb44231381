"""TORQUE: `qstat -x` (XML, times since 1970) for jobs, `pbsnodes -x` for machines. Pure.

`qstat -u` would leave all attributes but a table's out, so lists ask for all jobs and choose by
`Job_Owner` or `egroup`. A finished job is kept `keep_completed` seconds as C; after that its id is
unknown, which says that it ended and nothing of how.

Two variables make qstat leave jobs out (TORQUE's qstat.c); they are taken out of its environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from podtui.backends.schedulers import pbs_commands
from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.pbs_answers import check_query, check_silence, job_argument
from podtui.backends.schedulers.pbs_commands import PbsCommands
from podtui.backends.schedulers.pbs_job import TORQUE
from podtui.backends.schedulers.pbs_nodes import torque_node
from podtui.backends.schedulers.pbs_queues import read_queues
from podtui.backends.schedulers.pbs_text import Record
from podtui.backends.schedulers.torque_xml import records
from podtui.domain.job import Job, JobList, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.script import find_token
from podtui.errors import BadAnswer

_ASK = 'unset PBS_QSTAT_NO_COMPLETE PBS_QSTAT_EXECONLY; exec qstat -x "$@"'


class Torque(PbsCommands):
    """TORQUE of any release that knows `qstat -x` (2.0 and later)."""

    name = "torque"
    dialect = ScriptDialect.TORQUE

    def __init__(self, version: str = "") -> None:
        self.version = version

    def list_command(self, scope: Scope, account: Account) -> Argv:  # noqa: ARG002
        """All jobs with each task of an array (`-t`), whatever the scope: see the module."""
        return _asked("-t")

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs within `scope`; no output at all is an empty queue."""
        check_query(output)
        rows = _to_the_end(output.stdout, pbs_commands.sought(scope, account))
        found = pbs_commands.read_list(cluster, scope, account, rows, TORQUE)
        if not (found.jobs or found.skipped):
            check_silence(output)
        return found

    def job_command(self, job_id: str) -> Argv:
        """One job, array (`3[].vm`) or task (`3[2].vm`)."""
        return _asked(job_argument(job_id))

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job with all attributes; NotFound some minutes after it ended."""
        check_query(output)
        rows = records(output.stdout, "Job", "Job_Id")
        return pbs_commands.read_one(cluster, job_id, account, rows, TORQUE, output)

    def finished_command(self, job_id: str) -> Argv:
        """The queue itself: TORQUE's accounting is readable on its server alone."""
        return self.job_command(job_id)

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job while it is kept; NotFound when it ended and nobody can tell how."""
        return self.parse_job(cluster, job_id, account, output)

    def find_command(self, token: str) -> Argv:  # noqa: ARG002
        """All jobs, arrays as one."""
        return _asked()

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:
        """The ids of the jobs whose Variable_List has the token; BadAnswer when it is cut off."""
        check_query(output)
        rows = tuple(_to_the_end(output.stdout))
        if None in rows:
            raise BadAnswer("qstat's list of jobs is incomplete: the job may be in the rest.")
        found = tuple(
            row.id
            for row in rows
            if row and find_token(row.facts.get("Variable_List", "")) == token
        )
        if not found:
            check_silence(output)
        return found

    def queues_command(self) -> Argv:
        """The server, which names the default queue, and the queues."""
        return pbs_commands.QUEUES

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The queues with how many run and wait."""
        check_query(output)
        queues = read_queues(output.stdout)
        if not queues:
            check_silence(output)
        return queues

    def nodes_command(self) -> Argv:
        """The machines with their jobs."""
        return ("pbsnodes", "-x")

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The machines; free cores are slots that no job holds."""
        check_query(output)
        rows = records(output.stdout, "Node", "name")
        nodes = tuple(torque_node(row.id, row.facts) for row in rows if row is not None)
        if not nodes:
            check_silence(output)
        return nodes


def _asked(*arguments: str) -> Argv:
    return ("sh", "-c", _ASK, "sh", *arguments)


def _to_the_end(stdout: bytes, word: str = "") -> Iterator[Record | None]:
    """The jobs, and None once more when the document breaks off behind a whole job."""
    broken = False
    for record in records(stdout, "Job", "Job_Id", word):
        broken = broken or record is None
        yield record
    if stdout.strip() and not broken and not stdout.rstrip().endswith((b"</Data>", b"<Data/>")):
        if b"<Data" not in stdout:
            raise BadAnswer("qstat -x answered with something that is no list of jobs.")
        yield None
