"""A submit whose link was cut has ended, or is told to be under way, before it is sent again."""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.backends.ssh.queue_jobs import QueueJobs
from podtui.domain.entry import Entry
from podtui.domain.job import ScriptDialect, Submission
from podtui.errors import OutcomeUnknown

TOKEN = "abc123"


class Quiet(Slurm):
    """A Slurm of two words: what is submitted goes into a file, and nothing is ever found."""

    __slots__ = ()

    def submit_command(self, path: str, *, hold: bool) -> Argv:
        return ("sh", "-c", 'cat "$1" >> submitted; ls -A >> submitted; echo 7', "sh", path)

    def find_command(self, token: str) -> Argv:
        return ("printf", f"\\036{self.mark}\\037queue\\n")


@dataclass
class Here:
    """A shell and a folder on this machine; `cut` takes the place of the next piece of sh."""

    folder: Path
    cut: str | None = None

    async def run(
        self, argv: Sequence[str], *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        return await self.script(shlex.join(argv), timeout=timeout, folder=folder, changes=changes)

    async def script(
        self,
        text: str,
        *,
        timeout: float,
        folder: str = "",
        changes: bool = False,
    ) -> Output:
        if changes and self.cut is not None:
            self.cut = text
            raise OutcomeUnknown("cut")
        async with asyncio.timeout(timeout):
            process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", text), cwd=self.folder, stdout=PIPE, stderr=PIPE
            )
            out, err = await process.communicate()
        return Output(process.returncode or 0, out, err)

    async def resolve(self, path: str) -> str:
        return str(self.folder)

    async def make_folder(self, path: str) -> None:
        """There is one."""

    async def stat(self, path: str) -> Entry | None:
        return None

    async def read(self, path: str, offset: int, length: int) -> bytes:
        return Path(path).read_bytes()[offset:][:length]

    async def write(self, path: str, content: bytes) -> None:
        Path(path).write_bytes(content)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


@pytest.fixture
def jobs(here: Here) -> QueueJobs:
    return QueueJobs("c", Quiet(), Account("me"), here, here, "jobs")


SUBMISSION = Submission("it's a.sh", b"one\n", ScriptDialect.SLURM, TOKEN)


async def test_a_submit_shows_while_it_runs_and_leaves_the_script_alone(
    here: Here, jobs: QueueJobs
) -> None:
    assert await jobs.submit(SUBMISSION) == "7"
    told = (here.folder / "submitted").read_text().splitlines()
    assert told == ["one", f".it's a.sh.{TOKEN}.sending", "it's a.sh", "submitted"]
    assert sorted(one.name for one in here.folder.iterdir()) == ["it's a.sh", "submitted"]


async def test_what_the_scheduler_warns_of_as_it_takes_a_job_is_told(here: Here) -> None:
    class Talking(Quiet):
        __slots__ = ()

        def submit_command(self, path: str, *, hold: bool) -> Argv:
            return ("sh", "-c", "echo 'sbatch: warning: only 3 nodes' >&2; echo 8")

    told: list[str] = []
    jobs = QueueJobs("c", Talking(), Account("me"), here, here, "jobs")
    assert await jobs.submit(replace(SUBMISSION, warn=told.append)) == "8"
    assert told == ["sbatch: warning: only 3 nodes"]


async def test_what_was_not_found_cannot_be_submitted_late(here: Here, jobs: QueueJobs) -> None:
    here.cut = ""
    with pytest.raises(OutcomeUnknown):
        await jobs.submit(SUBMISSION)
    late, here.cut = here.cut, None
    assert await jobs.find_submitted(TOKEN) == ()
    assert (await here.script(late, timeout=10)).returncode != 0
    assert list(here.folder.iterdir()) == []


async def test_what_still_runs_is_not_called_lost(here: Here, jobs: QueueJobs) -> None:
    marker = here.folder / f".it's a.sh.{TOKEN}.sending"
    marker.touch()
    with pytest.raises(OutcomeUnknown):
        await jobs.find_submitted(TOKEN)
    assert await jobs.find_submitted("another") == ()
    os.utime(marker, (time.time() - 3600,) * 2)  # its machine went down meanwhile
    assert await jobs.find_submitted(TOKEN) == ()
