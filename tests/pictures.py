"""`make pictures`: those of the README and the guide, taken by the app on a pod of its own."""

from __future__ import annotations

import asyncio
import os
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
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.submit import SubmitScreen
from tests.story.pod import NobodyToAsk, running_pod
from tests.tui.conftest import screen_text

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
SOLVE = """\
for step in $(seq 60); do
  awk -v n=$step 'BEGIN { printf "step %3d  residual %.3e\\n", n, exp(-n / 7) / 3 }'
  [ $step = 41 ] && echo 'warning: mesh quality below 0.2 in 12 cells'
done
sleep 200"""
JOBS = (
    ("mesh", "FREE", 1, "cp ~/wing.geo ~/wing.msh", ("wing.geo", "wing.msh")),
    ("solve", "H30", 2, SOLVE, None),
    ("postproc", "M40", 1, "exit 3", None),
    ("sweep-12", "T30", 4, "sleep 200", None),
    ("sweep-13", "T30", 4, "sleep 200", None),
)


async def take() -> None:
    with tempfile.TemporaryDirectory(prefix="podtui-") as name:
        folder = Path(name)
        work = folder / "wing"
        work.mkdir()
        os.environ["HOME"] = name
        os.chdir(work)
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
                await submit_all(sessions[0], work)
                await until(pilot, lambda: settled(app))
                await scenes(pilot, app)


async def scenes(pilot: Pilot[None], app: PodtuiApp) -> None:
    """Each pane, and the screens that are most looked at."""
    await shot(pilot, app, "jobs")
    await pilot.press("1", "g")
    await shown(pilot, app, "login-16-1.pod", "ACTIVE")
    await shot(pilot, app, "clusters")
    await pilot.press("3")
    await shown(pilot, app, "cells.dat", "podsh_jobs")
    await pilot.press("down", "c")
    await shown(pilot, app, "✓ done", "38.1M")
    await shot(pilot, app, "files")
    await pilot.press("4")
    await shown(pilot, app, "SHA256:")
    await shot(pilot, app, "keys")
    await pilot.press("2")
    await on_job(pilot, app, "solve")
    await pilot.press("3")
    await shown(pilot, app, "step", "residual")
    await shot(pilot, app, "log")
    await pilot.press("escape", "n")
    await until(pilot, lambda: isinstance(app.screen, SubmitScreen))
    await pilot.press(*"solve.sub", "enter")
    await shown(pilot, app, "seq 60")
    await shot(pilot, app, "submit")


async def on_job(pilot: Pilot[None], app: PodtuiApp, name: str) -> None:
    """Open the job of that name, as a person does: filter, enter."""
    await pilot.press("slash", *f"name:{name}", "enter", "enter")
    await until(pilot, lambda: isinstance(app.screen, JobScreen))


async def shown(pilot: Pilot[None], app: PodtuiApp, *words: str) -> None:
    await until(pilot, lambda: all(word in screen_text(app) for word in words))


async def shot(pilot: Pilot[None], app: PodtuiApp, name: str) -> None:
    await pilot.pause()
    app.save_screenshot(f"{name}.svg", str(DOCS))


async def submit_all(session: Session, folder: Path) -> None:
    async for _ in session.nodes.provision("pod", NodeSpec()):
        pass
    (folder / "wing.geo").write_text("a wing\n")
    (folder / "cells.dat").write_bytes(os.urandom(40_000_000))
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
