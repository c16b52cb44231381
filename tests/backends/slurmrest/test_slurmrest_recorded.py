"""Every answer recorded from real daemons is read whole, and every failure is one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from podtui.backends.schedulers.slurm_states import A_STEP_STARVED
from podtui.backends.slurmrest.documents import Garbled, read_json, read_yaml
from podtui.backends.slurmrest.read_cluster import (
    read_counters,
    read_node,
    read_partition,
    read_reservation,
)
from podtui.backends.slurmrest.read_jobs import read_history, read_job
from podtui.backends.slurmrest.trouble import Asked, check_deleted, plain_trouble, trouble
from podtui.domain.job import Job, JobState
from podtui.errors import (
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

from .recorded import NEWER, VERSIONS, Exchange, exchanges

READERS = {
    "nodes": read_node,
    "partitions": read_partition,
    "reservations": read_reservation,
}
SPEAKS = {  # what each recorded failure is, in whichever version it was recorded
    "job-unknown": NotFound,
    "update-unknown-job": NotFound,
    "update-other-user": Refused,
    "update-finished": Refused,
    "update-partition-wrong": Refused,
    "update-release-admin-held": Refused,
    "submit-wrong-partition": Refused,
    "submit-wrong-account": Refused,
    "submit-wrong-qos": Refused,
    "submit-bad-gres": Refused,
    "submit-bad-dependency": Refused,
    "submit-bad-array": Refused,
    "submit-env-missing": Refused,
    "submit-empty-script": Refused,
    "submit-bad-json": Refused,
    "submit-text-content-type": Refused,
    "job-nonnumeric": Refused,
    "db-jobs-badtime": Refused,
    "auth-none": LoginRequired,
    "auth-bad-signature": LoginRequired,
    "auth-bad-signature-submit": LoginRequired,
    "auth-expired-jobs": LoginRequired,
    "auth-name-mismatch-jobs": LoginRequired,
    "submit-expired": LoginRequired,
    "auth-expired-db": Unreachable,
    "ctld-down-jobs": Unreachable,
    "ctld-down-job": Unreachable,
    "ctld-down-submit": Unreachable,
    "ctld-down-delete": OutcomeUnknown,
    "dbd-down-db-jobs": Unreachable,
    "route-unknown-version": NotFound,
    "route-unknown-path": Unreachable,
    "route-wrong-method": NotFound,
}


def error_of(one: Exchange) -> PodError | None:
    path = one.path.partition("?")[0].lstrip("/")
    asked = Asked(one.method, path, one.method != "GET")
    try:
        document = read_json(one.body, "", lambda _: None)
    except Garbled:
        return plain_trouble(asked, one.status, one.body)
    return trouble(asked, one.status, document.rest)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_record_is_read(version: str) -> None:
    read = {"slurm": 0, "slurmdb": 0, "nodes": 0, "partitions": 0}
    for one in exchanges(version).values():
        if one.type != "application/json" or one.method != "GET" or "/state" in one.path:
            continue
        door = one.path.split("/")[1]
        for listed, reader in READERS.items():
            if f"/{listed}" in one.path:
                document = read_json(one.body, listed, reader)
                assert document.skipped == 0, one.name
                read[listed] = read.get(listed, 0) + len(document.rows)
        if "/job" in one.path:
            take = read_history if door == "slurmdb" else read_job
            found = read_json(one.body, "jobs", lambda record, take=take: take("hpc", record))
            assert found.skipped == 0, one.name
            assert JobState.UNKNOWN not in {job.state for job in found.rows}, one.name
            read[door] += len(found.rows)
    assert min(read[kind] for kind in ("slurm", "slurmdb", "nodes", "partitions")) > 0, read


def job(version: str, name: str) -> Job:
    document = read_json(
        exchanges(version)[name].body, "jobs", lambda record: read_job("hpc", record, whole=True)
    )
    found = document.rows[0]
    assert found is not None
    return found


@pytest.mark.parametrize("version", NEWER)
def test_states_exits_and_outputs_of_the_newer_versions(version: str) -> None:
    running = job(version, "job-running")
    assert (running.state, running.cores, running.hosts) == (JobState.RUNNING, 4, "n[1-2]")
    assert running.walltime == timedelta(days=1, hours=2, minutes=4)
    assert running.stdout == running.stderr == "/home/alice/slurm-7.out"
    assert running.attribute("GroupId") == "alice"
    failed = job(version, "job-failed")
    assert (failed.state, failed.exit_status) == (JobState.FAILED, 3)
    late = job(version, "job-timeout")
    assert (late.state, late.exit_status) == (JobState.TIMEOUT, 128 + 15)
    held = job(version, "job-held")
    assert held.state is JobState.HELD
    assert held.reason == "Held by its owner; release it to let it start."
    assert job(version, "job-completing").native_state == "COMPLETING"
    assert job(version, "job-suspended").state is JobState.SUSPENDED
    assert job(version, "job-requeued-pending").state is JobState.QUEUED
    assert job(version, "job-array").id == "9"
    assert job(version, "job-array").stdout == "/home/alice/a-9_%a.out"
    assert job(version, "job-het").id == "10+0"


_KILLED = {
    "v0.0.41": {
        "status": ["SIGNALED", "CORE_DUMPED"],
        "return_code": {"set": False, "infinite": False, "number": 0},
        "signal": {"id": {"set": True, "infinite": False, "number": 125}, "name": "Unknown"},
    },
    "v0.0.38": 253,  # wait(2)'s status with Slurm's own mark
}


@pytest.mark.parametrize("version", _KILLED)
def test_what_was_killed_for_memory_has_no_exit_status_and_says_why(version: str) -> None:
    record = {"job_id": 7, "job_state": "OUT_OF_MEMORY", "exit_code": _KILLED[version]}
    found = read_job("hpc", record)
    ended = read_history("hpc", {**record, "state": {"current": ["OUT_OF_MEMORY"]}})
    assert found is not None
    assert ended is not None
    for job in (found, ended):
        assert (job.state, job.exit_status) == (JobState.FAILED, None)
        assert job.reason == "Killed for memory: it used more than it asked for."


def test_a_step_that_was_killed_for_memory_tells_why_its_job_failed() -> None:
    row = json.loads(exchanges("v0.0.45")["db-job-failed"].body)["jobs"][0]
    step = {"state": ["OUT_OF_MEMORY"], "exit_code": _KILLED["v0.0.41"]}
    failed = read_history("hpc", {**row, "steps": [step]})
    assert failed is not None
    assert (failed.exit_status, failed.reason) == (3, A_STEP_STARVED)


def test_the_list_tells_which_job_runs_once() -> None:
    body = exchanges("v0.0.41")["jobs"].body
    body = body.replace(b'"requeue": true', b'"requeue": false', 1)
    first, second, *_ = read_json(body, "jobs", lambda record: read_job("hpc", record)).rows
    assert (first.runs_once, second.runs_once) == (True, False)


def test_22_05_tells_states_as_words_and_the_status_of_wait() -> None:
    one = exchanges("v0.0.38")["rest-v0.0.38-jobs"]
    rows = read_json(one.body, "jobs", lambda record: read_job("hpc", record)).rows
    assert {row.exit_status for row in rows if row.state is JobState.FAILED} == {3}
    first = next(row for row in rows if row.id == "1")
    assert first.state is JobState.COMPLETED
    assert first.stdout == "/home/alice/slurm-1.out"  # not told there: sbatch's default
    assert first.user == "alice"


def test_before_v0_0_37_only_the_number_of_the_user_is_told() -> None:
    one = exchanges("v0.0.38")["rest-v0.0.36-jobs"]
    rows = read_json(one.body, "jobs", lambda record: read_job("hpc", record)).rows
    assert {row.user for row in rows} <= {"1001", "1002"}


@pytest.mark.parametrize(
    ("version", "name"),
    [(version, name) for version in NEWER for name in SPEAKS if name in exchanges(version)],
)
def test_every_recorded_failure_is_told_as_what_it_is(version: str, name: str) -> None:
    error = error_of(exchanges(version)[name])
    assert error is not None
    assert isinstance(error, SPEAKS[name]), error
    assert error.message


@pytest.mark.parametrize("version", NEWER)
def test_what_succeeded_is_no_failure(version: str) -> None:
    names = ("submit-ok", "submit-held", "submit-array", "submit-het", "update-hold", "jobs")
    names += ("update-release", "update-time-limit", "delete-pending", "nodes", "db-jobs", "diag")
    for name in names:
        one = exchanges(version).get(name)
        if one is not None:
            assert error_of(one) is None, name


@pytest.mark.parametrize("version", NEWER)
def test_a_delete_tells_its_failure_from_v0_0_42_on(version: str) -> None:
    for name, kind in (("delete-unknown", NotFound), ("delete-other-user", Refused)):
        rest = exchanges(version)[name].json
        if version == "v0.0.41":
            check_deleted(rest)  # silent: so many are deleted at once there, of one
        else:
            with pytest.raises(kind):
                check_deleted(rest)
    with pytest.raises((NotFound, Refused)):
        check_deleted(exchanges(version)["delete-many"].json)


def test_the_scheduler_counts() -> None:
    counters = dict(read_counters(exchanges("v0.0.45")["diag"].json))
    assert counters["jobs_running"] == 7
    assert counters["jobs_pending"] == 11
    old = dict(read_counters(exchanges("v0.0.38")["rest-v0.0.38-diag"].json))
    assert old["jobs_submitted"] == 1012


def test_the_limits_and_the_default_of_partitions() -> None:
    found = {}
    for version, name in (("v0.0.38", "rest-v0.0.38-partitions"), ("v0.0.45", "partitions")):
        rows = read_json(exchanges(version)[name].body, "partitions", read_partition).rows
        found[version] = {row.name: row for row in rows}
    for rows in found.values():
        debug, closed = rows["debug"], rows["closed"]
        assert debug.default
        assert (debug.open, debug.cores, debug.max_walltime) == (True, 32, timedelta(hours=1))
        assert not closed.open


def test_numbers_of_the_parser_flag_complex_are_read_too() -> None:
    record = next(iter(exchanges("v0.0.45")["job-running"].json["jobs"]))
    plain = {
        key: value["number"] if isinstance(value, dict) and value.get("set") else value
        for key, value in record.items()
    }
    plain |= {"time_limit": "Infinity", "array_task_id": None, "deadline": "Infinity"}
    found = read_job("hpc", plain)
    assert found is not None
    assert (found.id, found.cores, found.walltime) == ("7", 4, None)


def test_the_recorded_yaml_says_what_the_json_says() -> None:
    recorded = exchanges("v0.0.45")
    pings = read_yaml(recorded["accept-yaml"].body, "pings", lambda record: record["hostname"])
    assert pings.rows == ["localhost"]
    assert json.loads(recorded["ping"].body)["meta"]["slurm"] == pings.rest["meta"]["slurm"]
