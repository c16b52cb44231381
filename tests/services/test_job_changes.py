"""One change to many jobs: an outcome for each, a lost cluster not asked again and again."""

from __future__ import annotations

import asyncio

from podtui.domain.job import JobState
from podtui.domain.job_changes import Ending, JobChange, Outcome, Target, tally
from podtui.domain.job_table import JobRow
from podtui.errors import OutcomeUnknown, Refused, Unreachable
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend


def targets(backend: FakeBackend, many: int) -> list[Target]:
    return [Target(JobRow(backend.jobs.put(f"{n}", JobState.QUEUED))) for n in range(many)]


async def test_each_is_changed_and_the_cluster_asked_once_more(
    session: Session, backend: FakeBackend
) -> None:
    told: list[Outcome] = []
    wanted = targets(backend, 9)
    await session.job_changes.change_all(JobChange.HOLD, wanted, told.append)
    assert {outcome.target.key.id for outcome in told} == {f"{n}" for n in range(9)}
    assert {outcome.ending for outcome in told} == {Ending.DONE}
    assert all(job.state is JobState.HELD for job in backend.jobs.jobs.values())


async def test_a_refusal_is_that_jobs_alone(session: Session, backend: FakeBackend) -> None:
    told: list[Outcome] = []
    backend.jobs.fail["cancel"] = [Refused("not yours", hint="Ask.")]
    await session.job_changes.change_all(JobChange.CANCEL, targets(backend, 3), told.append)
    endings = [outcome.ending for outcome in told]
    assert sorted(ending.value for ending in endings) == ["done", "done", "failed"]
    failed = next(outcome for outcome in told if outcome.ending is Ending.FAILED)
    assert (failed.reason, failed.hint) == ("not yours", "Ask.")


async def test_a_lost_answer_is_no_failure(session: Session, backend: FakeBackend) -> None:
    told: list[Outcome] = []
    backend.jobs.fail["cancel"] = [OutcomeUnknown("cut")]
    await session.job_changes.change_all(JobChange.CANCEL, targets(backend, 1), told.append)
    assert [outcome.ending for outcome in told] == [Ending.UNKNOWN]


async def test_a_cluster_that_is_away_is_not_tried_for_the_rest(
    session: Session, backend: FakeBackend
) -> None:
    told: list[Outcome] = []
    backend.jobs.fail["release"] = [Unreachable("away") for _ in range(4)]
    await session.job_changes.change_all(JobChange.RELEASE, targets(backend, 50), told.append)
    assert len(told) == 50
    assert {outcome.ending for outcome in told} == {Ending.FAILED, Ending.NOT_TRIED}
    assert {outcome.reason for outcome in told} == {"away"}
    assert backend.jobs.calls.count("release") <= 4


async def test_a_few_at_once_and_none_begun_when_stopped(
    session: Session, backend: FakeBackend
) -> None:
    gate, under_way, most = asyncio.Event(), 0, 0

    async def hold(job_id: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await gate.wait()
        under_way -= 1

    backend.jobs.hold = hold  # type: ignore[method-assign]
    told: list[Outcome] = []
    going = True
    async with asyncio.TaskGroup() as group:
        group.create_task(
            session.job_changes.change_all(
                JobChange.HOLD, targets(backend, 20), told.append, lambda: going
            )
        )
        async with asyncio.timeout(10):
            while under_way < 4:
                await asyncio.sleep(0)
        going = False
        gate.set()
    assert most == 4
    assert [outcome.ending for outcome in told] == [Ending.DONE] * 4


def test_a_tally_counts_the_tasks_of_an_array(backend: FakeBackend) -> None:
    plain = targets(backend, 2)
    row = JobRow(backend.jobs.put("9", JobState.RUNNING))
    array = Target(row, ((JobState.RUNNING, 2), (JobState.QUEUED, 30)))
    assert array.tasks == 32
    assert tally([*plain, array]) == (("pod", ((JobState.QUEUED, 32), (JobState.RUNNING, 2))),)
