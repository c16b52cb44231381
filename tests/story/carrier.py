"""A client that dies on purpose: run as a process, killed (SIGKILL) at a chosen journal step.

    python -m tests.story.carrier CONFIG STATE FOLDER WHEN COUNT

WHEN is `before` or `after` the COUNTth write of the journal, `moving` at the COUNTth report of
bytes moved, or `never`. In FOLDER lie run.sub and in.dat; the result comes to FOLDER/results.
What is unfinished in the journal is taken up; a job is submitted only into an empty journal.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from podtui.domain.staging import StagePair
from podtui.domain.transfer import Meter
from podtui.services.journal import Journal
from podtui.services.staging import SubmitRequest
from tests.story.pod import session


class Death:
    """Kills this process at its turn."""

    def __init__(self, turn: int) -> None:
        self._left = turn

    def strike(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(when: str, count: int) -> None:
    death = Death(count)
    save, add = Journal.save, Meter.add

    async def mortal_save(self: Journal, job: Any, *, revive: bool = False) -> bool:
        if when == "before":
            death.strike()
        saved = await save(self, job, revive=revive)
        if when == "after":
            death.strike()
        return saved

    def mortal_add(self: Meter, moved: int, now: float) -> bool:
        if when == "moving":
            death.strike()
        return add(self, moved, now)

    Journal.save = mortal_save  # type: ignore[method-assign]
    Meter.add = mortal_add  # type: ignore[method-assign]


async def carry(config: Path, state: Path, folder: Path) -> None:
    async with session(config, state) as podtui:
        name = podtui.clusters.names[0]
        await podtui.clusters.connect(name)
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(podtui.poll())
            tokens = [job.token for job in podtui.staging.jobs]
            if not tokens:
                request = SubmitRequest(
                    name,
                    folder / "run.sub",
                    (StagePair(str(folder / "in.dat"), f"~/{folder.name}/in.dat"),),
                    (StagePair(str(folder / "results") + "/", f"~/{folder.name}/out.dat"),),
                )
                tokens = [(await podtui.staging.submit(request)).token]
            for token in tokens:
                sys.stdout.write((await podtui.staging.finish(token)).phase.value + "\n")
            polling.cancel()


if __name__ == "__main__":
    arm(sys.argv[4], int(sys.argv[5]))
    asyncio.run(carry(*map(Path, sys.argv[1:4])))
