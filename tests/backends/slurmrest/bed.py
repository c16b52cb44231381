"""The real Slurm of tests/testbed, through its slurmrestd and through others started beside it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from podtui.backends.slurmrest.backend import SlurmRestBackend
from podtui.backends.slurmrest.jobs import SlurmRestJobs
from podtui.backends.slurmrest.read_jobs import token_in
from podtui.config.model import Secret, SlurmRestConfig
from podtui.domain.job import Job, JobState, Scope, ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import NotFound, PodError
from podtui.paths import Paths

from .recorded import Nobody

SCRIPTS = Path(__file__).parents[2] / "testbed" / "slurm"
ROOT = Path(os.environ.get("PODTUI_TESTBED", f"{tempfile.gettempdir()}/podtui-testbed"))
CONFIGURATION = ROOT / "slurm" / "etc" / "slurm.conf"
PORT = int(os.environ.get("REST_PORT", "6820"))
URL = f"http://127.0.0.1:{PORT}"
WHY_NOT = "no slurmrestd here: as root, run tests/testbed/slurm/up.sh"
MARK = uuid4().hex[:12]
"""In the comment of each job of this run: others may test on the same Slurm."""
PATIENCE = 60.0  # seconds until a state that does not come is a fault


def is_up() -> bool:
    """Whether the testbed's slurmrestd answers."""
    if os.geteuid() != 0 or not CONFIGURATION.exists():
        return False
    try:
        socket.create_connection(("127.0.0.1", PORT), 5).close()
    except OSError:
        return False
    return True


def told(*argv: str, user: str = "alice") -> str:
    """What a command prints for a user of the testbed."""
    return subprocess.run(
        [SCRIPTS / "as.sh", user, *argv], check=True, capture_output=True, timeout=60, text=True
    ).stdout.strip()


def as_root(*argv: str) -> None:
    """A command of Slurm's administrator."""
    environment = {**os.environ, "SLURM_CONF": str(CONFIGURATION)}
    subprocess.run(argv, check=True, capture_output=True, timeout=120, env=environment)


def token(user: str = "alice", seconds: int = 3600) -> str:
    """A token of the testbed's, with the name scontrol prints before it."""
    return told("scontrol", "token", f"lifespan={seconds}", user=user)


def cluster(
    folder: Path,
    secret: Secret | None,
    *,
    url: str = URL,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: Any = None,
    **more: Any,
) -> SlurmRestBackend:
    """A backend before a slurmrestd."""
    paths = Paths(folder / "config.toml", folder / "state", folder)
    config = SlurmRestConfig("slurm", url=url, token=secret, **more)
    return SlurmRestBackend(config, paths, Nobody(), clock, transport=transport)


@asynccontextmanager
async def connected(made: SlurmRestBackend) -> AsyncIterator[SlurmRestJobs]:
    """Its jobs; at the end it is closed."""
    try:
        await made.connect()
        yield made.slurm
    finally:
        await made.close()


def submission(body: str, *options: str, token: str = "", hold: bool = False) -> Submission:
    """A Slurm script as podtui sends it, from the user's home on the testbed."""
    folder = f"-D {ROOT}/home/alice"
    lines = [f"#SBATCH {option}" for option in (folder, *options)]
    script = "\n".join(["#!/bin/bash", *lines, body, ""])
    mark = token or MARK
    content = with_token(script, ScriptDialect.SLURM, mark)
    return Submission("live.sh", content, ScriptDialect.SLURM, mark, hold=hold)


async def becomes(jobs: SlurmRestJobs, job_id: str, *states: JobState) -> Job:
    """Ask until the job is in one of `states`."""

    async def look() -> Job | None:
        try:
            job = await jobs.job(job_id)
        except NotFound:  # the database is a moment behind
            return None
        if job.state in states:
            return job
        assert not job.state.ended, f"{job_id} is {job.native_state}"
        return None

    return await until(look)


async def until(look: Callable[[], Awaitable[Job | None]]) -> Job:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await look()
            if found is not None:
                return found
            await asyncio.sleep(0.1)


async def cancel_all(jobs: SlurmRestJobs) -> None:
    """End what this run of the tests has there."""
    for job in (await jobs.list_jobs(Scope())).jobs:
        if not job.state.ended and token_in(job) == MARK:
            try:
                await jobs.cancel(job.id)
            except PodError:
                continue  # it ended in between


class Daemon:
    """A slurmrestd of a test's own, which it may kill."""

    def __init__(self, folder: Path, *addresses: str, conf: Path = CONFIGURATION) -> None:
        self.addresses = addresses
        self.log = folder / "slurmrestd.log"
        self.options: tuple[str, ...] = ()
        self.conf = conf
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        as_nobody = ("setpriv", "--reuid=slurmrest", "--regid=slurmrest", "--init-groups")
        environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "SLURM_JWT": "daemon"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*as_nobody, "slurmrestd", "-a", "rest_auth/jwt", *self.options, *self.addresses],
                env={**environment, "SLURM_CONF": str(self.conf)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    async def answers(self, port: int, host: str = "127.0.0.1") -> None:
        """Wait until it listens."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    _, writer = await asyncio.open_connection(host, port)
                except OSError:
                    assert self._process is not None
                    assert self._process.poll() is None, self.log.read_text()
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return


@contextmanager
def daemon(
    folder: Path, *addresses: str, conf: Path = CONFIGURATION, options: tuple[str, ...] = ()
) -> Iterator[Daemon]:
    """One that is gone at the end."""
    one = Daemon(folder, *addresses, conf=conf)
    one.options = options
    one.start()
    try:
        yield one
    finally:
        one.kill()
