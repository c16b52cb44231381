"""What stories of services share: podtui at work, and what its table shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from podtui.domain.job import Job, JobKey, JobState
from podtui.services.session import Session

PATIENCE = 60.0  # seconds until something that does not come is a fault
_T = TypeVar("_T")


@asynccontextmanager
async def at_work(podtui: Session) -> AsyncIterator[Session]:
    """podtui open and logged in everywhere, with polls, staged jobs and transfers going."""
    async with podtui, asyncio.TaskGroup() as group:
        for name in podtui.clusters.names:
            await podtui.clusters.connect(name)
        going = group.create_task(podtui.run())
        try:
            yield podtui
        finally:
            going.cancel()


async def sees(podtui: Session, look: Callable[[], _T | None]) -> _T:
    """Wait until `look` finds something."""
    async with asyncio.timeout(PATIENCE):
        while True:
            seen = podtui.news.count
            if (found := look()) is not None:
                return found
            await podtui.news.after(seen)


def row(podtui: Session, key: JobKey, *states: JobState) -> Callable[[], Job | None]:
    """Looks for the job in one of the states."""

    def look() -> Job | None:
        jobs = (one.job for one in podtui.job_rows() if one.job.key == key)
        return next((job for job in jobs if job.state in states), None)

    return look


async def log_end(podtui: Session, key: JobKey, path: str) -> str:
    """The end of a job's output file, as the log pane reads it."""
    return (await podtui.logs.end(key.cluster, path)).data.decode()


def script(folder: Path, text: str, name: str = "story.sh") -> Path:
    """A job script."""
    (folder / name).write_text(text)
    return folder / name
