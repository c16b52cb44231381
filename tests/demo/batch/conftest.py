"""An engine with real jobs, in a folder of the test's own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.queue import Queue

QUEUES = (
    Queue("M40", cores_per_node=12, memory_gb=48),
    Queue("FREE", cores_per_node=12, memory_gb=48, max_walltime=300, max_cores=24),
    Queue("B30", cores_per_node=28, memory_gb=256),
)


@dataclass
class Bench:
    """One engine and the user whose jobs it runs."""

    folder: Path
    owner: Owner
    engine: Engine
    slots: int = 4

    @property
    def home(self) -> Path:
        return self.owner.home

    def make_engine(self) -> Engine:
        return Engine(self.folder / "engine", queues=QUEUES, slots=self.slots, first_id=22783)

    async def restart(self) -> None:
        await self.engine.close()
        self.engine = self.make_engine()
        await self.engine.start()

    async def submit(
        self, text: str, *arguments: str, dialect: str = "TRQ", name: str = "job.sh", **more: object
    ) -> str:
        script = self.home / name
        script.write_text(text)
        workdir = more.pop("workdir", self.home)
        return await self.engine.submit(
            self.owner, script, dialect=dialect, workdir=workdir, arguments=arguments, **more
        )

    def job(self, job_id: str) -> BatchJob:
        job = self.engine.job(job_id)
        assert job is not None, job_id
        return job

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    async def ended(self, job_id: str) -> BatchJob:
        await self.until(lambda: self.job(job_id).state == "C")
        return self.job(job_id)

    async def running(self, job_id: str) -> BatchJob:
        """Wait until the script itself runs: its runner has told of its process."""
        await self.until(lambda: self.job(job_id).session_id is not None)
        return self.job(job_id)

    @staticmethod
    def is_alive(pid: int) -> bool:
        """Tell whether a process still runs; one that only waits to be reaped does not."""
        command = ["ps", "-o", "stat=", "-p", str(pid)]
        found = subprocess.run(command, capture_output=True, check=False).stdout
        return found.strip() != b"" and not found.startswith(b"Z")

    def text(self, name: str) -> str:
        return (self.home / name).read_text()

    async def tool(
        self, *words: str, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            str(self.engine.tools_for(self.owner) / words[0]),
            *words[1:],
            cwd=self.home,
            env={"PATH": "/usr/bin:/bin", **(environment or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    home = tmp_path / "home"
    home.mkdir()
    bench = Bench(tmp_path, Owner("penguin", "zoo", home), None)  # type: ignore[arg-type]
    bench.engine = bench.make_engine()
    await bench.engine.start()
    yield bench
    for job in bench.engine.jobs():
        if job.state != "C":
            await bench.engine.delete(job.id)
    await bench.until(lambda: all(job.state == "C" for job in bench.engine.jobs()))
    await bench.engine.close()
