"""The real schedulers of tests/testbed behind its OpenSSH server, as users log in to them."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.staging import StagedJob, StagePair
from podtui.errors import NotFound, PodError
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.pod import session

ROOT = Path(os.environ.get("PODTUI_TESTBED", f"{tempfile.gettempdir()}/podtui-testbed"))
PORT = int(os.environ.get("SSHD_PORT", "6822"))
PATIENCE = 60.0  # seconds until a state that does not come is a fault


@dataclass(frozen=True)
class Bed:
    """One scheduler: two of its users, and what its scripts say."""

    name: str
    scheduler: str
    users: tuple[str, str]
    prefix: str
    array: str
    after: str
    rerun: str = ""
    folder: str = ""  # of its testbed
    tools: str = ""  # where its commands lie, below the folder

    def script(self, body: str, *options: str) -> str:
        lines = [f"{self.prefix} {option}" for option in options if option]
        return "\n".join(["#!/bin/bash", *lines, body, ""])

    def task(self, job_id: str, number: int) -> str:
        return f"{job_id}{'.' if self.name == 'sge' else '_'}{number}"

    @property
    def why_not(self) -> str:
        """Empty when it can be logged in to; else how to get there."""
        place = ROOT / (self.folder or self.name)
        if os.geteuid() != 0 or not (place / "login.env").exists():
            return f"no real {self.name} here: as root on Debian, `make testbed-up` enables this"
        try:
            socket.create_connection(("127.0.0.1", PORT), 5).close()
        except OSError:
            return "no sshd before the schedulers: `make testbed-up` enables this"
        return ""

    def config(self, folder: Path, user: str = "", port: int = PORT) -> Path:
        """A configuration that knows this cluster alone."""
        known = (ROOT / "sshd" / "known_hosts").read_text().replace(str(PORT), str(port))
        (folder / "known_hosts").write_text(known)
        path = f"{ROOT}/{self.folder}/{self.tools}:/usr/bin:/bin"
        environment = f'env = {{ PATH = "{path}" }}\n' if self.tools else ""
        file = folder / "config.toml"
        file.write_text(
            f'state_dir = "{folder}/state"\n[clusters.{self.name}]\nkind = "ssh"\n'
            f'host = "127.0.0.1"\nport = {port}\nuser = "{user or self.users[0]}"\n'
            f'identity_file = "{ROOT}/sshd/id_ed25519"\nknown_hosts = "{folder}/known_hosts"\n'
            f'scheduler = "{self.scheduler}"\npoll_seconds = 1\n{environment}'
        )
        return file


SLURM = Bed(
    "slurm", "auto", ("alice", "bob"), "#SBATCH", "-a 1-3", "-d afterok:{}", "--requeue", "slurm"
)
SGE = Bed(
    *("sge", "sge", ("geuser1", "geuser2"), "#$", "-t 1-3", "-hold_jid {}", "-r y", "sge"),
    tools="root/bin/lx-amd64",
)


class Person:
    """Somebody whose podtui is open on one cluster, polls and all."""

    def __init__(self, bed: Bed, podtui: Session, folder: Path) -> None:
        self.bed = bed
        self.podtui = podtui
        self._folder = folder

    def request(
        self,
        text: str,
        *,
        hold: bool = False,
        stage_in: tuple[StagePair, ...] = (),
        stage_out: tuple[StagePair, ...] = (),
        name: str = "story.sh",
    ) -> SubmitRequest:
        script = self._folder / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        return SubmitRequest(self.bed.name, script, stage_in, stage_out, hold=hold)

    async def submit(self, body: str, *options: str, hold: bool = False) -> JobKey:
        text = self.bed.script(body, *options)
        staged = await self.podtui.staging.submit(self.request(text, hold=hold))
        assert staged.key is not None
        return staged.key

    def listed(self, key: JobKey) -> Job | None:
        """The job's row in the table, as last polled."""
        return next((row.job for row in self.podtui.job_rows() if row.job.key == key), None)

    async def sees(self, key: JobKey, *states: JobState) -> Job:
        """Wait until the table shows the job in one of `states`."""
        return await self.waits(
            lambda: job if (job := self.listed(key)) and job.state in states else None
        )

    async def waits(self, look: Callable[[], Job | None]) -> Job:
        async with asyncio.timeout(PATIENCE):
            while True:
                seen = self.podtui.news.count
                if (found := look()) is not None:
                    return found
                await self.podtui.news.after(seen)

    async def ended(self, key: JobKey, patience: float = PATIENCE) -> Job:
        """Wait for the job's end, as the table and then accounting tell it."""
        async with asyncio.timeout(patience):
            while True:
                seen = self.podtui.news.count
                try:
                    job = await self.podtui.jobs.job(key)
                except NotFound:  # accounting is a moment behind
                    job = None
                if job is not None and job.state.ended:
                    return job
                await self.podtui.news.after(seen)

    async def finish(self, staged: StagedJob) -> StagedJob:
        async with asyncio.timeout(PATIENCE):
            return await self.podtui.staging.finish(staged.token)

    async def cancel_all(self) -> None:
        """End what this person has there."""
        for job in (await self.podtui.jobs.fetch(self.bed.name)).jobs:
            if not job.state.ended:
                try:
                    await self.podtui.jobs.cancel(job.key)
                except PodError:
                    continue  # it ended in between


@asynccontextmanager
async def login(bed: Bed, folder: Path, user: str = "") -> AsyncIterator[Person]:
    """Open podtui as `user`, polling; at the end that user has no job there."""
    folder.mkdir(exist_ok=True)
    async with session(bed.config(folder, user)) as podtui:
        await podtui.clusters.connect(bed.name)
        person = Person(bed, podtui, folder)
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(podtui.poll())
            try:
                yield person
            finally:
                polling.cancel()
                await person.cancel_all()
