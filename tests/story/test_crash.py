"""SIGKILL at every journal step of a staged job: exactly one job runs, results verified."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from pathlib import Path

from tests.story.pod import Pod, environment, parts

SCRIPT = """#!/bin/bash
#PBS -N crash
#PBS -j oe
#PBS -l nodes=1:ppn=1,walltime=00:01:00
cd ~/{folder}
echo "$PBS_JOBID" >> ran
sha256sum < in.dat > out.dat
"""
STEPS = 11
"""Writes of the journal in a whole story; `test_the_story_has_so_many_steps` counts them."""
AT_ONCE = 4
SECONDS = 120


async def carrier(pod: Pod, folder: Path, when: str, count: int) -> tuple[int, str]:
    """Run the client process until it ends or dies; its return code and what it printed."""
    argv = [sys.executable, "-m", "tests.story.carrier", str(pod.config), str(folder / "state")]
    process = await asyncio.create_subprocess_exec(
        *argv,
        str(folder),
        when,
        str(count),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(),
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


def prepare(tmp_path: Path, name: str) -> tuple[Path, bytes]:
    folder = tmp_path / name
    folder.mkdir()
    data = os.urandom(3_000_000)
    (folder / "in.dat").write_bytes(data)
    (folder / "run.sub").write_text(SCRIPT.format(folder=name))
    return folder, data


def check(pod: Pod, folder: Path, data: bytes) -> None:
    there = pod.home() / folder.name
    ran = (there / "ran").read_text().splitlines()
    assert len(ran) == 1, f"{folder.name}: ran as {ran}"
    digest = hashlib.sha256(data).hexdigest()
    assert (folder / "results" / "out.dat").read_text() == f"{digest}  -\n"
    assert (there / "in.dat").read_bytes() == data
    assert not parts(there)
    assert not parts(folder)
    assert sorted(path.name for path in there.iterdir()) == ["in.dat", "out.dat", "ran"]


async def die_and_go_on(
    pod: Pod, tmp_path: Path, when: str, count: int, slots: asyncio.Semaphore
) -> None:
    folder, data = prepare(tmp_path, f"{when}{count}")
    async with slots:
        code, out = await carrier(pod, folder, when, count)
        assert code == -signal.SIGKILL, f"{when} {count} was never reached: {out}"
        code, out = await carrier(pod, folder, "never", 0)
        assert (code, out) == (0, "done\n")
    check(pod, folder, data)


async def test_the_story_has_so_many_steps(pod: Pod, tmp_path: Path) -> None:
    folder, data = prepare(tmp_path, "whole")
    code, out = await carrier(pod, folder, "after", STEPS + 1)
    assert (code, out) == (0, "done\n")
    check(pod, folder, data)


async def test_killed_at_every_journal_step(pod: Pod, tmp_path: Path) -> None:
    slots = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for when in ("before", "after"):
            for count in range(1, STEPS + 1):
                group.create_task(die_and_go_on(pod, tmp_path, when, count, slots))


async def test_killed_while_bytes_move(pod: Pod, tmp_path: Path) -> None:
    slots = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for count in (1, 2, 3):
            group.create_task(die_and_go_on(pod, tmp_path, "moving", count, slots))
