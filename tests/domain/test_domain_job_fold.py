"""Arrays folded: their names in each scheduler, counts, the row of the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from podtui.backends.schedulers.pbs_arrays import folded
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_fold import array_id, counts, folded_row, task_count
from podtui.domain.job_table import JobRow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def row(job_id: str, state: JobState, **facts: object) -> JobRow:
    return JobRow(Job(JobKey("c", job_id), state, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job_id", "array"),
    [
        ("123_4", "123"),
        ("123_[5-9%2]", "123"),
        ("3[4].vm", "3[].vm"),
        ("3[4]", "3[]"),
        ("3[].vm", ""),
        ("4.7", "4"),
        ("4.3-9:2", "4"),
        ("4.3-9:2,12", "4"),
        ("123", ""),
        ("22784.pod", ""),
        ("22784.10.example", ""),
        ("9+1", ""),
        ("my_job", ""),
        ("b0_1c-uuid", ""),
        ("", ""),
    ],
)
def test_what_the_array_of_a_task_is_called(job_id: str, array: str) -> None:
    assert array_id(job_id) == array


@pytest.mark.parametrize(
    ("job_id", "facts", "tasks"),
    [
        ("123_4", {}, 1),
        ("123_[5-9%2]", {}, 5),
        ("123_[1,3,5-7]", {}, 5),
        ("4.3-9:2", {}, 4),
        ("123", {"attributes": (("ArrayTaskId", "5-104%10"),)}, 100),
        ("4", {"attributes": (("tasks", "1-10:1"),)}, 10),
        ("4.7", {"attributes": (("tasks", "7"),)}, 1),
        ("123", {}, 1),
        ("123", {"attributes": (("ArrayTaskId", ""),)}, 1),
        ("123", {"attributes": (("ArrayTaskId", "9-1"),)}, 1),
    ],
)
def test_how_many_tasks_a_row_stands_for(job_id: str, facts: dict[str, object], tasks: int) -> None:
    assert task_count(row(job_id, JobState.QUEUED, **facts).job) == tasks


def test_the_tasks_that_wait_in_a_pbs_row_are_counted() -> None:
    tasks = [row(f"3[{n}].vm", JobState.QUEUED if n > 2 else JobState.RUNNING) for n in range(1, 9)]
    rows = [JobRow(job) for job in folded(task.job for task in tasks)]
    own, running = rows[0], rows[1:]
    assert own.job.key.id == "3[].vm"
    assert len(running) == 2
    assert task_count(own.job) == 6


def test_an_own_row_is_counted_while_it_is_what_waits() -> None:
    waiting = row("9", JobState.QUEUED, attributes=(("ArrayTaskId", "3-10"),))
    running = row("9_1", JobState.RUNNING)
    assert counts([running, waiting]) == ((JobState.RUNNING, 1), (JobState.QUEUED, 8))
    summing_up = row("9", JobState.RUNNING)
    assert counts([running, summing_up]) == ((JobState.RUNNING, 1),)


def test_the_whole_array_tells_what_still_happens() -> None:
    tasks = [
        row("9_1", JobState.FAILED, started=NOW, ended=NOW + timedelta(hours=1), exit_status=1),
        row("9_2", JobState.RUNNING, started=NOW - timedelta(hours=1), submitted=NOW),
    ]
    whole = folded_row(JobKey("c", "9"), tasks).job
    assert whole.key == JobKey("c", "9")
    assert (whole.state, whole.started) == (JobState.RUNNING, NOW - timedelta(hours=1))
    assert (whole.ended, whole.exit_status) == (None, None)


def test_an_array_that_has_ended_tells_its_worst_end() -> None:
    tasks = [
        row("9_1", JobState.COMPLETED, ended=NOW, exit_status=0),
        row("9_2", JobState.FAILED, ended=NOW + timedelta(hours=1), exit_status=3),
    ]
    whole = folded_row(JobKey("c", "9"), tasks).job
    assert (whole.state, whole.exit_status) == (JobState.FAILED, 3)
    assert whole.ended == NOW + timedelta(hours=1)
