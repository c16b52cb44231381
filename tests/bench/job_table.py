"""The Jobs pane with very many jobs: event-loop time of what a person and a poll do to it.

The whole app runs without a terminal over a cluster in memory. The processor time
of the loop's own thread until nothing is left to do is summed, handle by handle.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

from textual.pilot import Pilot

from podtui.domain.job import Job, JobKey, JobState
from podtui.tui.app import PodtuiApp
from podtui.tui.panes.job_table import JobTable
from tests.tui.fake_session import NOW, FakeBackend, fake_config, fake_opener, fake_paths

MANY = (20_000, 100_000)  # jobs
TIMES = 7
CHANGED = 0.05  # of the jobs, in a refresh
_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.HELD, JobState.COMPLETED, JobState.FAILED)


@dataclass(frozen=True)
class Figures:
    """Milliseconds of event-loop time: the median, and the worst."""

    median: float
    worst: float


class Loop:
    """Sums up what the event loop does."""

    def __init__(self) -> None:
        self.spent = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        run = events.Handle._run

        def timed(handle: events.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            self.spent += time.thread_time() - begun

        with mock.patch.object(events.Handle, "_run", timed):
            yield


def jobs(cluster: str, many: int) -> list[Job]:
    """Jobs of all kinds; every tenth belongs to an array of a hundred tasks."""
    found = []
    for number in range(many):
        array, task = divmod(number // 10, 100)
        job_id = f"{900_000 + array}_{task}" if number % 10 == 0 else f"{1_000_000 + number}"
        submitted = NOW - timedelta(seconds=(number * 7919) % many)
        state = _STATES[number % len(_STATES)]
        found.append(
            Job(
                JobKey(cluster, job_id),
                state,
                native_state=state.value[:2].upper(),
                name=f"relax-{number * 31 % 977}-step",
                user=f"user{number % 40}",
                queue=f"q{number % 6}",
                cores=number % 64 + 1,
                submitted=submitted,
                started=None if state.pending else submitted + timedelta(minutes=1),
                ended=submitted + timedelta(minutes=9) if state.ended else None,
                reason="waits for free cores" if state is JobState.QUEUED else "",
            )
        )
    return found


def measure(many: int) -> dict[str, Figures]:
    """What each thing one does costs with `many` jobs."""
    with tempfile.TemporaryDirectory(prefix="podtui-bench-") as name:
        (Path(name) / "home").mkdir()
        return asyncio.run(_measure(Path(name), many))


async def _measure(folder: Path, many: int) -> dict[str, Figures]:
    backend = FakeBackend("pod")
    config = fake_config("pod")
    config = replace(config, clusters=(replace(config.clusters[0], poll_seconds=3600.0),))
    app = PodtuiApp(fake_opener(config, fake_paths(folder), [backend]), config, fake_paths(folder))
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(pilot, lambda: app.answers and app.answers[0].answered)
        loop = Loop()
        with loop.watched():
            return await _Bench(pilot, app, backend, loop, many).all()


class _Bench:
    def __init__(
        self, pilot: Pilot[None], app: PodtuiApp, backend: FakeBackend, loop: Loop, many: int
    ) -> None:
        self._pilot, self._app, self._backend = pilot, app, backend
        self._loop, self._many = loop, many
        self._jobs = jobs("pod", many)

    @property
    def _table(self) -> JobTable:
        return self._app.query_one("#job-table", JobTable)

    async def all(self) -> dict[str, Figures]:
        """Each in turn."""
        figures = {"first fill": await self._times(lambda: None, 1)}
        figures["5 % refresh"] = await self._times(self._change)
        await self._pilot.press("slash")
        figures["filter key"] = await self._keys("relax-1", "backspace")
        figures["filter by field"] = await self._keys("x state:run", "")
        await self._pilot.press("enter", "escape")
        figures["sort"] = await self._keys("", "O")
        figures["page down"] = await self._keys("", "pagedown")
        figures["mark all"] = await self._keys("", "a")
        return figures

    async def _times(self, prepare: Callable[[], None], times: int = TIMES) -> Figures:
        """What is listed after `prepare` comes to the screen."""
        spent = []
        for _ in range(times):
            prepare()
            self._backend.jobs.jobs = {job.id: job for job in self._jobs}
            await asyncio.sleep(0)  # what was prepared is in a handle of its own
            before, rows = self._loop.spent, self._app.rows
            self._app.session.jobs.refresh()
            await _until(self._pilot, lambda rows=rows: self._app.rows is not rows)  # type: ignore[misc]
            await self._rest()
            spent.append((self._loop.spent - before) * 1000)
        return Figures(statistics.median(spent), max(spent))

    async def _keys(self, text: str, key: str) -> Figures:
        spent = []
        for one in [*text] or [key] * TIMES:
            before = self._loop.spent
            await self._pilot.press("space" if one == " " else one)
            await self._rest()
            spent.append((self._loop.spent - before) * 1000)
        return Figures(statistics.median(spent), max(spent))

    async def _rest(self) -> None:
        """Until all messages are handled and the screen is drawn."""
        await self._pilot.pause()
        await self._pilot.pause()

    def _change(self) -> None:
        """All told anew, as a scheduler does; one in twenty has changed."""
        every = round(1 / CHANGED)
        turn = len(self._backend.jobs.asked)
        for at, job in enumerate(self._jobs):
            state = JobState.RUNNING if job.state is JobState.QUEUED else JobState.QUEUED
            changed = replace(job, state=state) if at % every == turn % every else replace(job)
            self._jobs[at] = changed


async def _until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)
    await pilot.pause()


def tell(many: int) -> str:
    """The figures of a run as lines."""
    lines = [f"job table, {many:,} jobs, ms of event loop (goal: each ≤ 100, first fill ≤ 1,500):"]
    for name, figures in measure(many).items():
        lines.append(f"  {name}: median {figures.median:.0f}, worst {figures.worst:.0f}")
    return "\n".join(lines)
