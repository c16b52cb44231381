"""Jobs as the service tells them, read from what was recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from podtui.backends.kotta.record import Record, job_of, read_record, read_row, state_of
from podtui.domain.job import Job, JobState
from podtui.errors import BadAnswer
from tests.emulators.kotta.transcripts import transcript

DONE = "43db5c0c-62c4-48b0-809c-308f2953cf70"


def record(name: str) -> Record:
    return read_record(json.loads(transcript(name).body))


def job(name: str) -> Job:
    told = record(name)
    return job_of("cloud", told.fact("job_id"), told)


def of(**facts: object) -> Job:
    items = {str(n): {key: value} for n, (key, value) in enumerate(facts.items())}
    return job_of("cloud", "7", read_record({"status": facts["status"], "items": items}))


def test_a_completed_job() -> None:
    done = job("status_done")
    assert (done.state, done.exit_status) == (JobState.COMPLETED, 0)
    assert (done.name, done.user, done.queue) == ("Hello World on Kotta", "User One", "Test")
    assert done.walltime == timedelta(minutes=5)
    assert done.submitted == datetime(2026, 11, 21, 23, 45, 29, tzinfo=UTC)
    assert done.ended == datetime(2026, 11, 21, 23, 45, 33, tzinfo=UTC)
    assert done.stdout == f"/jobs/{DONE}/STDOUT.txt"
    assert done.stderr == f"/jobs/{DONE}/STDERR.txt"
    assert done.reason == "not available: missing.txt"
    assert done.attribute("outputs") == "STDERR.txt, STDOUT.txt, foo.txt, none.sh"
    assert done.attribute("outputs not available") == "missing.txt"


def test_signed_addresses_are_nowhere_to_be_seen() -> None:
    done = job("status_done")
    assert "Signature" not in f"{done!r} {record('status_done')!r}"
    assert all("Signature" in one.address for one in record("status_done").outputs if one.address)


@pytest.mark.parametrize(
    ("name", "state", "native", "code"),
    [
        ("status_early", JobState.QUEUED, "pending", None),
        ("status_processing", JobState.RUNNING, "processing", None),
        ("status_failed", JobState.FAILED, "failed", 1),
        ("status_cancelled", JobState.CANCELLED, "cancelled", None),
        ("status_cancelled2", JobState.CANCELLED, "failed", None),
        ("status_inputs", JobState.COMPLETED, "completed", 0),
    ],
)
def test_states(name: str, state: JobState, native: str, code: int | None) -> None:
    told = job(name)
    assert (told.state, told.native_state, told.exit_status) == (state, native, code)


def test_a_cancelled_job_tells_why_and_when() -> None:
    before, after = job("status_cancelled"), job("status_cancelled2")
    assert before.reason == after.reason == "User request cancel"
    assert before.ended == datetime(2026, 11, 21, 23, 46, 29, tzinfo=UTC)
    assert after.ended == datetime(2026, 11, 21, 23, 46, 34, tzinfo=UTC)
    assert before.stdout == ""
    assert after.stdout.endswith("/STDOUT.txt")


def test_inputs_are_told_by_their_names() -> None:
    told = job("status_inputs").attribute("inputs")
    assert told == "s3://klab-jobs/uploads/amzn1.account.U1/python/pkl/data.txt"


@pytest.mark.parametrize(
    ("facts", "state", "code"),
    [
        ({"status": "failed", "ERROR_CODE": 1001}, JobState.TIMEOUT, None),
        ({"status": "failed", "ERROR_CODE": 1002}, JobState.CANCELLED, None),
        ({"status": "failed", "reason": "User request cancel"}, JobState.CANCELLED, None),
        (
            {"status": "failed", "reason": "User request cancel", "ERROR_CODE": 3},
            JobState.FAILED,
            3,
        ),
        ({"status": "Failed", "ERROR": "no space"}, JobState.FAILED, None),
        ({"status": "failed", "ERROR_CODE": "-9"}, JobState.FAILED, -9),
        ({"status": "staging_inputs"}, JobState.RUNNING, None),
        ({"status": "staging_outputs"}, JobState.RUNNING, None),
        ({"status": "active"}, JobState.RUNNING, None),
        ({"status": "resting"}, JobState.UNKNOWN, None),
        ({"status": "completed", "walltime": "x", "submit_stamp": 7}, JobState.COMPLETED, 0),
    ],
)
def test_verdicts(facts: dict[str, object], state: JobState, code: int | None) -> None:
    told = of(**facts)
    assert (told.state, told.exit_status) == (state, code)


def test_our_mark_is_not_part_of_the_name() -> None:
    assert of(status="pending", jobname="relax 3 PODTUI_TOKEN=0123abcd").name == "relax 3"
    assert of(status="pending", jobname="7").name == ""  # the service's own: the id


def test_a_verdict_is_waited_for_where_the_worker_still_writes() -> None:
    written = {"job_id": "7", "status": "failed"}
    assert not read_record({"status": "failed", "items": {"0": written}}).settled
    assert record("status_failed").settled
    assert record("status_done").settled
    assert record("status_cancelled").settled


@pytest.mark.parametrize(
    "told", [{}, {"items": []}, {"items": {}}, {"items": {"0": {"job_id": "7"}}}, {"items": None}]
)
def test_another_shape_is_a_bad_answer(told: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        read_record(told)


def test_strange_outputs_are_not_there() -> None:
    items = {
        "0": {"outputs": "plain"},
        "1": {"outputs": 7},
        "2": ["x"],
        "3": {"outputs": "<i></i>"},
    }
    told = read_record({"status": "completed", "items": items})
    assert [(one.name, one.address) for one in told.outputs] == [("", ""), ("7", ""), ("plain", "")]


@pytest.mark.parametrize(
    "row", [None, [], {}, {"job_id": "a"}, {"job_id": "../x", "status": "failed"}, {"job_id": 7}]
)
def test_a_row_without_an_id_or_a_status_cannot_be_read(row: object) -> None:
    with pytest.raises(BadAnswer):
        read_row("cloud", row)


def test_rows_tell_state_and_time() -> None:
    rows = [read_row("cloud", row) for row in json.loads(transcript("list").body)["items"].values()]
    assert sorted(row.state.value for row in rows) == ["completed", "completed", "failed", "queued"]
    assert all(row.submitted and row.attribute("jobtype") == "script" for row in rows)
    assert state_of("PENDING") is JobState.QUEUED
