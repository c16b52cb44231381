"""One table, six kinds of clusters: one goes away and comes back, the rest go on."""

from __future__ import annotations

import asyncio
import io
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from podtui.cli.call import Call
from podtui.cli.doctor import doctor
from podtui.cli.output import Output
from podtui.config.model import (
    ClusterConfig,
    Config,
    KottaConfig,
    PsikConfig,
    ResopConfig,
    Secret,
    SlurmRestConfig,
)
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobKey, JobState
from podtui.domain.job_table import JobRow
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.backends.slurmrest.bed import URL, WHY_NOT, is_up, token
from tests.emulators.kotta.server import Running
from tests.emulators.kotta.server import running as kotta_running
from tests.emulators.psik2.service import Psik2
from tests.emulators.resop import fake_slurm
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import serving
from tests.emulators.resop.service import Service
from tests.story.pod import NobodyToAsk, Pod, client
from tests.story.ssh_bed import PATIENCE, SLURM

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(SLURM.why_not), reason=SLURM.why_not),
    pytest.mark.skipif(not is_up(), reason=WHY_NOT),
]
PAGE = "https://kotta.example/handle_login?access_token=Atza%7Cgood1&expires_in=3600"
SBATCH = "#!/bin/bash\n#SBATCH --time=5\necho six\n"
SCRIPTS = {
    "pod": "#PBS -l walltime=5:00\necho six\n",
    "rest": SBATCH.replace("echo", "#SBATCH --chdir=/tmp --output=/dev/null\necho"),
}


@dataclass
class Six:
    """podtui with a cluster of every kind, and the one that can go away."""

    podtui: Session
    folder: Path
    kotta: Running

    async def submit(self, cluster: str) -> JobKey:
        script = self.folder / f"{cluster}.sh"
        script.write_text(SCRIPTS.get(cluster, SBATCH))
        staged = await self.podtui.staging.submit(SubmitRequest(cluster, script))
        assert staged.key is not None
        return staged.key

    def row(self, key: JobKey) -> JobRow | None:
        return next((row for row in self.podtui.job_rows() if row.job.key == key), None)

    async def sees(self, look: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not look():
                await self.podtui.news.after(self.podtui.news.count)

    def ended_well(self, key: JobKey) -> bool:
        row = self.row(key)
        return row is not None and row.job.state is JobState.COMPLETED


@pytest.fixture
async def six(pod: Pod, tmp_path: Path) -> AsyncIterator[Six]:
    machine = _machine(tmp_path / "resop")
    async with AsyncExitStack() as stack:
        server = stack.enter_context(serving(Service(machine, {"alice": "wonder-land"})))
        psik = await stack.enter_async_context(Psik2(tmp_path / "psik", "BISCUIT").running())
        kotta = await stack.enter_async_context(kotta_running())
        (tmp_path / "ssh").mkdir()
        clusters: tuple[ClusterConfig, ...] = (
            replace(client(pod.config)[0].cluster(), poll_seconds=0.3),
            replace(client(SLURM.config(tmp_path / "ssh"))[0].cluster(), poll_seconds=0.5),
            SlurmRestConfig("rest", "alice", url=URL, token=Secret(token()), poll_seconds=0.5),
            PsikConfig("psik", url=psik.url, token=Secret("BISCUIT"), poll_seconds=1),
            KottaConfig("kotta", url=kotta.url, token=Secret(PAGE), poll_seconds=0.3),
            ResopConfig(
                "resop",
                "alice",
                url=server.url,
                password=Secret("wonder-land"),
                job_folder=f"{machine.home}/jobs",
                poll_seconds=0.3,
            ),
        )
        paths = Paths(tmp_path / "config.toml", tmp_path / "state", tmp_path)
        podtui = await stack.enter_async_context(
            Session(Config(clusters=clusters), paths, NobodyToAsk())
        )
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for name in podtui.clusters.names:
            await podtui.clusters.connect(name)
        going = group.create_task(podtui.run())
        try:
            yield Six(podtui, tmp_path, kotta)
        finally:
            going.cancel()


def _machine(folder: Path) -> Machine:
    tools, home = folder / "tools", folder / "far"
    for path in (tools, home):
        path.mkdir(parents=True)
    fake_slurm.install(tools)
    (home / ".profile").write_text(f"PATH={tools}:/usr/bin:/bin\n")
    return Machine(home, f"{tools}:/usr/bin:/bin")


async def test_jobs_of_six_systems_in_one_table(six: Six) -> None:
    names = six.podtui.clusters.names
    assert len({six.podtui.clusters.config(name).kind for name in names}) == 6
    keys = [await six.submit(name) for name in names]
    await six.sees(lambda: all(six.row(key) for key in keys))
    await six.sees(lambda: all(six.ended_well(key) for key in keys))

    await six.kotta.go_away()
    gone = keys[names.index("kotta")]
    await six.sees(lambda: six.podtui.clusters.status("kotta").link is LinkState.STALE)
    await six.sees(lambda: (row := six.row(gone)) is not None and row.stale)
    others = [await six.submit(name) for name in names if name != "kotta"]
    await six.sees(lambda: all(six.ended_well(key) for key in others))
    assert all(not row.stale for row in six.podtui.job_rows() if row.job.cluster != "kotta")

    await six.kotta.come_back()
    six.podtui.jobs.refresh("kotta")
    await six.sees(lambda: six.podtui.clusters.status("kotta").link is LinkState.ONLINE)
    assert not six.row(gone).stale  # type: ignore[union-attr]
    later = await six.submit("kotta")
    await six.sees(lambda: six.ended_well(later))


UNTOLD = {
    "pod": set[str](),
    "slurm": {"controller"},
    "rest": {"clock", "controller", "files", "write and hash", "space there"},
    "psik": {"controller", "write and hash", "space there"},
    "kotta": {"clock", "controller", "write and hash", "space there"},
    "resop": {"controller"},
}


async def test_the_doctor_finds_each_kind_well_and_leaves_out_what_it_has_not(six: Six) -> None:
    """A machine without quotas: nobody tells of any."""
    config, paths = six.podtui.config, six.podtui.paths
    for name in six.podtui.clusters.names:
        told = io.StringIO()
        call = Call(
            Namespace(submit=False, cluster=name),
            config,
            paths,
            Output(as_json=False, stdout=told, stderr=told),
        )
        answer = await doctor(call, six.podtui)
        assert answer.error is None, told.getvalue()
        assert isinstance(answer.data, dict)
        checks = {check["name"]: check for check in answer.data["checks"]}
        untold = {name for name, check in checks.items() if check["ok"] is None} - {"quota"}
        assert untold == UNTOLD[name], told.getvalue()
        assert all(checks[one]["detail"] for one in checks)
    kotta = await six.podtui.files.folder("kotta", "/")
    assert not [entry.name for entry in kotta if "doctor" in entry.name]
