"""Ended jobs, from every recorded answer of qacct."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.sge_accounting import FAILURES, records
from podtui.domain.job import Job, JobState
from podtui.errors import BadAnswer, NotFound

from .recorded import ACCOUNT, ADAPTER, FOLDER, read_ended, recorded

ANSWERS = sorted(path.name for path in FOLDER.glob("accounting-*.txt"))


@pytest.mark.parametrize("name", ANSWERS)
def test_every_recorded_answer_is_read_whole(name: str) -> None:
    text = recorded(name).decode()
    found, skipped = records(text)
    assert (len(found), skipped) == (text.count("=" * 62), 0)
    for record in found:
        listed = [line.split(" ", 1)[0] for line in text.split("=" * 62)[1].splitlines() if line]
        assert list(record) == listed
    job = read_ended(found[0]["jobnumber"], name)
    assert job.user == "geuser1"
    assert job.state.ended


@pytest.mark.parametrize(
    ("name", "job_id", "state", "exit_status", "reason"),
    [
        ("exit-7", "6", JobState.FAILED, 7, ""),
        ("command-not-found", "8", JobState.FAILED, 127, ""),
        ("over-time", "22", JobState.TIMEOUT, 137, "over its time limit h_rt=2"),
        ("never-began-twice", "2", JobState.FAILED, None, FAILURES[26]),
        ("every-task-failed", "7", JobState.FAILED, 3, "3 of 3 tasks did not complete"),
        ("every-task-failed", "7.2", JobState.FAILED, 3, ""),
        ("record-a-task", "5", JobState.COMPLETED, 0, ""),
        (
            "killed",
            "3",
            JobState.CANCELLED,
            137,
            "killed: deleted, or killed by its machine (out of memory)",
        ),
    ],
)
def test_how_it_ended(
    name: str, job_id: str, state: JobState, exit_status: int | None, reason: str
) -> None:
    job = read_ended(job_id, f"accounting-{name}.txt")
    assert (job.state, job.exit_status, job.reason) == (state, exit_status, reason)
    assert job.id == job_id


def test_times_and_used_resources() -> None:
    data = Output(0, recorded("accounting-over-time.txt"))
    abroad = Account("geuser1", timezone(timedelta(hours=2)))
    job = ADAPTER.parse_finished("c", "22", abroad, data)
    assert job.started == datetime(2026, 11, 21, 21, 33, 19, tzinfo=UTC)
    assert job.ended == datetime(2026, 11, 21, 21, 33, 22, tzinfo=UTC)
    assert job.walltime == timedelta(seconds=2)
    assert job.attribute("maxvmem") == "1.496MB"
    never = read_ended("2", "accounting-never-began-twice.txt")
    assert (never.started, never.ended) == (None, None)


def _changed(name: str, *pairs: tuple[bytes, bytes]) -> Job:
    data = recorded(name)
    for old, new in pairs:
        assert old in data
        data = data.replace(old, new)
    return ADAPTER.parse_finished("c", "3", ACCOUNT, Output(0, data))


def test_killed_by_whom_where_it_is_told() -> None:
    killed = "accounting-killed.txt"
    by = _changed(killed, (b"arid  ", b"deleted_by   root@head\narid  "))
    assert (by.state, by.reason) == (JobState.CANCELLED, "deleted by root@head")
    crash = _changed(killed, (b"137                  (Killed)", b"139"))
    assert (crash.state, crash.reason) == (JobState.FAILED, "ended by a signal")
    late = _changed(killed, (b"ru_wallclock 7s", b"ru_wallclock 61s"))
    assert late.state is JobState.TIMEOUT
    over = "accounting-over-time.txt"
    number = (b"jobnumber    22", b"jobnumber    3")
    queues_own = _changed(over, number, (b"-l h_rt=2", b"NONE"))
    assert (queues_own.state, queues_own.reason) == (JobState.TIMEOUT, FAILURES[37])
    memory = _changed(over, number, (b"-l h_rt=2", b"-l h_vmem=1G,h_rt=60"))
    assert (memory.state, memory.reason) == (JobState.FAILED, FAILURES[37])
    novel = _changed(killed, (b"100 : assumedly after job", b"77 : eaten by a grue"))
    assert (novel.state, novel.reason) == (JobState.FAILED, "eaten by a grue")


def test_only_the_latest_job_of_a_number_counts() -> None:
    old = recorded("accounting-killed.txt").replace(b"Sat Nov 21 23:48:42", b"Mon Jan  1 00:00:00")
    new = recorded("accounting-exit-7.txt").replace(b"jobnumber    6", b"jobnumber    3")
    job = ADAPTER.parse_finished("c", "3", ACCOUNT, Output(0, old + new))
    assert job.exit_status == 7


def test_a_run_that_was_put_back_is_no_end() -> None:
    with pytest.raises(NotFound, match="no ended run"):
        _changed("accounting-killed.txt", (b"100 : assumedly after job", b"25 : rescheduling"))


@pytest.mark.parametrize(
    ("stdout", "stderr", "error"),
    [
        (b"", b"error: job id 99 not found\n", NotFound),
        (b"", b"error: Job-array tasks 28.9-9:1 not found\n", NotFound),
        (b"no jobs running since startup\n", b"accounting: No such file or directory\n", NotFound),
        (b"", b"sh: qacct: command not found", BadAnswer),
        (b"", b"", BadAnswer),
        (b"=" * 62 + b"\nqname   all.q\n", b"", BadAnswer),
    ],
)
def test_no_record(stdout: bytes, stderr: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        ADAPTER.parse_finished("c", "99", ACCOUNT, Output(1, stdout, stderr))


def test_a_cut_record_is_told() -> None:
    whole = recorded("accounting-record-a-task.txt")
    for at in (200, 700, 5000, len(whole) - 1):
        with pytest.raises(BadAnswer):
            ADAPTER.parse_finished("c", "5", ACCOUNT, Output(0, whole[:at]))


def test_commands() -> None:
    assert ADAPTER.finished_command("4") == ("qacct", "-j", "4")
    assert ADAPTER.finished_command("4.7") == ("qacct", "-j", "4", "-t", "7")


def test_kin_name_the_limit_they_enforced_and_print_other_dates() -> None:
    times = (
        (b"qsub_time    Sat Nov 21 23:33:19 2026", b"qsub_time    11/21/2026 23:33:18.652"),
        (b"start_time   Sat Nov 21 23:33:19 2026", b"start_time   2026-11-21 23:33:19.157841"),
        (b"end_time     Sat Nov 21 23:33:22 2026", b"end_time     2026-11-21T23:33:22.5+02:00"),
    )
    number = (b"jobnumber    22", b"jobnumber    3")
    over = _changed("accounting-over-time.txt", *times, number)
    assert over.submitted == datetime(2026, 11, 21, 23, 33, 18, 652000, UTC)
    assert over.started == datetime(2026, 11, 21, 23, 33, 19, 157841, UTC)
    assert over.ended == datetime(2026, 11, 21, 21, 33, 22, 500000, UTC)
    code = b"37  : qmaster enforced h_rt, h_cpu, or h_vmem limit"
    for limit, state in ((b"h_rt", JobState.TIMEOUT), (b"h_vmem", JobState.FAILED)):
        told = (code, b"44  : execd enforced " + limit + b" limit")
        job = _changed("accounting-over-time.txt", number, (b"-l h_rt=2", b"NONE"), told)
        assert (job.state, job.reason) == (state, f"over its limit {limit.decode()}")
