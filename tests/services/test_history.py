"""History: kept from the polls, asked for once when a job leaves the list, searched, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from podtui.domain.history import course
from podtui.domain.job import Job, JobKey, JobState, Scope, ScriptDialect
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.errors import FileTrouble, Unreachable
from podtui.services import history
from podtui.services.history_file import HistoryFile
from podtui.services.journal import Journal
from podtui.services.session import Session
from tests.services.fake_backend import NOW, FakeBackend

KEY = JobKey("pod", "1.pod")
STAGED = StagedJob(
    "tok", "pod", "relax.sh", b"#!/bin/sh\nmpirun vasp_std\n", ScriptDialect.TORQUE, NOW,
    name="relax", job_id="1.pod", phase=StagedPhase.DONE,
    stage_in=(StagePair("/here/POSCAR", "~/in", "/home/a/POSCAR"),),
)  # fmt: skip


@pytest.fixture
async def watched(session: Session) -> AsyncIterator[Session]:
    """A session whose polls and history run."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in (session.poll(), session.history.keep())]
        await session.clusters.connect("pod")
        yield session
        for task in tasks:
            task.cancel()


async def noted(session: Session, reached: Callable[[], object]) -> None:
    """Wait until the history is as it should be."""
    async with asyncio.timeout(10):
        while not await reached():  # type: ignore[misc]
            await session.history.news.after(session.history.news.count)


async def test_states_are_kept_with_their_order(watched: Session, backend: FakeBackend) -> None:
    backend.jobs.put("1.pod", JobState.QUEUED, name="relax", user="penguin", submitted=NOW)
    await noted(watched, _last(watched, "queued"))
    backend.jobs.move("1.pod", JobState.RUNNING)
    await noted(watched, _last(watched, "running"))
    backend.jobs.move("1.pod", JobState.COMPLETED, 0)
    await noted(watched, _last(watched, "completed"))
    past = await watched.history.get(KEY)
    assert past is not None
    assert (past.job.name, past.job.submitted, past.job.exit_status) == ("relax", NOW, 0)


