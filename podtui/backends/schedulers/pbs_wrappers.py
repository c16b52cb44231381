"""`qsub`, `qstat`, `pbsnodes` of slurm-wlm-torque: PBS's words in front of Slurm. Pure.

An imperfect scheduler, recorded against Slurm 22.05: a held job is told as Q, every ended job as C
without its exit status, `ctime` is when the job ends and `mtime` when it started, and the
variables of a job are not kept, so that nothing can be found by its token. `qstat -q` ends with
153 when all is well, and `qrerun` calls Slurm in a way it refuses.
"""

from __future__ import annotations

from podtui.backends.schedulers import pbs_commands, pbs_text
from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.pbs_answers import check_query, check_silence, job_argument
from podtui.backends.schedulers.pbs_commands import PbsCommands
from podtui.backends.schedulers.pbs_job import SLURM_WRAPPERS
from podtui.backends.schedulers.pbs_nodes import torque_node
from podtui.backends.schedulers.pbs_queues import read_queue_table
from podtui.domain.job import Job, JobList, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import NotOffered


class SlurmWrappers(PbsCommands):
    """Slurm seen through its PBS commands, where a login node has no others."""

    name = "slurm-wrappers"
    dialect = ScriptDialect.TORQUE

    def __init__(self, version: str = "") -> None:
        self.version = version

    def list_command(self, scope: Scope, account: Account) -> Argv:  # noqa: ARG002
        """All jobs: with `-u` the attributes are left out."""
        return ("qstat", "-f")

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs within `scope`."""
        check_query(output)
        word = pbs_commands.sought(scope, account)
        rows = pbs_text.job_records(output.stdout, word)
        found = pbs_commands.read_list(cluster, scope, account, rows, SLURM_WRAPPERS)
        if not (found.jobs or found.skipped):
            check_silence(output)
        return found

    def job_command(self, job_id: str) -> Argv:
        """One job."""
        return ("qstat", "-f", job_argument(job_id))

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job; NotFound some minutes after it ended."""
        check_query(output)
        rows = pbs_text.job_records(output.stdout)
        return pbs_commands.read_one(cluster, job_id, account, rows, SLURM_WRAPPERS, output)

    def finished_command(self, job_id: str) -> Argv:
        """The queue itself: the wrappers have no accounting."""
        return self.job_command(job_id)

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job while Slurm's controller keeps it."""
        return self.parse_job(cluster, job_id, account, output)

    def requeue_command(self, job_id: str) -> Argv:
        """NotOffered: the wrappers' qrerun has never worked with Slurm 22.05."""
        raise NotOffered(
            f"Slurm's qrerun cannot put {job_argument(job_id)} back into the queue.",
            hint="`scontrol requeue` on the login node does it.",
        )

    def find_command(self, token: str) -> Argv:  # noqa: ARG002
        """NotOffered: the wrappers tell no variables."""
        raise NotOffered(
            "Slurm's qstat keeps no variables, so a job cannot be found by its token.",
            hint="Configure this cluster as Slurm: squeue and sbatch are there too.",
        )

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:  # noqa: ARG002
        """NotOffered, as the command."""
        self.find_command(token)
        return ()

    def queues_command(self) -> Argv:
        """The table with how many run and wait."""
        return ("qstat", "-q")

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The partitions, as queues; the exit status says nothing once there is a table."""
        if not output.stdout.strip():
            check_query(output)
            return ()
        return read_queue_table(output.stdout)

    def nodes_command(self) -> Argv:
        """The machines."""
        return ("pbsnodes", "-a")

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The machines; which of their cores are free is told for idle ones alone."""
        check_query(output)
        rows = pbs_text.records(output.stdout, "node")
        return tuple(torque_node(row.id, row.facts) for row in rows)
