"""A real Slurm through its slurmrestd. Runs when tests/testbed/slurm/up.sh has run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.backends.slurmrest.jobs import SlurmRestJobs
from podtui.config.model import Secret
from podtui.domain.job import Job, JobState, Scope, ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import InputError, NotFound, NotOffered, Refused

from .bed import (
    ROOT,
    WHY_NOT,
    as_root,
    becomes,
    cancel_all,
    cluster,
    connected,
    is_up,
    submission,
    token,
    told,
    until,
)

pytestmark = [pytest.mark.alone, pytest.mark.skipif(not is_up(), reason=WHY_NOT)]
VERSIONS = ("v0.0.36", "v0.0.37", "v0.0.38")
WAITING = (JobState.HELD, JobState.QUEUED)


@pytest.fixture
async def alice(tmp_path: Path) -> AsyncIterator[SlurmRestJobs]:
    async with connected(cluster(tmp_path, Secret(token()))) as jobs:
        yield jobs
        await cancel_all(jobs)


@pytest.mark.parametrize("api", VERSIONS)
async def test_a_job_from_held_to_the_database(api: str, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    output = f"{ROOT}/home/alice/{uuid4().hex}.out"
    async with connected(cluster(tmp_path, Secret(token()), api=api, user="alice")) as jobs:
        script = submission(
            'echo "$A in $PWD"; exit 3',
            f"-J two\\ words -n 2 -c 2 --mem=200M -t 5 -p batch -o {output} --export=A=here",
            hold=True,
        )
        assert jobs.preview(script).losses == ()
        job_id = await jobs.submit(script)
        row = await jobs.job(job_id)
        assert (row.state, row.native_state, row.name) == (JobState.HELD, "PENDING", "two words")
        assert row.reason == "Held by its owner; release it to let it start."
        assert (row.queue, row.cores, row.walltime) == ("batch", 4, timedelta(minutes=5))
        assert row.submitted is not None
        assert before <= row.submitted <= datetime.now(UTC) + timedelta(seconds=1)
        listed = await jobs.list_jobs(Scope())
        assert job_id in {job.id for job in listed.jobs}
        assert listed.skipped == 0
        await jobs.release(job_id)
        ended = await becomes(jobs, job_id, JobState.FAILED)
        assert ended.name == "two words"  # v0.0.36 would have made it "openapi"
        assert (ended.exit_status, ended.stdout) == (3, output)
        assert Path(output).read_text() == f"here in {ROOT}/home/alice\n"

        async def recorded() -> Job | None:
            (record,) = await jobs.history.jobs_of(job_id)
            return record if record.state.ended else None

        record = await until(recorded)
        assert (record.state, record.user) == (JobState.FAILED, "alice")
        assert record.exit_status is None  # 22.05's database tells 0, which is not true


async def test_an_array_one_task_and_the_whole(alice: SlurmRestJobs) -> None:
    array = await alice.submit(submission("sleep 300", "-a 1-3"))
    for number in (1, 2, 3):
        await becomes(alice, f"{array}_{number}", JobState.RUNNING)
    await alice.cancel(f"{array}_2")
    assert (await becomes(alice, f"{array}_2", JobState.CANCELLED)).id == f"{array}_2"
    assert (await alice.job(f"{array}_1")).state is JobState.RUNNING
    assert "RUNNING 2" in (await alice.job(array)).attribute("Parts")
    await alice.cancel(array)
    for number in (1, 3):
        await becomes(alice, f"{array}_{number}", JobState.CANCELLED)
    await alice.cancel(array)  # it has ended: fine


async def test_an_array_that_waits_is_held_and_released_as_one(alice: SlurmRestJobs) -> None:
    array = await alice.submit(submission("sleep 300", "-a 1-4%1 -b now+1hour"))
    await alice.hold(array)
    assert (await alice.job(array)).state is JobState.HELD
    await alice.release(array)
    assert (await alice.job(array)).state is JobState.QUEUED


async def test_a_heterogeneous_job(alice: SlurmRestJobs) -> None:
    mark = uuid4().hex[:8]
    script = submission("sleep 300", "-n 1", "hetjob", f"-n 2 -p batch -D {ROOT}", token=mark)
    leader = await alice.submit(script)
    first = await becomes(alice, f"{leader}+0", JobState.RUNNING)
    second = await becomes(alice, f"{leader}+1", JobState.RUNNING)
    assert (first.cores, second.cores, second.queue) == (1, 2, "batch")
    assert await alice.find_submitted(mark) == (leader,)
    await alice.cancel(leader)
    await becomes(alice, f"{leader}+1", JobState.CANCELLED)


async def test_a_job_waits_for_another(alice: SlurmRestJobs) -> None:
    first = await alice.submit(submission("true", hold=True))
    second = await alice.submit(submission("true", f"-d afterok:{first}"))
    waiting = await alice.job(second)
    assert waiting.state in WAITING
    assert "job" in waiting.reason
    await alice.release(first)
    await becomes(alice, second, JobState.COMPLETED)
    assert (await alice.job(first)).state is JobState.COMPLETED


async def test_limits_change_and_signals_arrive(alice: SlurmRestJobs) -> None:
    output = f"{ROOT}/home/alice/{uuid4().hex}.out"
    body = "trap 'echo caught; exit 0' USR1; echo ready; while :; do sleep .1; done"
    job_id = await alice.submit(submission(body, f"-t 10 -o {output}"))
    await becomes(alice, job_id, JobState.RUNNING)
    await alice.update(job_id, walltime=timedelta(minutes=4), comment="PODTUI_TOKEN=ab later")
    changed = await alice.job(job_id)
    assert changed.walltime == timedelta(minutes=4)
    assert changed.attribute("Comment") == "PODTUI_TOKEN=ab later"
    with pytest.raises(Refused):  # only an operator gives a running job more time
        await alice.update(job_id, walltime=timedelta(minutes=50))
    with pytest.raises(InputError):
        await alice.signal(job_id, "NOSUCH")
    async with asyncio.timeout(30):
        while not Path(output).exists() or "ready" not in Path(output).read_text():
            await asyncio.sleep(0.05)
    told("scontrol", "show", "job", job_id)
    await alice.signal(job_id, "USR1")
    ended = await becomes(alice, job_id, JobState.COMPLETED, JobState.FAILED)
    assert ended.state in (JobState.COMPLETED, JobState.FAILED)


async def test_two_people(alice: SlurmRestJobs, tmp_path: Path) -> None:
    async with connected(cluster(tmp_path / "bob", Secret(token("bob")))) as bob:
        mine = await alice.submit(submission("true", hold=True))
        theirs = await bob.submit(submission("true", f"-D {ROOT}/home/bob", hold=True))
        both = {mine, theirs}
        for scope, wanted in (
            (Scope(), {mine}),
            (Scope(user="bob"), {theirs}),
            (Scope(group="bob"), {theirs}),
            (Scope(everybody=True), both),
        ):
            assert {job.id for job in (await alice.list_jobs(scope)).jobs} & both == wanted
        for act in (alice.cancel, alice.release):
            with pytest.raises(Refused):
                await act(theirs)
        assert (await bob.job(theirs)).state is JobState.HELD
        await bob.cancel(theirs)


async def test_refusals_in_slurms_own_words(alice: SlurmRestJobs) -> None:
    with pytest.raises(Refused, match=r"[Ii]nvalid partition"):
        await alice.submit(submission("true", "-p nowhere"))
    with pytest.raises(Refused, match="feature"):
        await alice.submit(submission("true", "-C nosuch"))
    with pytest.raises(NotFound):
        await alice.job("999999")
    with pytest.raises(NotFound):
        await alice.cancel("999999")
    with pytest.raises(NotOffered, match=r"v0\.0\.38 cannot requeue"):
        await alice.requeue("1")


async def test_scripts_of_other_schedulers_run(alice: SlurmRestJobs) -> None:
    output = f"{ROOT}/home/alice/{uuid4().hex}.out"
    script = (
        f"#!/bin/bash\n#PBS -N pbs -l nodes=1:ppn=2,walltime=00:02:00 -j oe -o {output}\n"
        'echo "$PBS_JOBNAME $PODTUI_TOKEN"\n'
    )
    content = with_token(script, ScriptDialect.TORQUE, "cafe")
    folder = content.decode().replace("-N pbs", "-N pbs -d /tmp")
    made = Submission("p.pbs", folder.encode(), ScriptDialect.TORQUE, "cafe")
    job_id = await alice.submit(made)
    ended = await becomes(alice, job_id, JobState.COMPLETED)
    assert (ended.cores, ended.walltime) == (2, timedelta(minutes=2))
    assert Path(output).read_text() == "pbs cafe\n"


async def test_the_queues_and_the_machines(alice: SlurmRestJobs) -> None:
    queues = {queue.name: queue for queue in await alice.queues()}
    assert set(queues) >= {"debug", "batch", "closed"}
    assert (queues["debug"].default, queues["debug"].cores) == (True, 32)
    assert not queues["closed"].open
    job_id = await alice.submit(submission("sleep 300", "-n 8 -N 1"))
    await becomes(alice, job_id, JobState.RUNNING)
    nodes = {node.name: node for node in await alice.compute_nodes()}
    assert len(nodes) == 4
    assert min(node.cores_free or 0 for node in nodes.values()) == 0
    free = {queue.name: queue.cores_free for queue in await alice.queues()}["debug"]
    assert free is not None
    assert free <= 24
    assert dict(await alice.diagnostics())["jobs_running"] >= 0


async def test_reservations(alice: SlurmRestJobs) -> None:
    name = f"podtui-{uuid4().hex[:8]}"
    as_root(
        *("scontrol", "create", "reservation", f"ReservationName={name}", "StartTime=now+1days"),
        *("Duration=10", "Users=alice", "Nodes=n4"),
    )
    try:
        found = {one.name: one for one in await alice.reservations()}[name]
    finally:
        as_root("scontrol", "delete", f"ReservationName={name}")
    assert (found.nodes, found.users) == ("n4", "alice")
    assert found.start is not None
    assert found.end is not None
    assert found.end - found.start == timedelta(minutes=10)


async def test_a_list_that_has_not_changed_is_not_sent_again(alice: SlurmRestJobs) -> None:
    job_id = await alice.submit(submission("true", hold=True))
    first = await alice.list_jobs(Scope())
    again = await alice.list_jobs(Scope())
    assert again.jobs == first.jobs
    told("scancel", job_id)  # behind our back: it has to be seen
    async with asyncio.timeout(30):
        while True:
            jobs = {job.id: job for job in (await alice.list_jobs(Scope())).jobs}
            if jobs[job_id].state is JobState.CANCELLED:
                break
            await asyncio.sleep(0.1)
