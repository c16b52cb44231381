"""Somebody's day at a psik_api: the real 1.0.0, and `/v2` by its emulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.config.model import PsikConfig
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import LoginRequired, Refused, Unreachable
from podtui.services.staging import SubmitRequest
from tests.story.at_work import PATIENCE, at_work, log_end, row, script, sees
from tests.story.psik_bed import CLOSED, PLAIN, STRANGER, TLS, UNIX, Bed, emulated, session, why_not

pytestmark = pytest.mark.alone

UPPER = "#SBATCH -t 5\ntr a-z A-Z < in.dat > out.dat\necho done with $SLURM_JOB_NAME\n"


@pytest.fixture(params=["real", "emulated v2"])
async def bed(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bed]:
    if request.param == "real":
        if why_not():
            pytest.skip(why_not())
        yield Bed(PLAIN, CLOSED)
    else:
        async with emulated(tmp_path / "service") as service:
            yield service


async def test_an_input_a_job_its_log_and_its_output(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(b"some bytes\n" * 50_000)
    (tmp_path / "back").mkdir()
    request = SubmitRequest(
        "psik",
        script(tmp_path, UPPER),
        stage_in=(StagePair(str(tmp_path / "in.dat"), "~/in.dat"),),
        stage_out=(StagePair(str(tmp_path / "back") + "/", "out.dat"),),
    )
    async with at_work(session(tmp_path / "home", bed.config)) as podtui:
        staged = await podtui.staging.submit(request)
        assert staged.phase is StagedPhase.STAGING_IN
        assert staged.key is not None
        async with asyncio.timeout(PATIENCE):
            done = await podtui.staging.finish(staged.token)
        assert (done.phase, done.job_state) == (StagedPhase.DONE, JobState.COMPLETED)
        assert (tmp_path / "back" / "out.dat").read_bytes() == b"SOME BYTES\n" * 50_000
        job = await podtui.jobs.job(staged.key)
        assert await log_end(podtui, staged.key, job.stdout) == "done with story.sh\n"
        assert job.exit_status is None


async def test_one_is_cancelled_and_an_ended_one_is_not(bed: Bed, tmp_path: Path) -> None:
    long = SubmitRequest("psik", script(tmp_path, "#SBATCH -t 5\nexec sleep 30\n"))
    fails = SubmitRequest("psik", script(tmp_path, "#SBATCH -t 5\nexit 3\n", "fails.sh"))
    async with at_work(session(tmp_path / "home", bed.config)) as podtui:
        first = (await podtui.staging.submit(long)).key
        second = (await podtui.staging.submit(fails)).key
        assert first is not None
        assert second is not None
        await sees(podtui, row(podtui, first, JobState.RUNNING))
        await podtui.jobs.cancel(first)
        await sees(podtui, row(podtui, first, JobState.CANCELLED))
        await sees(podtui, row(podtui, second, JobState.FAILED))
        with pytest.raises(Refused, match="ended already"):
            await podtui.jobs.cancel(second)
        assert (await podtui.jobs.job(second)).state is JobState.FAILED


async def test_refused_credentials_ask_a_person(bed: Bed, tmp_path: Path) -> None:
    async with session(tmp_path / "home", bed.refused) as podtui:
        with pytest.raises(LoginRequired):
            await podtui.clusters.connect("psik")
        assert podtui.clusters.status("psik").link is LinkState.LOGIN


async def test_the_service_goes_away_and_comes_back(bed: Bed, tmp_path: Path) -> None:
    waits = SubmitRequest("psik", script(tmp_path, "#SBATCH -t 5\ntrue\n"), hold=True)
    async with at_work(session(tmp_path / "home", bed.config)) as podtui:
        key = (await podtui.staging.submit(waits)).key
        assert key is not None
        await sees(podtui, row(podtui, key, JobState.HELD))
        await bed.go_away()
        try:
            podtui.jobs.refresh()
            await sees(podtui, lambda: podtui.jobs.latest[0].stale or None)
            assert row(podtui, key, JobState.HELD)() is not None  # the rows stay, dated
            with pytest.raises(Unreachable):
                await podtui.jobs.release(key)
        finally:
            await bed.come_back()
        podtui.jobs.refresh()
        await sees(podtui, lambda: True if not podtui.jobs.latest[0].stale else None)
        await podtui.jobs.release(key)
        await sees(podtui, row(podtui, key, JobState.COMPLETED))


async def test_a_service_that_fails_on_a_job_it_made_runs_it_once(tmp_path: Path) -> None:
    async with emulated(tmp_path / "service") as bed:
        assert bed.emulator is not None
        bed.emulator.crashes = 1
        request = SubmitRequest("psik", script(tmp_path, "#SBATCH -t 5\ntrue\n"))
        async with at_work(session(tmp_path / "home", bed.config)) as podtui:
            key = (await podtui.staging.submit(request)).key
            assert key is not None
            await sees(podtui, row(podtui, key, JobState.COMPLETED))
        assert list(bed.emulator.jobs) == [key.id]
        assert bed.emulator.posts.count(f"/jobs/{key.id}/start") == 1


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is there")
@pytest.mark.parametrize("config", [UNIX, TLS], ids=["unix socket", "tls"])
async def test_other_ways_to_the_same_service(config: PsikConfig, tmp_path: Path) -> None:
    request = SubmitRequest("psik", script(tmp_path, "#SBATCH -t 5\necho hello\n"))
    async with at_work(session(tmp_path / "home", config)) as podtui:
        key = (await podtui.staging.submit(request)).key
        assert key is not None
        job = await sees(podtui, row(podtui, key, JobState.COMPLETED))
        assert await log_end(podtui, key, job.stdout) == "hello\n"


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is there")
async def test_a_certificate_of_somebody_else(tmp_path: Path) -> None:
    async with session(tmp_path / "home", STRANGER) as podtui:
        with pytest.raises(LoginRequired, match="certificate"):
            await podtui.clusters.connect("psik")
