"""What is told while jobs are waited for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from podtui.cli.follow import follow_link, follow_phases
from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.job import Job, JobKey, JobState, ScriptDialect
from podtui.domain.job_table import ClusterJobs
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import LoginRequired
from podtui.services.news import News

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
KEY = JobKey("pod", "1.pod")


class _Session:
    """As much of a session as is looked at."""

    def __init__(self) -> None:
        self.news = News()
        self.staging = SimpleNamespace(jobs=(), load=self._load)
        self.jobs = SimpleNamespace(latest=())
        self.clusters = SimpleNamespace(status=lambda name: self.status)
        self.status = ClusterStatus("pod", "pod", LinkState.ONLINE)
        self.looks = 0

    async def _load(self) -> None:
        self.looks += 1

    async def changes(self, phase: StagedPhase, state: JobState, minute: int, **job: str) -> None:
        """Another phase, with what the cluster said in that minute; returns when it was told."""
        staged = StagedJob("t", "pod", "s", b"", ScriptDialect.TORQUE, NOON, phase=phase, **job)
        said = NOON + timedelta(minutes=minute)
        self.staging.jobs = (staged,)
        self.jobs.latest = (ClusterJobs("pod", (Job(KEY, state),), answered=said),)
        looks = self.looks
        self.news.tell()
        while self.looks == looks:
            await asyncio.sleep(0)
        await asyncio.sleep(0)


async def _told(session: _Session, story) -> list[str]:
    lines: list[str] = []
    async with asyncio.TaskGroup() as group:
        following = group.create_task(
            follow_phases(session, ["t"], [], lines.append)  # type: ignore[arg-type]
        )
        await asyncio.sleep(0)
        await story
        following.cancel()
    return lines


async def test_each_phase_is_told_once_and_old_answers_are_not_believed():
    session = _Session()

    async def story() -> None:
        known = {"job_id": "1.pod"}
        await session.changes(StagedPhase.STAGING_IN, JobState.HELD, 0, **known)
        await session.changes(StagedPhase.STAGING_IN, JobState.HELD, 1, **known)
        await session.changes(StagedPhase.WATCHING, JobState.HELD, 1, **known)
        await session.changes(StagedPhase.WATCHING, JobState.QUEUED, 2, **known)
        await session.changes(StagedPhase.WATCHING, JobState.RUNNING, 3, **known)
        await session.changes(StagedPhase.DONE, JobState.COMPLETED, 4, **known)

    assert await _told(session, story()) == [
        "1.pod: staging in",
        "1.pod: queued",
        "1.pod: running",
        "1.pod: done",
    ]


async def test_a_cluster_that_does_not_answer_is_told_once():
    session = _Session()

    async def story() -> None:
        for _ in range(3):
            lost = {"title": "No answer", "error": "cut\n"}
            await session.changes(StagedPhase.NEW, JobState.UNKNOWN, 0, **lost)
            await session.changes(StagedPhase.SUBMITTING, JobState.UNKNOWN, 0)

    assert await _told(session, story()) == [
        "(t): new: No answer: cut (tried again)",
        "(t): submitting",
    ]


async def test_a_lost_login_ends_the_waiting():
    session = _Session()
    following = asyncio.ensure_future(follow_link(session, ["pod"]))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert not following.done()
    session.status = ClusterStatus(
        "pod", "pod", LinkState.LOGIN, title="Key revoked", error="The key is gone.", hint="Ask."
    )
    session.news.tell()
    with pytest.raises(LoginRequired) as caught:
        await following
    assert (caught.value.title, caught.value.message) == ("Key revoked", "The key is gone.")
