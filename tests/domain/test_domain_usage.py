"""Used against asked for: from recorded numbers, and nothing without them."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Account
from podtui.backends.schedulers.sge_accounting import finished, records
from podtui.backends.schedulers.sge_ids import Target
from podtui.backends.schedulers.slurm_accounting import read_accounting
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.usage import Usage, advice, human_size, usage

FIXTURES = Path(__file__).parents[1] / "fixtures"
HOUR = timedelta(hours=1)


def job(state: JobState = JobState.COMPLETED, **facts: object) -> Job:
    return Job(JobKey("c", "1"), state, **facts)  # type: ignore[arg-type]


def pbs(state: JobState = JobState.COMPLETED, cores: int = 8, **used: str) -> Job:
    told = {"walltime": "01:00:00", "cput": "02:00:00", "mem": "1048576kb"} | used
    attributes = tuple((f"resources_used.{name}", value) for name, value in told.items())
    asked = (("Resource_List.mem", "16gb"),)
    return job(state, cores=cores, walltime=4 * HOUR, attributes=attributes + asked)


def test_slurms_accounting() -> None:
    text = (FIXTURES / "slurm/22.05/sacct-array-with-steps.out").read_text()
    one = read_accounting("c", text, Account("alice")).jobs[0]
    assert usage(one) == Usage(
        elapsed=timedelta(seconds=3),
        cpu=timedelta(milliseconds=4),
        cores=1,
        memory=4860 << 10,
        memory_asked=100 << 20,
        time_asked=timedelta(minutes=10),
    )


def test_grid_engines_accounting() -> None:
    text = (FIXTURES / "sge/accounting-exit-7.txt").read_text()
    found, _ = records(text)
    one = finished(JobKey("c", "6"), Target("6"), found, UTC)
    told = usage(one)
    assert told is not None
    assert (told.elapsed, told.cpu) == (timedelta(), timedelta(milliseconds=11))
    assert (told.time_asked, told.memory_asked) == (timedelta(minutes=1), None)


def test_pbs_dotted_and_in_braces() -> None:
    dotted = pbs()
    braced = job(
        cores=8,
        walltime=4 * HOUR,
        attributes=tuple(
            (name.replace(".", "{") + "}", value) for name, value in dotted.attributes
        ),
    )
    told = usage(dotted)
    assert told == usage(braced)
    assert told == Usage(HOUR, 2 * HOUR, 8, 1 << 30, 16 << 30, 4 * HOUR)
    assert (told.cores_busy, told.cpu_share) == (2.0, 0.25)
    assert (told.memory_share, told.time_share) == (1 / 16, 0.25)


def test_no_number_is_no_usage() -> None:
    assert usage(job(cores=4, walltime=HOUR)) is None
    assert usage(job(attributes=(("resources_used.mem", "lots"), ("TotalCPU", "x")))) is None


def test_advice_names_what_would_have_done() -> None:
    one = pbs()
    used = usage(one)
    assert used is not None
    assert advice(one, used) == (
        "It took 25% of the time it asked for. With a limit of 1:30:00 a scheduler finds a gap for "
        "it sooner.",
        "On average 2.0 of its 8 cores were busy. 2 would have done.",
        "It used 6% of the memory it asked for: 1.3 GB would have done, with room.",
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (pbs(JobState.TIMEOUT, walltime="04:00:00", cput="32:00:00", mem="12gb"), ["twice"]),
        (pbs(JobState.FAILED, cput="08:00:00", mem="16gb"), ["did not end well"]),
        (pbs(cput="08:00:00", walltime="03:50:00", mem="12gb"), ["busy"]),
        (pbs(cores=1, cput="00:10:00", walltime="03:50:00", mem="12gb"), []),
        (pbs(walltime="00:00:30"), []),
        (pbs(JobState.RUNNING), []),
    ],
    ids=["timeout", "out of memory", "cores", "one core", "too short", "still running"],
)
def test_advice_only_where_the_numbers_tell(one: Job, words: list[str]) -> None:
    used = usage(one)
    assert used is not None
    told = advice(one, used)
    assert len(told) == len(words)
    assert all(word in text for word, text in zip(words, told, strict=True))


def test_the_memory_of_one_task_is_not_the_jobs() -> None:
    attributes = (
        ("ElapsedRaw", "3600"), ("NNodes", "2"), ("MaxRSS", "1G"), ("AllocTRES", "cpu=8,mem=64G"),
    )  # fmt: skip
    one = job(cores=8, attributes=attributes)
    used = usage(one)
    assert used is not None
    assert used.one_task
    assert advice(one, used) == ()


@pytest.mark.parametrize(
    ("size", "words"),
    [(512, "512 bytes"), (1 << 20, "1 MB"), (int(1.5 * (1 << 30)), "1.5 GB"), (5 << 40, "5 TB")],
)
def test_sizes_as_people_say_them(size: int, words: str) -> None:
    assert human_size(size) == words
