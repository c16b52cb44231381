"""Slurm's list of jobs: the fields asked of squeue, and its answer read.

Names may hold newlines, so a record begins with a mark of its own instead of on a new line, and
the fields users write freely, folder and name, stand last. Every %-letter is known to all
versions since 14.03; unlike `--json` their meaning has not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm_states import state_of, why, why_ended
from podtui.backends.schedulers.slurm_trouble import failed, trouble, words
from podtui.backends.schedulers.slurm_values import listed_id, moment, number, present, span
from podtui.domain.job import Job, JobKey, JobList, JobState, StageState
from podtui.errors import BadAnswer

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


def records(text: str, mark: str, count: int) -> Iterator[list[str] | None]:
    """The fields of each record, None for a broken one; a text cut short has a broken last one."""
    for record in text.split(f"\x1e{mark}\x1f")[1:]:
        values = record[:-1].split("\x1f", count - 1)
        yield values if len(values) == count and record[-1] == "\n" else None


class SlurmListReading:
    """Reads squeue's answer, in its order, also while it is still being printed.

    A record is whole once the next one has begun; one that stood in the answer before, word for
    word, is the job it was. A group's jobs are picked here, for squeue cannot ask for a unix group.
    """

    def __init__(
        self,
        cluster: str,
        mark: str,
        account: Account,
        group: str = "",
        before: Mapping[str, Job] = MappingProxyType({}),
    ) -> None:
        self._cluster, self._account, self._group = cluster, account, group
        self._before = before
        self._mark = f"\x1e{mark}\x1f"
        self._begin = self._mark.encode()
        self._rest = b""
        self._read = 0  # bytes of stdout
        self._row: _Row | None = None
        self._jobs: list[Job] = []
        self._skipped = 0
        self.known: dict[str, Job] = {}

    def take(self, piece: bytes) -> None:
        """Read the records that are whole by now."""
        self._rest += piece
        end = self._rest.rfind(self._begin)
        if end > 0:
            self._take(self._rest[:end])
            self._rest = self._rest[end:]
            self._read += end

    def whole(self, output: Output) -> JobList:
        """The jobs, now that squeue has ended; raises what it complained about."""
        said = bool(output.stdout.strip())
        if output.returncode or (failed(output) and not said):
            raise trouble(output)
        self._take(output.stdout[self._read :])
        if said and not self._jobs and not self._skipped:
            raise BadAnswer(f"squeue's answer is not the list asked for: {words(output)}")
        jobs: Iterable[Job] = self._jobs
        if self._group:
            jobs = (job for job in jobs if job.attribute(GROUP) == self._group)
        return JobList(tuple(jobs), self._skipped)

    def _take(self, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        told = text.split(self._mark)[1:]
        for record, known in zip(told, map(self._before.get, told), strict=True):
            job = known or self._job(record)
            if job is None:
                self._skipped += 1
            else:
                self.known[record] = job
                self._jobs.append(job)

    def _job(self, record: str) -> Job | None:
        shown_id, raw_id, rest = _ids_and_rest(record)
        if self._row is None or not self._row.repeats_in(rest):
            self._row = _row(rest, self._account)
        return self._row.job(self._cluster, shown_id, raw_id, rest) if self._row else None


_NEW = object.__new__
_SETTERS = tuple(getattr(Job, field.name).__set__ for field in fields(Job))
"""A frozen dataclass's own __init__ takes three times as long: half of reading a long list."""


def _ids_and_rest(record: str) -> tuple[str, str, str]:
    """The id as shown, the raw one, and all else; empty for what is broken."""
    shown_id, _, more = record.partition("\x1f")
    raw_id, _, rest = more.partition("\x1f")
    return shown_id, raw_id, rest


@dataclass(frozen=True, slots=True)
class _Row:
    """A row but for its ids: the tasks of an array repeat it, and 50,000 are read as one.

    `before` and `after` are its text around the number of the task; `facts` the values of a Job
    between its key and its attributes, in their order.
    """

    before: str
    after: str
    facts: tuple[Any, ...]
    common: tuple[tuple[str, str], ...]

    def repeats_in(self, rest: str) -> bool:
        """Whether another row's text says the same."""
        return (
            rest.startswith(self.before)
            and rest.endswith(self.after)
            and len(rest) >= len(self.before) + len(self.after)
            and "\x1f" not in self.task(rest)
        )

    def task(self, rest: str) -> str:
        """The number of the task in a text that says the same."""
        return rest[len(self.before) : len(rest) - len(self.after)]

    def job(self, cluster: str, shown_id: str, raw_id: str, rest: str) -> Job | None:
        """The job of a row that says the same; None when its id is none."""
        job_id = listed_id(shown_id)
        if not job_id:
            return None
        numbers = ("JobId", raw_id), ("ArrayTaskId", present(self.task(rest)))
        job: Job = _NEW(Job)
        values = (JobKey(cluster, job_id), *self.facts, (*numbers, *self.common))
        for put, value in zip(_SETTERS, values, strict=True):
            put(job, value)
        return job


def _row(rest: str, account: Account) -> _Row | None:
    """None for a row that is broken or cut short."""
    values = rest[:-1].split("\x1f", len(_FIELDS) - 3)
    if len(values) != len(_FIELDS) - 2 or rest[-1] != "\n" or not values[0]:
        return None
    (
        word, reason, user, group, queue, cores, walltime, submitted, start,
        end, priority, project, qos, nodes, dependency, task, hosts, workdir, name,
    ) = values  # fmt: skip
    state = state_of(word, reason, priority)
    waits, begin = state.pending, moment(start, account)
    facts = (
        *(state, word, name, user, queue, number(cores), span(walltime)),
        moment(submitted, account),
        None if waits else begin,
        moment(end, account) if state.ended else None,
        *(None, "", ""),  # squeue tells no exit status, nor where the output goes
        workdir,
        why(reason) if waits or state is JobState.SUSPENDED else why_ended(word),
        begin if waits else None,
        present(hosts),
        *(StageState.NONE, StageState.NONE),
    )
    after = "\x1f".join(("", hosts, workdir, name)) + "\n"
    before = rest[: len(rest) - len(after) - len(task)]
    common = _common(group, project, qos, nodes, priority, reason, dependency)
    return _Row(before, after, facts, common)


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
