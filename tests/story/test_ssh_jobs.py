"""Jobs on the real Slurm and the real Grid Engine, by a session over the real OpenSSH."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.domain.job import Job, JobKey, JobState, Scope
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import Refused
from tests.story.at_work import log_end
from tests.story.pod import parts
from tests.story.ssh_bed import SGE, SLURM, Bed, Person, login

pytestmark = pytest.mark.alone

WAITING = (JobState.HELD, JobState.QUEUED)


@pytest.fixture(scope="module", autouse=True)
def meanwhile(request: pytest.FixtureRequest) -> None:
    """What a test of another file looks at later is begun: two minutes less to wait."""
    if not SLURM.why_not:
        request.getfixturevalue("overtime")


@pytest.fixture(params=[SLURM, SGE], ids=lambda bed: bed.name)
def bed(request: pytest.FixtureRequest) -> Bed:
    chosen: Bed = request.param
    if chosen.why_not:
        pytest.skip(chosen.why_not)
    return chosen


@pytest.fixture
async def person(bed: Bed, tmp_path: Path) -> AsyncIterator[Person]:
    async with login(bed, tmp_path / "first") as somebody:
        yield somebody


async def test_held_released_held_cancelled(person: Person) -> None:
    jobs = person.podtui.jobs
    first = await person.submit("sleep 300", hold=True)
    row = await person.sees(first, JobState.HELD)
    assert (row.user, row.name) == (person.bed.users[0], "story.sh")
    await jobs.release(first)
    await person.sees(first, JobState.RUNNING)
    second = await person.submit("true", person.bed.after.format(first.id))
    await person.sees(second, *WAITING)
    await jobs.hold(second)
    await jobs.cancel(second)
    await jobs.cancel(first)
    assert (await person.ended(first)).state is JobState.CANCELLED


async def test_an_array_one_task_and_the_whole(person: Person) -> None:
    jobs, bed = person.podtui.jobs, person.bed
    array = await person.submit("sleep 300", bed.array)
    tasks = [JobKey(array.cluster, bed.task(array.id, number)) for number in (1, 2, 3)]
    for task in tasks:
        await person.sees(task, JobState.RUNNING)
    await jobs.cancel(tasks[1])
    assert (await person.ended(tasks[1])).state is JobState.CANCELLED
    await person.sees(tasks[0], JobState.RUNNING)
    await jobs.cancel(array)
    assert (await person.ended(tasks[0])).state is JobState.CANCELLED
    assert (await person.ended(tasks[2])).state is JobState.CANCELLED


async def test_a_job_waits_for_another(person: Person) -> None:
    first = await person.submit("true", hold=True)
    second = await person.submit("true", person.bed.after.format(first.id))
    waiting = await person.sees(second, *WAITING)
    assert "job" in waiting.reason
    await person.podtui.jobs.release(first)
    assert (await person.ended(second)).state is JobState.COMPLETED
    before, after = await person.ended(first), await person.ended(second)
    assert before.ended is not None
    assert after.started is not None
    assert before.ended <= after.started


async def test_a_failure_tells_its_exit_status(person: Person) -> None:
    key = await person.submit("exit 3")
    ended = await person.ended(key)
    assert (ended.state, ended.exit_status) == (JobState.FAILED, 3)


async def test_a_running_job_goes_back_into_the_queue(person: Person) -> None:
    def state(*natives: str) -> Callable[[], Job | None]:
        return lambda: job if (job := person.listed(key)) and job.native_state in natives else None

    key = await person.submit("sleep 300", person.bed.rerun)
    await person.waits(state("r", "RUNNING"))
    await person.podtui.jobs.requeue(key)
    await person.waits(state("PENDING", "Rq", "Rr", "Rt"))
    assert not (await person.podtui.jobs.job(key)).state.ended


async def test_a_slurm_job_that_is_to_run_once_is_not_put_back(person: Person, bed: Bed) -> None:
    if bed is not SLURM:
        pytest.skip("Grid Engine's queue decides; its refusal is told")
    key = await person.submit("sleep 300", "--no-requeue")
    await person.sees(key, JobState.RUNNING)
    with pytest.raises(Refused, match="run once only"):
        await person.podtui.jobs.requeue(key)
    assert (await person.podtui.jobs.job(key)).state is JobState.RUNNING


async def test_output_is_followed_while_the_job_runs(person: Person) -> None:
    jobs, files, name = person.podtui.jobs, person.podtui.files, person.bed.name
    folder = f"{await files.resolve(name, '~')}/follow-{uuid4().hex[:8]}"
    await files.make_folder(name, folder)
    key = await person.submit(
        f"cd {folder}; echo one; until [ -e go ]; do sleep .1; done; echo two", f"-o {folder}/log"
    )
    await person.sees(key, JobState.RUNNING)
    path = (await jobs.job(key)).stdout
    assert path == f"{folder}/log"
    async with asyncio.timeout(30):
        while await log_end(person.podtui, key, path) != "one\n":
            await person.podtui.news.after(person.podtui.news.count)
    await files.make_folder(name, f"{folder}/go")
    assert (await person.ended(key)).state is JobState.COMPLETED
    assert await log_end(person.podtui, key, path) == "one\ntwo\n"


async def test_files_travel_with_a_job(person: Person, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(data := bytes(range(256)) * 4000)
    request = person.request(
        person.bed.script("wc -c < ~/story/in.dat > ~/story/out.dat; exit 3"),
        stage_in=(StagePair(str(tmp_path / "in.dat"), "~/story/in.dat"),),
        stage_out=(StagePair(str(tmp_path / "back") + "/", "~/story/out.dat"),),
    )
    (tmp_path / "back").mkdir()
    staged = await person.podtui.staging.submit(request)
    assert staged.phase is StagedPhase.STAGING_IN
    assert staged.key is not None
    await person.sees(staged.key, JobState.HELD)
    done = await person.finish(staged)
    assert (done.phase, done.job_state, done.exit_status) == (
        StagedPhase.DONE,
        JobState.FAILED,
        3,
    )
    assert (tmp_path / "back" / "out.dat").read_text() == f"{len(data)}\n"
    assert await person.podtui.journal.get(staged.token) == done
    assert parts(tmp_path) == []


async def test_two_people_and_a_group(person: Person, bed: Bed, tmp_path: Path) -> None:
    async with login(bed, tmp_path / "second", bed.users[1]) as other:
        mine = await person.submit("true", hold=True)
        theirs = await other.submit("true", hold=True)
        both = {mine, theirs}
        fetch = person.podtui.jobs.fetch
        for scope, wanted in (
            (Scope(), {mine}),
            (Scope(user=bed.users[1]), {theirs}),
            (Scope(group=bed.users[1]), {theirs}),
            (Scope(everybody=True), both),
        ):
            assert {job.key for job in (await fetch(bed.name, scope)).jobs} & both == wanted
        with pytest.raises(Refused):
            await person.podtui.jobs.cancel(theirs)
        assert (await other.sees(theirs, JobState.HELD)).user == bed.users[1]


async def test_scripts_of_one_name_at_once_become_each_its_own_job(person: Person) -> None:
    naming = "-J" if person.bed is SLURM else "-N"
    names = [f"twin{number}" for number in range(6)]
    requests = [
        person.request(
            person.bed.script("true", f"{naming} {name}"), hold=True, name=f"{name}/run.sh"
        )
        for name in names
    ]
    async with asyncio.TaskGroup() as group:
        sent = [group.create_task(person.podtui.staging.submit(one)) for one in requests]
    for task, name in zip(sent, names, strict=True):
        key = task.result().key
        assert key is not None
        assert (await person.sees(key, JobState.HELD)).name == name
