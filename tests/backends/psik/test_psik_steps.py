"""Histories as the real service told them, and what they must never be taken for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from podtui.backends.psik.steps import (
    STUCK,
    STUCK_NEW,
    job_of,
    read_id,
    read_step,
    read_steps,
)
from podtui.domain.job import Job, JobKey, JobState
from podtui.errors import BadAnswer
from tests.backends.psik.recorded import NOW, recording


def told(name: str, now: datetime = NOW) -> Job:
    steps, skipped = read_steps(recording(name).json)
    assert skipped == 0
    return job_of(JobKey("psik", steps[0].job_id), "default", "", steps, now)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("v1/job", JobState.RUNNING),
        ("v1/fail_hist", JobState.FAILED),
        ("v1/slurm_hist", JobState.COMPLETED),
        ("v1/cancel_hist", JobState.CANCELLED),
        ("v1/slurm_badpart_hist", JobState.HELD),
        ("v2/job", JobState.RUNNING),
        ("v2/cancel_hist", JobState.CANCELLED),
    ],
)
def test_each_recorded_history_is_the_state_it_ends_in(name: str, state: JobState) -> None:
    assert told(name).state is state


def test_times_native_id_and_output_come_from_the_steps() -> None:
    job = told("v1/slurm_hist")
    assert job.attribute("native_id") == "2"
    assert (job.submitted, job.started, job.ended) == (
        datetime(2026, 11, 21, 23, 38, 42, 204000, tzinfo=UTC),
        datetime(2026, 11, 21, 23, 38, 43, 109065, tzinfo=UTC).replace(microsecond=109066),
        datetime(2026, 11, 21, 23, 38, 44, 908573, tzinfo=UTC),
    )
    assert job.stdout == "/logs/1795304322.204/stdout.1"
    assert job.attribute("step_2").endswith("queued (run 1, native id 2)")
    assert job.exit_status is None


def test_a_cancel_after_the_end_does_not_undo_it() -> None:
    job = told("v1/cancel_done_hist")
    assert job.state is JobState.COMPLETED
    assert job.ended is not None


def test_the_list_has_every_job_and_counts_what_it_cannot_read() -> None:
    rows = recording("v1/list_all").json
    assert [step.state for step in read_steps(rows)[0]] == ["failed", "canceled", "completed"]
    broken = [*rows, {"jobid": "../x", "state": "new"}, {"jobid": "1.5"}, 7, None]
    steps, skipped = read_steps([*broken, {**rows[0], "updated": "NaN"}])
    assert (len(steps), skipped) == (3, 5)
    with pytest.raises(BadAnswer):
        read_steps({"jobs": rows})


def test_a_started_job_that_stays_new_is_unknown_after_a_while_never_done() -> None:
    steps, _ = read_steps(recording("v1/slurm_badpart_hist").json)
    begun = steps[0].updated
    key = JobKey("psik", steps[0].job_id)
    soon = job_of(key, "slurm", "", steps, begun + timedelta(seconds=5), begun)
    later = job_of(key, "slurm", "", steps, begun + STUCK_NEW, begun)
    assert (soon.state, later.state) == (JobState.QUEUED, JobState.UNKNOWN)
    assert "may never start" in later.reason


def test_a_job_without_news_for_days_is_unknown() -> None:
    last = read_steps(recording("v1/job").json)[0][-1].updated
    assert told("v1/job", last + STUCK).state is JobState.RUNNING
    stuck = told("v1/job", last + STUCK + timedelta(seconds=1))
    assert (stuck.state, stuck.native_state) == (JobState.UNKNOWN, "active")


def test_an_unknown_word_is_kept_and_hostile_text_made_harmless() -> None:
    row = {"jobid": "1.5", "name": "a\x1b[2Jb\n", "updated": 1.0, "jobndx": 1, "state": "zzz"}
    job = job_of(JobKey("psik", "1.5"), "default", "", (read_step(row),), NOW)
    assert (job.state, job.native_state) == (JobState.UNKNOWN, "zzz")
    assert job.name == "a␛[2Jb␊"


@pytest.mark.parametrize("answer", [None, 1.5, "", "../1", "1.5/..", "١.٥", ["1.5"], "1" * 40])
def test_what_is_no_id_is_no_job(answer: object) -> None:
    with pytest.raises(BadAnswer):
        read_id(answer)
    assert read_id(recording("v1/submit").json) == "1795303695.279"
