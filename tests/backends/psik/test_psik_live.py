"""The client against the real psik_api 1.0.0 of tests/testbed/psik."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.backends.psik.backend import PsikBackend
from podtui.config.model import PsikConfig
from podtui.domain.job import Job, JobState, Scope, ScriptDialect
from podtui.errors import BadAnswer, NotFound, NotOffered, Refused
from podtui.paths import Paths
from tests.backends.psik.recorded import submission
from tests.story.pod import NobodyToAsk
from tests.story.psik_bed import PLAIN, why_not

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is there"),
]
PATIENCE = 60.0


@pytest.fixture
async def psik(tmp_path: Path) -> AsyncIterator[PsikBackend]:
    backend = opened(tmp_path, PLAIN)
    await backend.connect()
    yield backend
    await backend.close()


def opened(folder: Path, config: PsikConfig) -> PsikBackend:
    paths = Paths(folder / "config.toml", folder / "state", folder)
    return PsikBackend(config, paths, NobodyToAsk(), lambda: datetime.now(UTC))


async def becomes(psik: PsikBackend, job_id: str, *states: JobState) -> Job:
    async with asyncio.timeout(PATIENCE):
        while True:
            job = await psik.jobs.job(job_id)
            if job.state in states:
                return job
            await asyncio.sleep(1.0)  # psik loses changes of state when it is asked more often


async def test_a_held_job_with_its_files_is_found_started_and_read(
    psik: PsikBackend, tmp_path: Path
) -> None:
    token, data = uuid4().hex, bytes(range(256)) * 9000
    text = "#SBATCH -t 5\nsha256sum < 'in \u00fc.dat'\nmkdir sub; echo deep > sub/x\n"
    job_id = await psik.jobs.submit(submission(text, token=token, hold=True))
    assert (await psik.jobs.job(job_id)).state is JobState.HELD
    (tmp_path / "in").write_bytes(data)
    target = f"/jobs/{job_id}/in \u00fc.dat"
    sent = await psik.files.upload(tmp_path / "in", target, "sha256", lambda _: None)
    assert sent == await psik.files.hash(target, "sha256") == hashlib.sha256(data).hexdigest()
    assert await psik.files.read(target, -256, 300) == bytes(range(256))
    fresh = opened(tmp_path, PLAIN)  # another process would look for it anew
    await fresh.connect()
    assert await fresh.jobs.find_submitted(token) == (job_id,)
    assert await fresh.jobs.find_submitted(uuid4().hex) == ()
    await fresh.close()
    await psik.jobs.release(job_id)
    job = await becomes(psik, job_id, JobState.COMPLETED)
    assert (await psik.files.read(job.stdout, 0, 64)).decode() == sent
    kinds = {e.name: e.is_folder for e in await psik.files.list_folder(f"/jobs/{job_id}")}
    assert kinds == {"in \u00fc.dat": False, "sub": True}
    with pytest.raises(NotOffered):
        await psik.files.read(f"/jobs/{job_id}/sub/x", 0, 10)


async def test_queues_are_backends_and_a_job_keeps_its_own(
    psik: PsikBackend, tmp_path: Path
) -> None:
    names = [queue.name for queue in await psik.jobs.queues()]
    assert names[:2] == ["default", "second"]
    job_id = await psik.jobs.submit(submission("#SBATCH -p second -t 5\nexit 4\n"))
    fresh = opened(tmp_path, PLAIN)
    await fresh.connect()
    assert (await becomes(fresh, job_id, JobState.FAILED)).queue == "second"
    rows = {job.id: job.queue for job in (await fresh.jobs.list_jobs(Scope())).jobs}
    assert rows[job_id] == "second"
    await fresh.close()


async def test_an_upload_that_is_cut_leaves_nothing(psik: PsikBackend, tmp_path: Path) -> None:
    job_id = await psik.jobs.submit(submission("true\n", hold=True))
    (tmp_path / "big").write_bytes(bytes(64 << 20))
    target, moving = f"/jobs/{job_id}/big", asyncio.Event()
    sending = asyncio.ensure_future(
        psik.files.upload(tmp_path / "big", target, "sha256", lambda _: moving.set())
    )
    await moving.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await psik.files.stat(target) is None
    await psik.jobs.cancel(job_id)


async def test_output_that_is_no_text_is_told_as_such(psik: PsikBackend) -> None:
    token = uuid4().hex
    text = "#SBATCH -t 5\nprintf '\\377\\376' | tee bytes\n"
    job_id = await psik.jobs.submit(submission(text, token=token))
    job = await becomes(psik, job_id, JobState.COMPLETED)
    with pytest.raises(BadAnswer) as caught:
        await psik.files.read(job.stdout, 0, 10)
    assert "not UTF-8" in caught.value.hint
    assert await psik.files.read(f"/jobs/{job_id}/bytes", 0, 10) == b"\xff\xfe"


async def test_what_is_wrong_is_refused(psik: PsikBackend) -> None:
    with pytest.raises(Refused, match="400"):
        await psik.jobs.submit(submission("#SBATCH -D /no/such/folder -t 5\ntrue\n"))
    with pytest.raises(NotFound):
        await psik.jobs.job("1.5")


async def test_a_real_slurm_behind_it(tmp_path: Path) -> None:
    slurm = opened(tmp_path, PsikConfig("psik", url=PLAIN.url, backend="slurm"))
    try:
        await slurm.connect()
    except NotFound:
        pytest.skip("psik_api was started without a Slurm: `make testbed-up` starts both")
    lines = "#PBS -q debug -l nodes=2:ppn=2,walltime=120 -v A='x y'"
    text = f'{lines}\ncd $PBS_O_WORKDIR\necho $PBS_NP "$A" > out\n'
    job_id = await slurm.jobs.submit(submission(text, ScriptDialect.TORQUE))
    job = await becomes(slurm, job_id, JobState.COMPLETED, JobState.FAILED)
    assert job.state is JobState.COMPLETED
    assert await slurm.files.read(f"/jobs/{job_id}/out", 0, 100) == b"4 x y\n"
    assert int(job.attribute("native_id")) > 0
    await slurm.close()


async def test_a_partition_that_is_none_never_looks_done(tmp_path: Path) -> None:
    slurm = opened(tmp_path, PsikConfig("psik", url=PLAIN.url, backend="slurm"))
    try:
        await slurm.connect()
    except NotFound:
        pytest.skip("psik_api was started without a Slurm: `make testbed-up` starts both")
    job_id = await slurm.jobs.submit(submission("#SBATCH -p nosuch -t 1\ntrue\n"))
    job = await slurm.jobs.job(job_id)
    assert (job.state, job.native_state) == (JobState.QUEUED, "new")
    await slurm.close()
