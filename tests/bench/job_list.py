"""A list of 50,000 jobs of the real Slurm, from the command to the table, beside squeue alone.

The jobs are held tasks, told one by one (`squeue -r`), and are asked for, read and joined by the
app's own QueueJobs and JoinedRows: over a shell of this machine, and over the testbed's sshd by a
connection that stands. Each run is a process of its own, which tells its time and the most memory
it had.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from podtui.backends.collector import collector_at_rest
from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.backends.ssh.queue_jobs import QueueJobs
from podtui.domain.job import Job, Scope
from podtui.domain.job_table import ClusterJobs, JoinedRows
from tests.bench.slurm_bed import AS, MISSING, USER, counted_commands, held_tasks, is_up
from tests.story.pod import session
from tests.story.ssh_bed import SLURM

JOBS = 50_000
TIMES = 7
NAME = "bench-job-list"
NO_FILES: Any = None  # a list needs none
_PIECE = 256 * 1024  # bytes


def report() -> Iterable[str]:
    """The figures, or how to get them."""
    if not is_up():
        yield f"job list: {MISSING}"
        return
    ways = ["squeue", "here", *([] if SLURM.why_not else ["ssh"])]
    with held_tasks(NAME, 1, JOBS), counted_commands() as commands:
        runs = [{way: _run(way, commands.path) for way in ways} for _ in range(TIMES)]
    alone = statistics.median(run["squeue"]["seconds"] for run in runs)
    for way in ways[1:]:
        whole = statistics.median(run[way]["seconds"] for run in runs)
        ratio = statistics.median(run[way]["seconds"] / run["squeue"]["seconds"] for run in runs)
        memory = max(run[way]["megabytes"] for run in runs)
        yield (
            f"list of {min(run[way]['jobs'] for run in runs)} jobs, command to table ({way}): "
            f"{whole:.2f} s, squeue alone {alone:.2f} s, ratio {ratio:.2f} (goal ≤ 1.5) "
            f"over {TIMES} pairs; memory {memory:.0f} MB (goal < 300)"
        )


def _run(way: str, path: str) -> dict[str, float]:
    argv = [sys.executable, "-m", "tests.bench.job_list", way, path]
    told: dict[str, float] = json.loads(subprocess.check_output(argv))
    return told


class _Here:
    """A Shell: the user on this machine. What is printed is heard as an SSH link hears it."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def run_heard(
        self, argv: Sequence[str], *, timeout: float, hear: Callable[[bytes], None]
    ) -> Output:
        process = await asyncio.create_subprocess_exec(
            *(AS, USER, "env", f"PATH={self._path}", *argv), stdout=subprocess.PIPE, limit=_PIECE
        )
        assert process.stdout is not None
        parts = []
        async with asyncio.timeout(timeout):
            while part := await process.stdout.read(_PIECE):
                parts.append(part)
                hear(part)
            return Output(await process.wait(), b"".join(parts))


async def _here(path: str) -> tuple[float, int]:
    shell: Any = _Here(path)
    jobs = QueueJobs("slurm", Slurm(), Account(USER), shell, NO_FILES, "")
    begun = time.perf_counter()
    rows = _rows((await jobs.list_jobs(Scope())).jobs)
    return time.perf_counter() - begun, rows


async def _over_ssh(path: str) -> tuple[float, int]:
    with tempfile.TemporaryDirectory(prefix="podtui-bench-") as name:
        config = SLURM.config(Path(name), USER)
        config.write_text(config.read_text() + f'env = {{ PATH = "{path}" }}\n')
        async with session(config) as podtui:
            await podtui.clusters.connect(SLURM.name)
            begun = time.perf_counter()
            rows = _rows((await podtui.jobs.fetch(SLURM.name)).jobs)
            return time.perf_counter() - begun, rows


async def _alone(path: str) -> tuple[float, int]:
    command = Slurm().list_command(Scope(), Account(USER))
    begun = time.perf_counter()
    argv = [AS, USER, "env", f"PATH={path}", *command]
    listed = subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout
    return time.perf_counter() - begun, listed.count(b"\x1e")


def _rows(jobs: tuple[Job, ...]) -> int:
    """How many rows the table has, joined as JobService does it."""
    with collector_at_rest():
        return len(JoinedRows().join((ClusterJobs("slurm", jobs),), ()))


_WAYS = {"squeue": _alone, "here": _here, "ssh": _over_ssh}


def _measure(way: str, path: str) -> dict[str, float]:
    gc.freeze()  # as the app does with what it has loaded
    seconds, jobs = asyncio.run(_WAYS[way](path))
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "jobs": jobs, "megabytes": kilobytes / 1024}


if __name__ == "__main__":
    json.dump(_measure(*sys.argv[1:]), sys.stdout)
