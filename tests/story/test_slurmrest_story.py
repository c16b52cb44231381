"""Somebody's day at the real Slurm through slurmrestd, files over the real OpenSSH."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.config.model import Config, Secret, SlurmRestConfig, SshOptions
from podtui.domain.cluster import Facet, LinkState
from podtui.domain.job import JobKey, JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.errors import LoginRequired, NotOffered
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.backends.slurmrest.bed import URL, WHY_NOT, daemon, is_up, token
from tests.ports import free_port
from tests.story.at_work import at_work as at_work_there
from tests.story.at_work import log_end, row, sees
from tests.story.pod import NobodyToAsk, parts
from tests.story.ssh_bed import PATIENCE, PORT, ROOT, SLURM

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not is_up(), reason=WHY_NOT),
    pytest.mark.skipif(bool(SLURM.why_not), reason=SLURM.why_not),
]


def cluster(folder: Path) -> SlurmRestConfig:
    """The testbed's Slurm; its token comes from `scontrol token` on the login node."""
    known = folder / "known_hosts"
    known.write_text((ROOT / "sshd" / "known_hosts").read_text())
    return SlurmRestConfig(
        "rest",
        user="alice",
        url=URL,
        ssh_host="127.0.0.1",
        port=PORT,
        poll_seconds=0.5,
        ssh=SshOptions(ROOT / "sshd" / "id_ed25519", known, "strict"),
    )


@asynccontextmanager
async def at_work(config: SlurmRestConfig, folder: Path) -> AsyncIterator[Session]:
    """podtui open, with polls, staged jobs and transfers going; at the end no job is left."""
    paths = Paths(folder / "config.toml", folder / "state", folder)
    podtui = Session(Config(clusters=(config,)), paths, NobodyToAsk())
    async with at_work_there(podtui):
        try:
            yield podtui
        finally:
            for staged in podtui.staging.jobs:  # others may test on the same Slurm
                if staged.key is not None:
                    await podtui.jobs.cancel(staged.key)


@pytest.fixture
async def podtui(tmp_path: Path) -> AsyncIterator[Session]:
    async with at_work(cluster(tmp_path), tmp_path) as open_one:
        yield open_one


def linked(podtui: Session, state: LinkState) -> Callable[[], bool | None]:
    return lambda: podtui.clusters.status("rest").link is state or None


async def submitted(podtui: Session, folder: Path, body: str, *options: str) -> JobKey:
    script = folder / f"{uuid4().hex[:6]}.sh"
    script.write_text("\n".join(["#!/bin/bash", *(f"#SBATCH {o}" for o in options), body, ""]))
    staged = await podtui.staging.submit(SubmitRequest("rest", script))
    assert staged.key is not None
    return staged.key


async def test_a_job_with_its_files_from_beginning_to_end(podtui: Session, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(data := bytes(range(256)) * 4000)
    (tmp_path / "back").mkdir()
    script = tmp_path / "sum.sh"
    script.write_text(
        "#!/bin/bash\n#SBATCH -t 5 -J sums -o rest-%j.log\n"
        "sha256sum < ~/rest/in.dat > ~/rest/out.dat; echo done in $PWD; exit 3\n"
    )
    request = SubmitRequest(
        "rest",
        script,
        (StagePair(str(tmp_path / "in.dat"), "~/rest/in.dat"),),
        (StagePair(str(tmp_path / "back") + "/", "~/rest/out.dat"),),
    )
    staged = await podtui.staging.submit(request)
    assert staged.phase is StagedPhase.STAGING_IN
    assert staged.key is not None
    async with asyncio.timeout(PATIENCE):
        done = await podtui.staging.finish(staged.token)
    assert (done.phase, done.job_state) == (StagedPhase.DONE, JobState.FAILED)
    assert done.exit_status == 3
    assert (tmp_path / "back" / "out.dat").read_text().split()[0] == (
        hashlib.sha256(data).hexdigest()
    )
    assert parts(tmp_path) == []
    job = await podtui.jobs.job(staged.key)
    assert job.name == "sums"
    assert job.stdout == f"{ROOT}/home/alice/rest-{job.id}.log"
    assert await log_end(podtui, job.key, job.stdout) == f"done in {ROOT}/home/alice\n"


async def test_cancelled_held_and_requeued(podtui: Session, tmp_path: Path) -> None:
    first = await submitted(podtui, tmp_path, "sleep 300", "-t 5 --requeue")
    running = await sees(podtui, row(podtui, first, JobState.RUNNING))
    assert (running.user, running.walltime) == ("alice", timedelta(minutes=5))
    await podtui.jobs.requeue(first)  # this version cannot: the login node does
    await sees(podtui, row(podtui, first, JobState.QUEUED, JobState.HELD))
    await podtui.jobs.hold(first)
    await sees(podtui, row(podtui, first, JobState.HELD))
    await podtui.jobs.cancel(first)
    await sees(podtui, row(podtui, first, JobState.CANCELLED))


async def test_what_the_cluster_tells_of_itself(podtui: Session) -> None:
    status = podtui.clusters.status("rest")
    assert status.about.startswith("Slurm 22.05")
    assert status.about.endswith("through slurmrestd v0.0.38")
    assert status.token_expires is not None
    offered = {o.facet for o in status.offers if o.offered}
    assert offered == {Facet.JOBS, Facet.FILES, Facet.OPERATIONS}
    assert {queue.name for queue in await podtui.jobs.queues("rest")} >= {"debug", "batch"}
    assert len(await podtui.jobs.compute_nodes("rest")) == 4


async def test_wrong_credentials_wait_for_a_person(tmp_path: Path) -> None:
    wrong = replace(cluster(tmp_path), token=Secret(token("bob")[:-6] + "AAAAAA"))
    with pytest.raises(ExceptionGroup) as caught:
        async with at_work(wrong, tmp_path):
            raise AssertionError("it must not get here")
    assert caught.group_contains(LoginRequired)
    paths = Paths(tmp_path / "config.toml", tmp_path / "other", tmp_path)
    async with Session(Config(clusters=(wrong,)), paths, NobodyToAsk()) as podtui:
        with pytest.raises(LoginRequired):
            await podtui.clusters.connect("rest")
        status = podtui.clusters.status("rest")
        assert status.link is LinkState.LOGIN
        assert "scontrol token" in status.hint


async def test_the_server_goes_away_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    config = replace(cluster(tmp_path), url=f"http://127.0.0.1:{port}")
    with daemon(tmp_path, f"127.0.0.1:{port}") as server:
        await server.answers(port)
        async with at_work(config, tmp_path) as podtui:
            key = await submitted(podtui, tmp_path, "true", "-t 5 -H")
            await sees(podtui, row(podtui, key, JobState.HELD))
            server.kill()
            await sees(podtui, linked(podtui, LinkState.STALE))
            assert row(podtui, key, JobState.HELD)() is not None  # the rows stay
            server.start()
            await server.answers(port)
            podtui.jobs.refresh("rest")
            await sees(podtui, linked(podtui, LinkState.ONLINE))
            await podtui.jobs.cancel(key)
            await sees(podtui, row(podtui, key, JobState.CANCELLED))


async def test_without_a_login_node_files_are_not_offered(tmp_path: Path) -> None:
    config = replace(cluster(tmp_path), ssh_host="", token=Secret(token()))
    async with at_work(config, tmp_path) as podtui:
        offer = podtui.clusters.status("rest").offer(Facet.FILES)
        assert not offer.offered
        assert "ssh_host" in offer.reason
        with pytest.raises(NotOffered, match="ssh_host"):
            await podtui.files.resolve("rest", "~")
