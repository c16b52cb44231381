"""A whole day with resop: jobs with files, logs, a cancel, a wrong password, a service away."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.config.model import Config, ResopConfig, Secret
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import LoginRequired, Unreachable
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.emulators.resop import fake_slurm
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import ResopServer, serving
from tests.emulators.resop.service import Service
from tests.story.at_work import log_end, row, sees
from tests.story.pod import NobodyToAsk, parts
from tests.story.ssh_bed import PATIENCE, ROOT, SLURM

pytestmark = pytest.mark.alone

USER, PASSWORD = "alice", "wonder-land"
SCRIPT = "#!/bin/bash\n#SBATCH -o {folder}/log\n{body}\n"


@dataclass
class Bed:
    """A resop before a machine with a Slurm, and a folder of this story's own there."""

    machine: Machine
    service: Service
    server: ResopServer
    folder: str

    def session(self, near: Path, password: str = PASSWORD) -> Session:
        config = ResopConfig(
            "lab",
            USER,
            url=self.server.url,
            password=Secret(password),
            job_folder=f"{self.folder}/jobs",
            poll_seconds=0.3,
        )
        paths = Paths(near / "config.toml", near / "state", near)
        return Session(Config(clusters=(config,)), paths, NobodyToAsk())


def _imitated(folder: Path) -> Machine:
    """A machine whose Slurm is tests/emulators/resop/fake_slurm.py; its jobs run all the same."""
    tools, home = folder / "tools", folder / "far"
    for path in (tools, home):
        path.mkdir()
    fake_slurm.install(tools)
    (home / ".profile").write_text(f"PATH={tools}:/usr/bin:/bin\n")
    return Machine(home, f"{tools}:/usr/bin:/bin")


def _real() -> Machine:
    """The real Slurm of tests/testbed, as its user."""
    if SLURM.why_not:
        pytest.skip(SLURM.why_not)
    given = (ROOT / "slurm" / "login.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in given if "=" in line)
    return Machine(ROOT / "home" / USER, account=USER, environ={**environ, "USER": USER})


@pytest.fixture(params=["imitated", "real"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bed]:
    machine = _real() if request.param == "real" else _imitated(tmp_path)
    folder = machine.home / f"resop-{uuid4().hex[:8]}"
    machine.run(f"mkdir {folder}")
    service = Service(machine, {USER: PASSWORD})
    try:
        with serving(service) as server:
            yield Bed(machine, service, server, str(folder))
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def _polling(podtui: Session) -> AsyncIterator[Session]:
    async with podtui:
        await podtui.clusters.connect("lab")
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(podtui.poll())
            yield podtui
            polling.cancel()


async def _stands(podtui: Session, link: LinkState) -> None:
    """Wait until the link is in this state: a poll under way may still tell the one before."""
    await sees(podtui, lambda: podtui.clusters.status("lab").link is link or None)


def _request(bed: Bed, near: Path, body: str, name: str = "day.sh") -> SubmitRequest:
    script = near / name
    script.write_text(SCRIPT.format(folder=bed.folder, body=body))
    return SubmitRequest("lab", script)


async def test_files_travel_with_a_job_and_its_log_is_read(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(data := os.urandom(50_000))
    body = f"cd {bed.folder}; echo working; wc -c < in.dat > out.dat"
    request = replace(
        _request(bed, tmp_path, body),
        stage_in=(StagePair(str(tmp_path / "in.dat"), f"{bed.folder}/in.dat"),),
        stage_out=(StagePair(str(tmp_path / "out.dat"), f"{bed.folder}/out.dat"),),
    )
    async with _polling(bed.session(tmp_path)) as podtui:
        staged = await podtui.staging.submit(request)
        assert staged.phase is StagedPhase.STAGING_IN
        assert staged.key is not None
        await sees(podtui, row(podtui, staged.key, JobState.HELD))
        async with asyncio.timeout(PATIENCE):
            done = await podtui.staging.finish(staged.token)
        assert (done.phase, done.job_state) == (StagedPhase.DONE, JobState.COMPLETED)
        job = await podtui.jobs.job(staged.key)
        assert await log_end(podtui, staged.key, job.stdout) == "working\n"
    assert (tmp_path / "out.dat").read_text().strip() == str(len(data))
    assert Path(bed.folder, "in.dat").read_bytes() == data
    assert parts(tmp_path) == []
    assert parts(Path(bed.folder)) == []
    assert bed.service.logins[USER] == 1


async def test_a_running_job_is_cancelled(bed: Bed, tmp_path: Path) -> None:
    async with _polling(bed.session(tmp_path)) as podtui:
        staged = await podtui.staging.submit(_request(bed, tmp_path, "sleep 300"))
        assert staged.key is not None
        await sees(podtui, row(podtui, staged.key, JobState.RUNNING))
        await podtui.jobs.cancel(staged.key)
        await sees(podtui, row(podtui, staged.key, JobState.CANCELLED))


async def test_a_lost_answer_to_a_submit_makes_no_second_job(bed: Bed, tmp_path: Path) -> None:
    async with _polling(bed.session(tmp_path)) as podtui:
        await podtui.files.make_folder("lab", f"{bed.folder}/jobs")
        bed.server.lose_when = "sbatch --parsable"
        staged = await podtui.staging.submit(_request(bed, tmp_path, "true", "lost.sh"))
        assert bed.server.lose_when == ""
        async with podtui.clusters.call("lab") as backend:
            assert staged.key is not None
            assert await backend.jobs.find_submitted(staged.token) == (staged.key.id,)


async def test_a_wrong_password_is_told_and_nothing_is_polled(bed: Bed, tmp_path: Path) -> None:
    async with bed.session(tmp_path, password="wrong") as podtui:
        with pytest.raises(LoginRequired, match="refuses the user or the password"):
            await podtui.clusters.connect("lab")
        assert podtui.clusters.status("lab").link is LinkState.LOGIN
    assert bed.service.ran == []


async def test_the_service_goes_away_and_comes_back(bed: Bed, tmp_path: Path) -> None:
    async with _polling(bed.session(tmp_path)) as podtui:
        staged = await podtui.staging.submit(_request(bed, tmp_path, "sleep 300", "stay.sh"))
        assert staged.key is not None
        await sees(podtui, row(podtui, staged.key, JobState.RUNNING))
        bed.machine.up = False
        with pytest.raises(Unreachable):
            await podtui.jobs.job(staged.key)
        await _stands(podtui, LinkState.STALE)
        rows = [row.job.key for row in podtui.job_rows()]
        assert staged.key in rows  # a failed poll is not a failed job
        bed.machine.up = True
        await podtui.jobs.cancel(staged.key)
        await _stands(podtui, LinkState.ONLINE)
        await sees(podtui, row(podtui, staged.key, JobState.CANCELLED))
