"""Beoweb's records: states, exit statuses, odd values; nothing in a record can break the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.pod.job_record import read_job
from podtui.domain.job import Job, JobKey, JobState, StageState

KEY = JobKey("mt1", "22783.pod")


def read(**record: object) -> Job:
    return read_job(KEY, record, "penguin")


@pytest.mark.parametrize(
    ("word", "status", "state"),
    [
        ("QUEUED", {}, JobState.QUEUED),
        ("Q", {}, JobState.QUEUED),
        ("HELD", {}, JobState.HELD),
        ("H", {}, JobState.HELD),
        ("RUNNING", {}, JobState.RUNNING),
        ("R", {}, JobState.RUNNING),
        ("E", {}, JobState.RUNNING),
        ("COMPLETE", None, JobState.COMPLETED),
        ("COMPLETE", {"exit_status": 0}, JobState.COMPLETED),
        ("C", {"exit_status": "1"}, JobState.FAILED),
        ("COMPLETE", {"exit_status": 271}, JobState.CANCELLED),
        ("COMPLETE", {"exit_status": -11}, JobState.TIMEOUT),
        ("DREAMING", {}, JobState.UNKNOWN),
        ("", {}, JobState.UNKNOWN),
    ],
)
def test_states(word: str, status: object, state: JobState) -> None:
    job = read(job_state=word, sched_status=status)
    assert job.state is state
    assert job.native_state == word


def test_a_job_the_scheduler_forgot_keeps_its_owner() -> None:
    job = read(job_state="COMPLETE", uploadstat="NONE", stageoutstat="FAILED", sched_status=None)
    assert (job.user, job.name, job.exit_status) == ("penguin", "", None)
    assert job.stage_in is StageState.NONE
    assert job.stage_out is StageState.FAILED


def test_attributes_of_a_running_job() -> None:
    job = read(
        job_state="RUNNING",
        sched_status={
            "Job_Name": "relax[1]",
            "Job_Owner": "travis@login-29-45.pod.penguincomputing.com",
            "queue": "B30",
            "qtime": 1300228849,
            "start_time": "1300228900",
            "Resource_List{nodes}": "2:ppn=28+1",
            "Resource_List.walltime": "01:00:05",
            "Output_Path": "login-29-45:/home/travis/run.o22783",
            "Error_Path": "/home/travis/a:b",
        },
    )
    assert (job.name, job.user, job.queue, job.cores) == ("relax[1]", "travis", "B30", 57)
    assert job.walltime == timedelta(hours=1, seconds=5)
    assert job.submitted == datetime(2011, 3, 15, 22, 40, 49, tzinfo=UTC)
    assert job.stdout == "/home/travis/run.o22783"
    assert job.stderr == "/home/travis/a:b"
    assert job.attribute("queue") == "B30"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    [
        "Job_Name", "Job_Owner", "queue", "qtime", "start_time", "comp_time", "exit_status",
        "Resource_List.nodes", "Resource_List.walltime", "Output_Path", "Error_Path", "job_state",
    ]
)  # fmt: skip


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "job_state": values,
            "uploadstat": values,
            "stageoutstat": values,
            "sched_status": values | st.dictionaries(names, values),
        },
    )
)
def test_no_record_can_break_it(record: dict[str, object]) -> None:
    assert read_job(KEY, record, "penguin").key == KEY
