"""Slurm: the commands of squeue, scontrol, sacct, sbatch, scancel and sinfo, and their answers.

Variables that would change an answer's shape or a submission's comment are taken out of the
environment, and times are asked for in seconds since 1970, so that no zone can be mistaken.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from podtui.backends.schedulers.base import Account, Argv, ListReading, Output
from podtui.backends.schedulers.slurm_accounting import FIELDS, read_accounting
from podtui.backends.schedulers.slurm_cluster import QUEUE_FORMAT, read_nodes, read_queues
from podtui.backends.schedulers.slurm_find import find_script, read_found
from podtui.backends.schedulers.slurm_list import SlurmListReading, list_format
from podtui.backends.schedulers.slurm_show import shown_jobs
from podtui.backends.schedulers.slurm_trouble import failed, trouble
from podtui.backends.schedulers.slurm_values import split_cluster
from podtui.backends.schedulers.slurm_whole import chosen
from podtui.domain.job import Job, JobList, JobState, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import NotFound, NotOffered, OutcomeUnknown

_CLUSTERS = ("-u", "SLURM_CLUSTERS")
_ENV = ("env", *_CLUSTERS, "SLURM_TIME_FORMAT=%s")
_SQUEUE_VARIABLES = (
    "ACCOUNT", "ARRAY", "ARRAY_UNIQUE", "FEDERATION", "LICENSES", "LOCAL", "NAMES", "NODELIST",
    "PARTITION", "PRIORITY", "QOS", "RESERVATION", "SIBLING", "SORT", "USERS",
)  # fmt: skip
_SQUEUE = (
    "env",
    *_CLUSTERS,
    *(part for name in _SQUEUE_VARIABLES for part in ("-u", f"SQUEUE_{name}")),
    "SLURM_TIME_FORMAT=%s",
    "squeue",
)
_SBATCH = ("env", *_CLUSTERS, "-u", "SBATCH_CLUSTERS", "-u", "SBATCH_COMMENT", "-u", "SBATCH_WAIT")
_VERSION = re.compile(r"(\d+)\.(\d+)")
_SUBMITTED = re.compile(r"^(?:Submitted batch job )?(\d+(?:;[\w.-]+)?)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Slurm:
    """Slurm on the command line, 17.11 and newer.

    `version` is what `sinfo -V` prints. `mark` begins each record of squeue: random, so that no
    job's name can pose as another job.
    """

    version: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    name: str = "Slurm"
    dialect: ScriptDialect = ScriptDialect.SLURM

    def list_command(self, scope: Scope, account: Account) -> Argv:
        """squeue for all states, for ended jobs stay in it for a while (MinJobAge, 5 minutes)."""
        user = "" if scope.everybody or scope.group else scope.user or account.user
        whose = ("-u", user) if user else ()
        return (*_SQUEUE, "-h", "-a", "-t", "all", *whose, "-o", list_format(self.mark))

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs; a group's are picked here, for squeue cannot ask for a unix group."""
        return self.list_reading(cluster, scope, account).whole(output)

    def list_reading(
        self,
        cluster: str,
        scope: Scope,
        account: Account,
        before: Mapping[str, Job] = MappingProxyType({}),
    ) -> ListReading:
        """What reads squeue's answer while it is printed: 50,000 jobs take squeue a second."""
        return SlurmListReading(cluster, self.mark, account, scope.group, before)

    def job_command(self, job_id: str) -> Argv:
        """scontrol, which alone knows where the output goes."""
        where, there = split_cluster(job_id)
        return (*_ENV, "scontrol", *where, "-a", "show", "job", there)

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job; an array or a het job as one, with `Parts` saying how many are in what state."""
        jobs = shown_jobs(cluster, _text(output), account)
        if not jobs:
            _check_empty(output)
        return _asked(job_id, jobs, f"Slurm's queue has no job {job_id} any more.")

    def finished_command(self, job_id: str) -> Argv:
        """sacct with the steps, which know the memory used."""
        where, there = split_cluster(job_id)
        fields = ",".join(FIELDS)
        return (*_ENV, "sacct", *where, "-n", "-P", "--delimiter=\x1f", "-j", there, "-o", fields)

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job as accounting has it; NotOffered where Slurm runs without accounting."""
        jobs = read_accounting(cluster, _text(output), account).jobs
        if not jobs:
            _check_empty(output)
        return _asked(job_id, jobs, f"Slurm's accounting has no record of job {job_id}.")

    def submit_command(self, path: str, *, hold: bool) -> Argv:
        """SBATCH_COMMENT would replace the script's comment, and with it the token."""
        return (*_SBATCH, "sbatch", "--parsable", *(("--hold",) if hold else ()), "--", path)

    def parse_submit(self, output: Output) -> str:
        """`17`, or `17;other` when the script names a sibling cluster."""
        ids = _SUBMITTED.findall(_text(output))
        if ids:
            return str(ids[-1])
        if failed(output):
            raise trouble(output, change=True)
        raise OutcomeUnknown("sbatch told no job id.")

    def find_command(self, token: str) -> Argv:
        """squeue, and sacct for what the queue forgot; neither can ask for a comment itself."""
        return ("sh", "-c", find_script(token, self.mark, _SQUEUE, _ENV))

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:
        """The ids; raises when the queue, or an accounting that there is, did not answer."""
        return read_found(token, _text(output), self.mark, output)

    def cancel_command(self, job_id: str) -> Argv:
        """scancel; an array's id ends all its tasks."""
        where, there = split_cluster(job_id)
        return (*_ENV, "scancel", *where, there)

    def hold_command(self, job_id: str) -> Argv:
        """scontrol hold."""
        return self._control("hold", job_id)

    def release_command(self, job_id: str) -> Argv:
        """scontrol release."""
        return self._control("release", job_id)

    def requeue_command(self, job_id: str) -> Argv:
        """scontrol requeue; an ended job runs once more."""
        return self._control("requeue", job_id)

    def _control(self, verb: str, job_id: str) -> Argv:
        where, there = split_cluster(job_id)
        return (*_ENV, "scontrol", *where, verb, there)

    def check_change(self, job_id: str, output: Output) -> None:  # noqa: ARG002 - it names the job
        """scancel of a job it does not know succeeds in silence: the next list tells the truth."""
        if failed(output):
            raise trouble(output, change=True)

    def queues_command(self) -> Argv:
        """sinfo, one row a partition."""
        return (*_ENV, "sinfo", "-h", "-a", "-o", QUEUE_FORMAT)

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The partitions; Slurm keeps no count of jobs in them."""
        queues = read_queues(_text(output))
        if not queues:
            _check_empty(output)
        return queues

    def nodes_command(self) -> Argv:
        """scontrol, for sinfo cuts long values."""
        return (*_ENV, "scontrol", "-a", "-o", "show", "node")

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The nodes; free means not given to a job, whatever the machine measures."""
        nodes = read_nodes(_text(output))
        if not nodes:
            _check_empty(output)
        return nodes

    def shell_command(self, job: Job) -> Argv:
        """A step beside the job's own; since Slurm 20.11 that needs --overlap."""
        if job.state is not JobState.RUNNING:
            raise NotOffered(f"Job {job.id} is not running: there is nowhere to open a shell.")
        where, there = split_cluster(job.id)
        raw = job.attribute("JobId") or there
        version = _VERSION.search(self.version)
        old = version is not None and (int(version[1]), int(version[2])) < (20, 11)
        beside = () if old else ("--overlap",)
        return ("srun", *where, f"--jobid={raw}", *beside, "--pty", "/bin/bash", "-l")


def _text(output: Output) -> str:
    return output.stdout.decode("utf-8", "surrogateescape")


def _asked(job_id: str, jobs: Sequence[Job], missing: str) -> Job:
    job = chosen(job_id.partition(";")[0], jobs)
    if job is None:
        raise NotFound(missing)
    return job


def _check_empty(output: Output) -> None:
    """Nothing was read: fine when the command succeeded and said nothing."""
    if failed(output) or output.stdout.strip():
        raise trouble(output)
