"""`make pictures`: the README's picture, taken by the real app on an embedded pod of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from podtui.config.load import load_config
from podtui.domain.job import JobState
from podtui.domain.node import NodeSpec
from podtui.domain.staging import StagePair
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from podtui.tui.app import PodtuiApp
from tests.story.pod import NobodyToAsk, running_pod

DOCS = Path(__file__).parents[1] / "docs"
SIZE = (110, 24)
SECONDS = 60
SCRIPT = """#!/bin/bash
#PBS -N {name}
#PBS -q {queue}
#PBS -l nodes=1:ppn={cores},walltime=00:05:00
#PBS -j oe
{body}
"""
JOBS = (
    ("mesh", "FREE", 1, "cp ~/wing.geo ~/wing.msh", ("wing.geo", "wing.msh")),
    ("relax", "H30", 2, "sleep 200", None),
    ("postproc", "M40", 1, "exit 3", None),
    ("sweep-12", "T30", 4, "sleep 200", None),
    ("sweep-13", "T30", 4, "sleep 200", None),
)


async def take() -> None:
    with tempfile.TemporaryDirectory(prefix="podtui-") as name:
        folder = Path(name)
        async with running_pod(folder / "pod", "--slots", "7") as pod:
            paths = Paths(pod.config, folder / "client", folder)
            config = load_config(paths, file=pod.config, environ={})
            config = replace(config, state_dir=paths.state)
            sessions: list[Session] = []

            def opened(prompter: object) -> Session:
                sessions.append(Session(config, paths, NobodyToAsk()))
                return sessions[-1]

            app = PodtuiApp(opened, config, paths)
            async with app.run_test(size=SIZE) as pilot:
                await until(pilot, lambda: sessions and app.statuses)
                await submit_all(sessions[0], folder)
                await until(pilot, lambda: settled(app))
                await pilot.pause()
                app.save_screenshot("jobs.svg", str(DOCS))


async def submit_all(session: Session, folder: Path) -> None:
    async for _ in session.nodes.provision("pod", NodeSpec()):
        pass
    (folder / "wing.geo").write_text("a wing\n")
    for name, queue, cores, body, files in JOBS:
        script = folder / f"{name}.sub"
        script.write_text(SCRIPT.format(name=name, queue=queue, cores=cores, body=body))
        pairs_in = (StagePair(str(folder / files[0]), f"~/{files[0]}"),) if files else ()
        pairs_out = (StagePair(str(folder / files[1]), f"~/{files[1]}"),) if files else ()
        await session.staging.submit(SubmitRequest("pod", script, pairs_in, pairs_out))


def settled(app: PodtuiApp) -> bool:
    states = [row.job.state for row in app.rows]
    staged = [row.staged for row in app.rows if row.staged and row.staged.stage_in]
    return (
        len(states) == len(JOBS)
        and JobState.FAILED in states
        and JobState.RUNNING in states
        and all(job.succeeded for job in staged)
    )


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await pilot.pause(0.05)


if __name__ == "__main__":
    asyncio.run(take())
