"""The filter language: what each form finds, and what is said to one that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.job_line import JobLine
from podtui.domain.job_listed import Listed
from podtui.domain.job_query import Asker, complete, parse_query
from podtui.domain.job_table import JobRow
from podtui.errors import InputError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def job(cluster: str, job_id: str, state: JobState, name: str, user: str, **facts: object) -> Job:
    return Job(JobKey(cluster, job_id), state, name=name, user=user, **facts)  # type: ignore[arg-type]


JOBS = (
    job("mt1", "1", JobState.RUNNING, "relax-1", "alice", queue="gpu", cores=16,
        submitted=NOW - timedelta(hours=5), started=NOW - timedelta(hours=3)),
    job("mt1", "2", JobState.QUEUED, "Relax two", "bob", queue="gpu-long", cores=64,
        submitted=NOW - timedelta(minutes=30), reason="waits for free cores"),
    job("mt2", "3", JobState.FAILED, "pre relax", "al", queue="debug", cores=1, exit_status=2,
        submitted=NOW - timedelta(days=3), started=NOW - timedelta(days=3),
        ended=NOW - timedelta(days=2), stage_in=StageState.FINISHED),
    job("mt2", "33", JobState.HELD, "a:b[c](d)", "al", walltime=timedelta(hours=1)),
)  # fmt: skip
LINES = [JobLine(JobRow(one)) for one in JOBS]
LISTED = Listed(LINES, LINES).searchable()
ASKER = Asker({"mt1": "alice", "mt2": "al"}, NOW.timestamp())


def ids(text: str) -> str:
    return " ".join(line.key.id for line in LISTED.that_meet(parse_query(text), ASKER).lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1 2 3 33"),
        ("relax", "1 2 3"),
        ("RELAX two", "2"),
        ('"relax two"', "2"),
        ("-relax", "33"),
        ("relax -mt2", "1 2"),
        ("~^relax", "1 2"),
        ("-~^relax", "3 33"),
        ("state:running", "1"),
        ("state:run", "1"),
        ("state:running,held", "1 33"),
        ("state:active", "1 2 33"),
        ("state:pending", "2 33"),
        ("-state:ended", "1 2 33"),
        ("!state:ended", ""),  # a word: the turn stands before the operator
        ("state!:ended", "1 2 33"),
        ("user:me", "1 3 33"),
        ("user:me,bob", "1 2 3 33"),
        ("user:al", "3 33"),  # a whole word: alice is another
        ("user:al*", "1 3 33"),
        ("cluster:mt1", "1 2"),
        ("queue:gpu", "1"),
        ("part:gpu*", "1 2"),
        ("name:relax", "1 2 3"),
        ("name=relax-1", "1"),
        ("name~^relax", "1 2"),
        ("name!~relax", "33"),
        ('name:"relax two"', "2"),
        ("id:3", "3 33"),
        ("id=3", "3"),
        ("cores>=16", "1 2"),
        ("cores<16", "3"),
        ("cores:64", "2"),
        ("exit:2", "3"),
        ("age>2h", "1 3"),
        ("age<1h30m", "2"),
        ("submitted<1d", "1 2"),
        ("submitted>1d", "3"),
        ("limit>30m", "33"),
        ("left<1h", ""),
        ("reason:cores", "2"),
        ("in:done", "3"),
        ("state:running user:me cluster:mt1 name~^relax", "1"),
        ('"a:b[c](d)"', "33"),
        ("[c](", "33"),
        ("12:00", ""),
    ],
)
def test_what_is_found(text: str, expected: str) -> None:
    assert ids(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam:x", "Did you mean 'name'?"),
        ("zzzz:x", 'To look for it as it is: "zzzz:x".'),
        ("state:", "state: needs a value."),
        ("state:gone", "There is no state 'gone'."),
        ("state:running,", "There is no state ''."),
        ("name~(", "no regular expression"),
        ("~[", "no regular expression"),
        ("cores>many", "'many' is not a number."),
        ("age>2", "'2' is no span of time."),
        ("age>2h3", "no span of time"),
        ("age:2h", "age is compared by < and >."),
        ("name>x", "name has no order to compare by."),
        ("nam\x1b:x", ""),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    if not told:
        assert ids(text) == ""
        return
    with pytest.raises(InputError) as caught:
        parse_query(text)
    assert told in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("st", "state:"),
        ("relax -clu", "relax -cluster:"),
        ("state:ru", "state:running"),
        ("state:held,ru", "state:held,running"),
        ("cluster:m", "cluster:mt1"),
        ("user:m", "user:me"),
        ("", ""),
        ("state:running ", ""),
        ("relax", ""),
        ("state:x", ""),
    ],
)
def test_words_are_completed(text: str, completed: str) -> None:
    assert complete(text, ("mt1", "mt2")) == completed
