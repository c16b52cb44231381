"""The lines of the job table: order, folding, what was found, and nothing worked out twice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_columns import FIELDS
from podtui.domain.job_lines import Lines, chosen
from podtui.domain.job_query import Asker, parse_query
from podtui.domain.job_table import ClusterJobs, JobRow, JoinedRows, changed, same_kept
from podtui.domain.job_views import JobLook

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASKER = Asker({}, NOW.timestamp())


TYPED = (
    *(("",), ("", "a"), ("-b", "-b a", "a"), ("state:active", "state:active a", "a")),
    *(
        ("r", "ru", "run", "run a", "ru", ""),
        ("~^[ab]$", "~^[ab]$ a", "b"),
        ("age>2h a", "a", "ab"),
        ("a", "a b", "a b -c", "a b", "a", "a b", "b", "a"),
        ("a", "a state:run", "a state:queued", "a age>2h", "a"),
    ),
)
"""What is typed one after the other: some of it narrows what was found, some does not."""


def row(job_id: str, state: JobState = JobState.RUNNING, **facts: object) -> JobRow:
    return JobRow(Job(JobKey("c", job_id), state, **facts))  # type: ignore[arg-type]


def shown(lines: Lines, look: JobLook = JobLook(), text: str = "", *turned: str) -> str:  # noqa: B008
    keys = frozenset(JobKey("c", job_id) for job_id in turned)
    found = lines.show(look, parse_query(text), ASKER, keys)
    return " ".join(line.key.id for line in found)


ARRAY = (
    row("8", submitted=NOW - timedelta(hours=1), name="single"),
    row("9_2", JobState.RUNNING, submitted=NOW),
    row("9_10", JobState.FAILED, submitted=NOW),
    row("9", JobState.QUEUED, submitted=NOW, attributes=(("ArrayTaskId", "11-20"),)),
)


def test_an_array_is_one_line_until_it_is_opened() -> None:
    lines = Lines()
    lines.take(ARRAY)
    assert shown(lines) == "9 8"
    assert shown(lines, JobLook(), "", "9") == "9 9_2 9_10 8"
    assert shown(lines, JobLook(unfolded=True)) == "9 9_2 9_10 8"
    assert shown(lines, JobLook(unfolded=True), "", "9") == "9 8"
    array = lines.get(JobKey("c", "9"))
    assert array is not None
    assert dict(array.counts) == {
        JobState.RUNNING: 1,
        JobState.QUEUED: 10,
        JobState.FAILED: 1,
    }


def test_a_filter_finds_tasks_and_shows_them_under_their_array() -> None:
    lines = Lines()
    lines.take(ARRAY)
    assert shown(lines, JobLook(), "state:failed") == "9"
    assert [line.key.id for line in lines.matching] == ["9_10"]
    assert shown(lines, JobLook(), "state:failed", "9") == "9 9_10"
    assert shown(lines, JobLook(), "single") == "8"


def test_an_array_that_ends_to_a_single_task_is_no_array_any_more() -> None:
    lines = Lines()
    lines.take(ARRAY)
    lines.take(ARRAY[:2])
    assert shown(lines) == "9_2 8"
    assert not lines.arrays


def test_what_is_chosen_is_in_the_order_shown_and_no_task_of_a_chosen_array() -> None:
    lines = Lines()
    lines.take(ARRAY)
    shown(lines)
    keys = frozenset(JobKey("c", job_id) for job_id in ("8", "9", "9_2", "gone"))
    assert [line.key.id for line in chosen(keys, lines)] == ["9", "8"]
    assert chosen(frozenset({JobKey("c", "9_2")}), lines)[0].row is ARRAY[1]
    assert lines.still_there(keys) == keys - {JobKey("c", "gone")}


@pytest.mark.parametrize("field", [field.name for field in FIELDS])
@pytest.mark.parametrize("descending", [True, False])
def test_any_field_sorts_and_what_nobody_knows_comes_last(field: str, descending: bool) -> None:
    full = Job(
        JobKey("c", "2"), JobState.RUNNING, "R", "n", "u", "q", 4, timedelta(hours=1),
        NOW - timedelta(2), NOW - timedelta(1), NOW, 3, "", "", "/w", "why", NOW, "node",
    )  # fmt: skip
    lines = Lines()
    lines.take((row("1"), JobRow(full)))
    order = shown(lines, JobLook(sort=field, descending=descending)).split()
    assert sorted(order) == ["1", "2"]
    if field not in ("id", "cluster", "state", "in", "out"):
        assert order == ["2", "1"]


def test_numbers_in_ids_sort_as_numbers() -> None:
    lines = Lines()
    lines.take((row("10.pod"), row("9.pod"), row("100.pod")))
    assert shown(lines, JobLook(sort="id", descending=False)) == "9.pod 10.pod 100.pod"


def test_a_line_is_the_same_object_for_as_long_as_its_job_is_listed() -> None:
    lines = Lines()
    lines.take(ARRAY)
    before = [lines.get(one.job.key) for one in ARRAY]
    later = (*ARRAY[:2], row("9_10", JobState.COMPLETED, submitted=NOW), ARRAY[3])
    lines.take(later)
    assert [lines.get(one.job.key) for one in ARRAY] == before
    task, array = lines.get(JobKey("c", "9_10")), lines.get(JobKey("c", "9"))
    assert task is not None
    assert array is not None
    assert task.row is later[2]
    assert dict(array.counts)[JobState.COMPLETED] == 1


def test_what_changes_comes_to_its_place_among_what_does_not() -> None:
    """The same as if all had been listed for the first time, after any change, in any order."""
    chance = random.Random(11)
    rows: dict[str, JobRow] = {}
    kept = Lines()
    for _ in range(120):
        for _ in range(chance.randrange(6)):
            array, task = chance.randrange(1, 9), chance.randrange(4)
            job_id = chance.choice((f"{array}", f"{array}_{task}", f"{array}.{task}", f"{array}0"))
            state = chance.choice(tuple(JobState))
            when = chance.choice((None, NOW - timedelta(hours=chance.randrange(5))))
            name = chance.choice("abc")
            rows[job_id] = row(job_id, state, submitted=when, started=when, name=name)
        for job_id in chance.sample(sorted(rows), min(len(rows), chance.randrange(3))):
            del rows[job_id]
        listed = [*rows.values()]
        if chance.random() < 0.2:
            chance.shuffle(listed)
        again = listed[:1] if chance.random() < 0.1 else []  # a list may tell a job twice
        kept.take((*listed, *again))
        anew = Lines()
        anew.take(tuple(listed))
        look = JobLook(
            sort=chance.choice(("submitted", "submitted", "state", "name", "age", "exit")),
            descending=chance.random() < 0.5,
            unfolded=chance.random() < 0.5,
        )
        for text in chance.choice(TYPED):
            assert shown(kept, look, text) == shown(anew, look, text), text
        assert [line.counts for line in kept.ordered] == [line.counts for line in anew.ordered]
        assert set(kept.arrays) == set(anew.arrays)


def test_rows_nothing_happened_to_stay_the_same_objects() -> None:
    joined = JoinedRows()
    jobs = tuple(one.job for one in ARRAY)
    rows = joined.join((ClusterJobs("c", jobs),), ())
    assert joined.join((ClusterJobs("c", jobs, NOW),), ()) is rows  # only the time of the answer
    again = tuple(replace(job) for job in jobs[:3])
    kept = same_kept(jobs, (*again, replace(jobs[3], state=JobState.HELD)))
    assert [a is b for a, b in zip(kept, jobs, strict=True)] == [True, True, True, False]
    assert same_kept(jobs, tuple(replace(job) for job in jobs)) is jobs
    later = joined.join((ClusterJobs("c", kept),), ())
    assert [a is b for a, b in zip(later, rows, strict=True)] == [True, True, True, False]
    stale = joined.join((ClusterJobs("c", kept, stale=True),), ())
    assert all(one.stale for one in stale)


def test_rows_that_have_gone_and_come_are_told_by_identity() -> None:
    one, two, three, four = ARRAY
    assert changed((one, two, three), (one, two, three)) == ([], [])
    gone, come = changed((one, two, three), (two, four, replace(three)))
    assert [row.job.id for row in gone] == ["8", "9_10"]
    assert [row.job.id for row in come] == ["9", "9_10"]
    assert changed((), (one,)) == ([], [one])
    assert changed((one, two), ()) == ([one, two], [])
