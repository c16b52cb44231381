"""Polling: a failed poll is not a failed job, one login, one query a refresh, polite pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from podtui.domain.cluster import LinkState
from podtui.domain.job import JobKey, JobState, Scope, StageState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import LoginRequired, NotFound, Unreachable
from podtui.services import jobs
from podtui.services.jobs import JobService
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend

KEY = JobKey("pod", "1.pod")


async def until(session: Session, reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():
            await session.news.after(session.news.count)


@pytest.fixture
async def polling(session: Session) -> object:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(session.poll())
        yield session.jobs
        task.cancel()


async def test_nothing_is_asked_before_login(
    session: Session, backend: FakeBackend, polling: object
) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
    assert backend.jobs.calls == []
    await session.clusters.connect("pod")
    await until(session, lambda: session.jobs.latest[0].answered is not None)
    assert set(backend.jobs.calls) == {"list"}


async def test_many_callers_are_one_login(session: Session, backend: FakeBackend) -> None:
    await asyncio.gather(*(session.jobs.fetch("pod") for _ in range(20)))
    assert backend.connects == 1


async def test_a_command_that_lists_our_own_jobs_has_them_asked_for_during_the_login(
    session: Session, backend: FakeBackend
) -> None:
    backend.list_follows = False  # type: ignore[attr-defined]
    await session.jobs.fetch("pod", Scope(everybody=True))
    assert not backend.list_follows  # type: ignore[attr-defined]
    await session.jobs.fetch("pod")
    assert backend.list_follows  # type: ignore[attr-defined]


async def test_rows_stay_dated_as_stale_and_come_back(
    session: Session, backend: FakeBackend, polling: JobService
) -> None:
    backend.jobs.put("1.pod", JobState.RUNNING)
    await session.clusters.connect("pod")
    await until(session, lambda: bool(session.job_rows()))
    backend.jobs.fail["list"] = [Unreachable("the link is cut")] * 2
    await until(session, lambda: session.jobs.latest[0].stale)
    answer = session.jobs.latest[0]
    assert [job.key for job in answer.jobs] == [KEY]
    assert answer.answered is not None
    assert answer.error == "the link is cut"
    assert session.clusters.status("pod").link is LinkState.STALE
    assert session.job_rows()[0].stale
    assert session.job_rows()[0].job.state is JobState.RUNNING
    await until(session, lambda: not session.jobs.latest[0].stale)
    assert session.clusters.status("pod").link is LinkState.ONLINE


async def test_pauses_grow_while_nothing_answers(
    session: Session, backend: FakeBackend, polling: JobService
) -> None:
    await session.clusters.connect("pod")
    await until(session, lambda: session.jobs.latest[0].answered is not None)
    backend.jobs.fail["list"] = [Unreachable("down")] * 6
    pauses = []
    while backend.jobs.fail["list"]:
        await session.news.after(session.news.count)
        answer = session.jobs.latest[0]
        if answer.stale and answer.pause not in pauses:
            pauses.append(answer.pause)
    assert pauses[-1] > 4 * pauses[0]


async def test_an_ended_session_waits_for_a_person(
    session: Session, backend: FakeBackend, polling: JobService
) -> None:
    await session.clusters.connect("pod")
    await until(session, lambda: session.jobs.latest[0].answered is not None)
    backend.jobs.fail["list"] = [LoginRequired("wrong key")]
    await until(session, lambda: session.clusters.status("pod").link is LinkState.LOGIN)
    calls = len(backend.jobs.calls)
    session.jobs.refresh()
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(backend.jobs.calls) == calls
    await session.clusters.connect("pod")
    await until(session, lambda: len(backend.jobs.calls) > calls)


async def test_the_end_of_a_job_is_waited_for_through_a_cut_link(
    session: Session, backend: FakeBackend, polling: JobService
) -> None:
    backend.jobs.put("1.pod", JobState.RUNNING)
    await session.clusters.connect("pod")
    waiting = asyncio.ensure_future(session.jobs.until_ended(KEY))
    await until(session, lambda: bool(session.job_rows()))
    backend.jobs.fail["list"] = [Unreachable("down")] * 2
    await until(session, lambda: session.jobs.latest[0].stale)
    assert not waiting.done()
    backend.jobs.move("1.pod", JobState.FAILED, 3)
    async with asyncio.timeout(10):
        assert (await waiting).exit_status == 3


async def test_a_job_gone_from_the_list_is_asked_for_then_unknown(
    session: Session, backend: FakeBackend, polling: JobService
) -> None:
    backend.jobs.put("1.pod", JobState.RUNNING)
    await session.clusters.connect("pod")
    await until(session, lambda: bool(session.job_rows()))
    del backend.jobs.jobs["1.pod"]
    async with asyncio.timeout(10):
        with pytest.raises(NotFound, match="outcome is unknown"):
            await session.jobs.until_ended(KEY)


async def test_staged_jobs_join_their_rows(session: Session, backend: FakeBackend) -> None:
    from tests.services.test_journal import staged

    backend.jobs.put("1.pod", JobState.HELD)
    await session.clusters.connect("pod")
    listed = await session.jobs.fetch("pod")
    session.jobs._latest["pod"] = replace(session.jobs._latest["pod"], jobs=listed.jobs)
    pairs = (StagePair("/a", "~/a"),)
    joined = staged(job_id="1.pod", phase=StagedPhase.STAGING_IN, stage_in=pairs)
    waiting = staged(token="t2", phase=StagedPhase.UNKNOWN, stage_out=pairs)
    first, second = session.jobs.rows((joined, waiting))
    assert (first.job.key, first.job.stage_in) == (KEY, StageState.ACTIVE)
    assert first.staged is joined
    assert second.job.state is JobState.UNKNOWN
    assert second.job.stage_out is StageState.WAITING


async def test_a_call_that_outlives_a_disconnect_does_not_connect_again(
    session: Session, backend: FakeBackend
) -> None:
    await session.clusters.connect("pod")
    async with session.clusters.call("pod"):
        await session.clusters.disconnect("pod")
    assert session.clusters.status("pod").link is LinkState.IDLE


async def test_nothing_is_asked_while_nobody_looks(
    session: Session, backend: FakeBackend, polling: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JobService, "pause_after", lambda *_: 0.0)
    await session.clusters.connect("pod")
    await until(session, lambda: polling.cost("pod").queries > 2)
    polling.looking(anybody=False)
    for _ in range(50):  # the query under way ends
        await asyncio.sleep(0)
    asked = polling.cost("pod").queries
    for _ in range(200):
        await asyncio.sleep(0)
    assert polling.cost("pod").queries == asked == backend.jobs.calls.count("list")
    polling.looking(anybody=True)
    await until(session, lambda: polling.cost("pod").queries > asked)


async def test_a_job_somebody_waits_for_is_asked_for_all_the_same(
    session: Session, backend: FakeBackend, polling: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_SLOWEST", 0.01)
    backend.jobs.put("1.pod", JobState.RUNNING)
    await session.clusters.connect("pod")
    await until(session, lambda: bool(session.job_rows()))
    polling.looking(anybody=False)
    waiting = asyncio.ensure_future(polling.until_ended(KEY))
    asked = polling.cost("pod").queries
    await until(session, lambda: polling.cost("pod").queries > asked + 2)
    backend.jobs.move("1.pod", JobState.COMPLETED, 0)
    async with asyncio.timeout(10):
        assert (await waiting).state is JobState.COMPLETED
