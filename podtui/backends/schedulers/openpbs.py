"""OpenPBS and PBS Professional: `qstat -x -t -f -F json`, with finished jobs of the history. Pure.

Releases before 14.1 have no JSON and are read as text. A job is looked up by its token in the text
form always: the JSON turns a token of digits into a number and may round it.

A server that keeps no history (the default) answers `-x` with no job at all, the words
"job_history_enable is set to false" and success (OpenPBS's qstat.c): it is asked again without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from podtui.backends.schedulers import openpbs_json, pbs_commands, pbs_text
from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.pbs_answers import check_query, check_silence, job_argument
from podtui.backends.schedulers.pbs_commands import PbsCommands, Records
from podtui.backends.schedulers.pbs_job import OPENPBS
from podtui.backends.schedulers.pbs_nodes import openpbs_node
from podtui.backends.schedulers.pbs_queues import read_queues
from podtui.backends.schedulers.pbs_text import Record
from podtui.backends.schedulers.pbs_values import moment
from podtui.domain.job import Job, JobList, Scope, ScriptDialect
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.script import find_token
from podtui.errors import BadAnswer

_FIRST_WITH_JSON = (14, 1)
_JSON = ("-F", "json")
_VERSION = re.compile(r"(?<![\d.])(\d{1,4})\.(\d{1,4})")
_TIMESTAMP = re.compile(rb'"timestamp":\s*(\d{1,12})')
_BEGINS = re.compile(rb"^(?:\{|Job Id:|     [a-zA-Z]+ = )", re.MULTILINE)
_RECENT = timedelta(days=1)
_ASK = """ask() { { said=$(qstat "$@" 2>&1 >&3 3>&-); code=$?; } 3>&1; }
ask -x "$@"
case $said in *job_history_enable*) ask "$@" ;; esac
[ -z "$said" ] || printf '%s\\n' "$said" >&2
exit "$code" """


class OpenPbs(PbsCommands):
    """OpenPBS in the release `version` names; one that names none is taken for a new one."""

    name = "openpbs"
    dialect = ScriptDialect.OPENPBS

    def __init__(self, version: str = "") -> None:
        self.version = version
        told = _VERSION.search(version)
        new = told is None or (int(told[1]), int(told[2])) >= _FIRST_WITH_JSON
        self._format = _JSON if new else ()

    def list_command(self, scope: Scope, account: Account) -> Argv:  # noqa: ARG002
        """All jobs, the history's and subjobs too: `qstat -u` cannot be had with attributes."""
        return _asked("-t", "-f", *self._format)

    def parse_list(self, cluster: str, scope: Scope, account: Account, output: Output) -> JobList:
        """The jobs within `scope`; of the ended ones the last day's, if the answer is dated."""
        check_query(output)
        rows = _rows(output.stdout, pbs_commands.sought(scope, account))
        found = pbs_commands.read_list(cluster, scope, account, rows, OPENPBS)
        if not (found.jobs or found.skipped):
            check_silence(output)
        now = _TIMESTAMP.search(output.stdout, 0, 200)
        since = moment(now[1].decode()) if now else None
        if since is None:
            return found
        since -= _RECENT
        jobs = tuple(job for job in found.jobs if job.ended is None or job.ended >= since)
        return JobList(jobs, found.skipped)

    def job_command(self, job_id: str) -> Argv:
        """One job, array (`3[].host`) or subjob (`3[2].host`), also when it has ended."""
        return _asked("-f", *self._format, job_argument(job_id))

    def parse_job(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job with all attributes; NotFound when the history has dropped it."""
        check_query(output)
        rows = _rows(output.stdout)
        return pbs_commands.read_one(cluster, job_id, account, rows, OPENPBS, output)

    def finished_command(self, job_id: str) -> Argv:
        """The server's history, which keeps `job_history_duration` (two weeks by default)."""
        return self.job_command(job_id)

    def parse_finished(self, cluster: str, job_id: str, account: Account, output: Output) -> Job:
        """The job with exit status and used resources; NotFound when there is no record."""
        return self.parse_job(cluster, job_id, account, output)

    def find_command(self, token: str) -> Argv:  # noqa: ARG002
        """All jobs as text, arrays as one."""
        return _asked("-f")

    def parse_find(self, token: str, output: Output) -> tuple[str, ...]:
        """The ids of the jobs whose Variable_List has the token; BadAnswer when it is cut off."""
        check_query(output)
        if output.stdout.strip() and not output.stdout.endswith(b"\n\n"):
            raise BadAnswer("qstat's list of jobs is incomplete: the job may be in the rest.")
        found = tuple(
            row.id
            for row in pbs_text.job_records(output.stdout)
            if row and find_token(row.facts.get("Variable_List", "")) == token
        )
        if not found:
            check_silence(output)
        return found

    def queues_command(self) -> Argv:
        """The server, which names the default queue, and the queues."""
        return pbs_commands.QUEUES

    def parse_queues(self, output: Output) -> tuple[Queue, ...]:
        """The queues with how many run and wait, and their cores where the site has set them."""
        check_query(output)
        queues = read_queues(output.stdout)
        if not queues:
            check_silence(output)
        return queues

    def nodes_command(self) -> Argv:
        """The machines with what they have and what is taken."""
        return ("pbsnodes", "-a", *self._format)

    def parse_nodes(self, output: Output) -> tuple[ComputeNode, ...]:
        """The machines with free cores and memory."""
        check_query(output)
        rows: Records = (
            openpbs_json.records(output.stdout)
            if _is_json(output.stdout)
            else pbs_text.records(output.stdout, "node")
        )
        nodes = tuple(openpbs_node(row.id, row.facts) for row in rows if row is not None)
        if not nodes:
            check_silence(output)
        return nodes


def _asked(*arguments: str) -> Argv:
    return ("sh", "-c", _ASK, "sh", *arguments)


def _is_json(stdout: bytes) -> bool:
    """Which of the two it is, whatever was asked for and whatever a site prints before it."""
    begins = _BEGINS.search(stdout)
    return begins is not None and begins[0] == b"{"


def _rows(stdout: bytes, word: str = "") -> Iterator[Record | None]:
    if not _is_json(stdout):
        yield from pbs_text.job_records(stdout, word)
        return
    broken = False
    for record in openpbs_json.records(stdout, word):
        broken = broken or record is None
        yield record
    if not broken and not openpbs_json.complete(stdout):
        if b'"Jobs"' not in stdout:
            raise BadAnswer("qstat -F json answered with something that is no list of jobs.")
        yield None
