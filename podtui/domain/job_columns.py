"""What is known of a row of the job table: one table of fields for columns, order and filter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from operator import attrgetter

from podtui.domain.job import JobState, StageState
from podtui.domain.job_table import JobRow

_DIGITS = re.compile(r"\d+")
_STATES = tuple(JobState)


class FieldKind(Enum):
    """How a field is compared."""

    TEXT = "text"
    WORD = "word"
    NUMBER = "number"
    SPAN = "span of time"
    TIME = "time"


Number = Callable[[JobRow, float], float | None]
"""A row's value and the seconds since 1970 that are now → a number; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class JobField:
    """One fact of a row. `text` is raw: what shows it makes it harmless.

    `number` is what NUMBER, SPAN (seconds) and TIME (seconds since 1970) are compared by. `least`
    and `most` bound the column's width in cells. `late` columns begin with their greatest value
    when one first sorts by them. `optional` is left out first where there is no room. What `moves`
    changes with the clock alone.
    """

    name: str
    label: str
    tells: str
    text: Callable[[JobRow], str]
    kind: FieldKind = FieldKind.TEXT
    number: Number | None = None
    least: int = 5
    most: int = 20
    right: bool = False
    late: bool = False
    optional: bool = False
    moves: bool = False

    def order(self, row: JobRow, now: float) -> str | float | None:
        """What the table is sorted by; None comes last whichever way."""
        if self.number is not None:
            return self.number(row, now)
        text = self.text(row)
        return natural(text) if text else None

    def orders(self, rows: Sequence[JobRow], now: float) -> list[str | float | None]:
        """What each of many is sorted by: a text that many have is made comparable once."""
        if self.number is not None:
            number = self.number
            return [number(row, now) for row in rows]
        texts = list(map(self.text, rows))
        known = {text: natural(text) if text else None for text in set(texts)}
        return [known[text] for text in texts]


def natural(text: str) -> str:
    """`text` so that job9 sorts before job10, and capitals like small letters."""
    if text.isdecimal():  # most ids: a tenth of the time
        return text.zfill(12)
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), text).casefold()


def _seconds(when: datetime | None) -> float | None:
    return None if when is None else when.timestamp()


def age(row: JobRow, now: float) -> float | None:
    """Seconds a job ran, runs, or has waited; None where the cluster does not tell."""
    job = row.job
    since = job.started or job.submitted
    if since is None:
        return None
    if job.ended is not None:
        return (job.ended - since).total_seconds()
    return None if job.state.ended else now - since.timestamp()


def _left(row: JobRow, now: float) -> float | None:
    job = row.job
    if job.state is not JobState.RUNNING or job.walltime is None or job.started is None:
        return None
    return job.started.timestamp() + job.walltime.total_seconds() - now


def _walltime(row: JobRow, now: float) -> float | None:  # noqa: ARG001 - the form of a Number
    return None if row.job.walltime is None else row.job.walltime.total_seconds()


def _number(text: str) -> Number:
    return lambda row, now: getattr(row.job, text)  # noqa: ARG005 - the form of a Number


def _time(name: str) -> Number:
    return lambda row, now: _seconds(getattr(row.job, name))  # noqa: ARG005


def _rank(row: JobRow, now: float) -> float:  # noqa: ARG001 - the form of a Number
    return float(_STATES.index(row.job.state))


def _shown_number(name: str) -> Callable[[JobRow], str]:
    def text(row: JobRow) -> str:
        value = getattr(row.job, name)
        return "" if value is None else str(value)

    return text


def _stage(state: StageState) -> str:
    return "done" if state is StageState.FINISHED else state.value


def _nothing(row: JobRow) -> str:  # noqa: ARG001 - times and spans have no text of their own
    return ""


_SEARCHED = {
    "cluster": "job.key.cluster",
    "id": "job.key.id",
    "name": "job.name",
    "user": "job.user",
    "state": "job.state._value_",
    "native": "job.native_state",
    "queue": "job.queue",
}
WORDS = tuple(_SEARCHED)
"""The fields a word without a field is looked for in."""
searched: Callable[[JobRow], tuple[str, ...]] = attrgetter(*_SEARCHED.values())
"""All of them of a row at once: 100,000 rows are not asked one by one in Python."""


def _searched(name: str) -> Callable[[JobRow], str]:
    return attrgetter(_SEARCHED[name])


_W, _N, _S, _T = FieldKind.WORD, FieldKind.NUMBER, FieldKind.SPAN, FieldKind.TIME
FIELDS = (
    JobField("cluster", "Cluster", "the cluster's name here",
             _searched("cluster"), _W, least=7, most=14),
    JobField("id", "ID", "the scheduler's own id", _searched("id"), least=9),
    JobField("name", "Name", "the job's name", _searched("name"), least=9, most=40),
    JobField("user", "User", "whose job it is",
             _searched("user"), _W, most=12, optional=True),
    JobField("state", "State", "podtui's word for where the job stands",
             _searched("state"), _W, _rank, least=13, most=24),
    JobField("queue", "Queue", "queue or partition", _searched("queue"), _W, most=12),
    JobField("cores", "Cores", "cores in all",
             _shown_number("cores"), _N, _number("cores"), most=7, right=True, late=True),
    JobField("age", "Age", "how long it ran, runs, or has waited",
             _nothing, _S, age, most=7, right=True, late=True, moves=True),
    JobField("in", "Stage-in", "files that travel before the job",
             lambda r: _stage(r.job.stage_in), _W, least=8, most=10),
    JobField("out", "Stage-out", "files that travel after the job",
             lambda r: _stage(r.job.stage_out), _W, least=9, most=10),
    JobField("submitted", "Submitted", "when it was submitted",
             _nothing, _T, _time("submitted"), least=8, most=19, late=True),
    JobField("started", "Started", "when it started",
             _nothing, _T, _time("started"), least=8, most=19, late=True),
    JobField("ended", "Ended", "when it ended",
             _nothing, _T, _time("ended"), least=8, most=19, late=True),
    JobField("limit", "Limit", "how long it may run",
             _nothing, _S, _walltime, most=7, right=True, late=True),
    JobField("left", "Left", "how long it may run yet",
             _nothing, _S, _left, most=7, right=True, moves=True),
    JobField("expected", "Starts", "when the scheduler expects to start it",
             _nothing, _T, _time("expected_start"), least=8, most=19),
    JobField("exit", "Exit", "its exit status",
             _shown_number("exit_status"), _N, _number("exit_status"), least=4, most=5, right=True,
             late=True),
    JobField("native", "Native", "the scheduler's own word for the state",
             _searched("native"), _W, least=6, most=14),
    JobField("reason", "Reason", "why it waits", lambda r: r.job.reason, least=10, most=60),
    JobField("hosts", "Hosts", "where it runs", lambda r: r.job.hosts, most=30),
    JobField("folder", "Folder", "where it works", lambda r: r.job.workdir, least=8, most=50),
)  # fmt: skip
"""Every field there is, in the order they are offered."""

BY_NAME = {field.name: field for field in FIELDS}
FIRST_COLUMNS = ("cluster", "id", "name", "user", "state", "queue", "cores", "age", "in", "out")
"""What is shown before anybody chose."""