async def test_a_long_list_is_shown_before_it_is_written_down(
    watched: Session, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, shown = asyncio.Event(), asyncio.Event()

    async def screen_first() -> None:
        waits.set()
        await shown.wait()

    monkeypatch.setattr(history, "_screen_first", screen_first)
    monkeypatch.setattr(history, "_MANY", 1)
    backend.jobs.put("1.pod", JobState.QUEUED, user="penguin")
    await noted(watched, _last(watched, "queued"))
    assert not waits.is_set()
    for number in (2, 3):
        backend.jobs.put(f"{number}.pod", JobState.QUEUED, user="penguin")
    async with asyncio.timeout(10):
        await waits.wait()
    assert await watched.history.get(JobKey("pod", "3.pod")) is None
    shown.set()
    await noted(watched, lambda: watched.history.get(JobKey("pod", "3.pod")))


def _last(session: Session, word: str) -> Callable[[], object]:
    async def reached() -> bool:
        past = await session.history.get(KEY)
        return past is not None and past.job.state.value == word

    return reached


async def test_a_job_that_leaves_the_list_is_asked_for(
    watched: Session, backend: FakeBackend
) -> None:
    job = backend.jobs.put("1.pod", JobState.RUNNING, user="penguin")
    await noted(watched, _last(watched, "running"))
    gone = Job(job.key, JobState.FAILED, user="penguin", exit_status=3, attributes=(("a", "b"),))

    async def told(job_id: str) -> Job:
        return gone

    backend.jobs.job = told  # type: ignore[method-assign]
    del backend.jobs.jobs["1.pod"]
    await noted(watched, _last(watched, "failed"))
    past = await watched.history.get(KEY)
    assert past is not None
    assert past.job.attributes == (("a", "b"),)


async def test_gone_without_a_trace_is_unknown_not_done(
    watched: Session, backend: FakeBackend
) -> None:
    backend.jobs.put("1.pod", JobState.RUNNING, user="penguin")
    await noted(watched, _last(watched, "running"))
    del backend.jobs.jobs["1.pod"]
    await noted(watched, _last(watched, "unknown"))


async def test_a_failed_poll_ends_no_job(watched: Session, backend: FakeBackend) -> None:
    backend.jobs.put("1.pod", JobState.RUNNING, user="penguin")
    await noted(watched, _last(watched, "running"))
    backend.jobs.fail["list"] = [Unreachable("cut")]
    backend.jobs.put("2.pod", JobState.RUNNING, user="penguin")
    await noted(watched, lambda: watched.history.get(JobKey("pod", "2.pod")))
    past = await watched.history.get(KEY)
    assert past is not None
    assert past.job.state is JobState.RUNNING
    assert "job" not in backend.jobs.calls


async def test_other_peoples_jobs_are_not_ours(watched: Session, backend: FakeBackend) -> None:
    watched.jobs.watch_scope(Scope(everybody=True))
    backend.jobs.put("2.pod", JobState.RUNNING, user="somebody")
    backend.jobs.put("1.pod", JobState.RUNNING, user="penguin")
    await noted(watched, _last(watched, "running"))
    assert await watched.history.get(JobKey("pod", "2.pod")) is None


async def test_words_are_found_in_the_script_and_its_paths(session: Session) -> None:
    async with Journal(session.paths.journal) as another:
        await another.save(STAGED)
    await session.staging.load()
    jobs = [
        Job(KEY, JobState.COMPLETED, name="relax [x]", queue="M40", submitted=NOW, ended=NOW),
        Job(JobKey("pod", "2.pod"), JobState.FAILED, name="100%_done", submitted=NOW),
    ]
    assert await session.history.note(jobs, NOW)
    for words, ids in (
        (("VASP_std",), ["1.pod"]),
        (("poscar", "m40"), ["1.pod"]),
        (("failed",), ["2.pod"]),
        (("100%_",), ["2.pod"]),
        (("relax", "failed"), []),
        ((), ["2.pod", "1.pod"]),
    ):
        assert [past.job.id for past in await session.history.search(words)] == ids
    past = await session.history.get(KEY)
    assert past is not None
    assert past.script == STAGED.content
    assert len(past.script_hash) == 64
    assert past.paths == ("/here/POSCAR → /home/a/POSCAR",)
    # What the journal forgets the history keeps.
    await session.staging.forget("tok")
    await session.history.note([jobs[0]], NOW + timedelta(hours=1))
    again = await session.history.get(KEY)
    assert again is not None
    assert (again.script, again.first_seen) == (STAGED.content, NOW)
    assert [past.job.id for past in await session.history.search(["vasp_std"])] == ["1.pod"]


async def test_a_namesake_begins_anew(session: Session) -> None:
    await session.history.note([Job(KEY, JobState.COMPLETED, name="old", submitted=NOW)], NOW)
    later = NOW + timedelta(days=300)
    await session.history.note([Job(KEY, JobState.QUEUED, name="new", submitted=later)], later)
    assert [one.state for one in await session.history.states(KEY)] == [JobState.QUEUED]


async def test_the_file_is_private_bounded_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.sqlite"
    async with HistoryFile(path, most=10) as file:
        for number in range(25):
            job = Job(JobKey("pod", str(number)), JobState.COMPLETED, walltime=timedelta(hours=1))
            await file.note([job], NOW + timedelta(minutes=number), {})
    assert path.stat().st_mode & 0o777 == 0o600
    async with HistoryFile(path) as file:
        kept = await file.search()
        assert [past.job.id for past in kept] == [str(n) for n in range(24, 14, -1)]
        assert kept[0].job.walltime == timedelta(hours=1)
        assert await file.states(JobKey("pod", "1")) == ()


async def test_another_file_in_its_place_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_text("this is no database, and it is long enough to be looked at as one" * 10)
    async with HistoryFile(path) as file:
        assert not file.usable
        assert not await file.note([Job(KEY, JobState.RUNNING)], NOW, {})
        with pytest.raises(FileTrouble, match="cannot be read"):
            await file.search()


async def test_the_course_of_a_job_prefers_the_schedulers_times(session: Session) -> None:
    started, ended = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    job = Job(KEY, JobState.HELD, submitted=NOW)
    await session.history.note([job], NOW + timedelta(minutes=1))
    job = Job(KEY, JobState.COMPLETED, submitted=NOW, started=started, ended=ended)
    await session.history.note([job], ended + timedelta(minutes=1))
    told = course(job, await session.history.states(KEY))
    assert [(event.what, event.told) for event in told] == [
        ("submitted", True),
        ("held", False),
        ("started", True),
        ("ended", True),
    ]
