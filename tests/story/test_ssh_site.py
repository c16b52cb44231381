"""A site seen from a login node: a scheduler that goes away, its PBS wrappers, the doctor."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import NotOffered
from tests.story.pod import environment
from tests.story.ssh_bed import SGE, SLURM, Bed, login

pytestmark = pytest.mark.alone

CONTROLLER = Path(__file__).parents[1] / "testbed" / "slurm" / "controller.sh"
WRAPPERS = Bed(
    "wrappers", "slurm-wrappers", ("alice", "bob"), "#PBS", "-t 1-3", "-W {}", folder="slurm"
)
OVERTIME = 150.0  # seconds: Slurm looks once a minute whether a job is over its minute

needs_slurm = pytest.mark.skipif(bool(SLURM.why_not), reason=SLURM.why_not)


async def controller(verb: str) -> None:
    await asyncio.to_thread(
        subprocess.run, [CONTROLLER, verb], check=True, capture_output=True, timeout=90
    )


@needs_slurm
async def test_rows_stay_dated_while_the_controller_is_away(tmp_path: Path) -> None:
    async with login(SLURM, tmp_path) as person:
        podtui = person.podtui
        key = await person.submit("true", hold=True)
        before = await person.sees(key, JobState.HELD)

        def told_to_be_old() -> Job | None:
            (answer,) = podtui.jobs.latest
            return person.listed(key) if answer.stale and answer.error else None

        await controller("stop")
        try:
            podtui.jobs.refresh()
            assert await person.waits(told_to_be_old) == before
            (answer,) = podtui.jobs.latest
            assert answer.answered is not None
            (row,) = (row for row in podtui.job_rows() if row.job.key == key)
            assert row.stale
        finally:
            await controller("start")
        podtui.jobs.refresh()
        again = await person.waits(
            lambda: None if podtui.jobs.latest[0].stale else person.listed(key)
        )
        assert again.state is JobState.HELD
        assert podtui.jobs.latest[0].error == ""


@needs_slurm
async def test_a_job_over_its_minute_on_slurm(overtime: str, tmp_path: Path) -> None:
    async with login(SLURM, tmp_path) as person:
        ended = await person.ended(JobKey(SLURM.name, overtime), OVERTIME)
        assert ended.state is JobState.TIMEOUT


@pytest.mark.skipif(bool(SGE.why_not), reason=SGE.why_not)
async def test_a_job_over_its_second_on_grid_engine(tmp_path: Path) -> None:
    async with login(SGE, tmp_path) as person:
        key = await person.submit("sleep 600", "-l h_rt=1")
        ended = await person.ended(key)
        assert (ended.state, ended.reason) == (JobState.TIMEOUT, "over its time limit h_rt=1")


@pytest.mark.skipif(
    bool(WRAPPERS.why_not) or shutil.which("pbsnodes") is None,
    reason=WRAPPERS.why_not or "`apt-get install slurm-wlm-torque` enables this",
)
async def test_what_works_by_slurms_pbs_wrappers(tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_text("hello\n")
    async with login(WRAPPERS, tmp_path) as person:
        podtui = person.podtui
        assert podtui.clusters.status("wrappers").about.startswith("slurm-wrappers 2")
        staged = await podtui.staging.submit(
            person.request(
                WRAPPERS.script("cp ~/wrapped/in.dat ~/wrapped/out.dat", "-N wrapped"),
                stage_in=(StagePair(str(tmp_path / "in.dat"), "~/wrapped/in.dat"),),
                stage_out=(StagePair(str(tmp_path / "out.dat"), "~/wrapped/out.dat"),),
            )
        )
        assert staged.key is not None
        assert (await person.sees(staged.key, *JobState)).name == "wrapped"
        done = await person.finish(staged)
        assert (done.phase, done.job_state) == (StagedPhase.DONE, JobState.UNKNOWN)
        assert (tmp_path / "out.dat").read_text() == "hello\n"
        key = await person.submit("sleep 300", "-N sleeper")
        await person.sees(key, JobState.RUNNING)
        with pytest.raises(NotOffered, match="qrerun"):
            await podtui.jobs.requeue(key)
        await podtui.jobs.cancel(key)
        await person.sees(key, JobState.UNKNOWN)  # its qstat says C, and not how it ended
        await podtui.jobs.queues("wrappers")
        assert {"n1", "n4"} <= {node.name for node in await podtui.jobs.compute_nodes("wrappers")}


@pytest.mark.parametrize("bed", [SLURM, SGE], ids=lambda bed: bed.name)
async def test_the_doctor_finds_all_well(bed: Bed, tmp_path: Path) -> None:
    if bed.why_not:
        pytest.skip(bed.why_not)
    file = bed.config(tmp_path)
    argv = [sys.executable, "-m", "podtui", "--config", str(file), "doctor", "--cluster", bed.name]
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**environment(), "HOME": str(tmp_path)},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    assert b"All is well." in out
