"""The Jobs pane with very many jobs: event-loop time of what a person and a poll do to it.

The whole app runs without a terminal over a cluster in memory, whose list is made anew in a thread
for each refresh, as the answer of a scheduler is read. The processor time of the loop's own thread
until nothing is left to do is summed, handle by handle; what one handle holds the loop up is told
beside it.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from asyncio import events
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

from textual.pilot import Pilot

from podtui.backends.collector import collector_at_rest
from podtui.domain.job import Job, JobKey, JobList, JobState, Scope
from podtui.tui.app import PodtuiApp
from podtui.tui.messages import LookChanged
from podtui.tui.panes.jobs import JobsPane
from tests.tui.fake_session import NOW, FakeBackend, fake_config, fake_opener, fake_paths

MANY = (20_000, 100_000)  # jobs
TIMES = 7
CHANGED = 0.05  # of the jobs, in a refresh
SORTS = ("submitted", "name", "cores", "state", "age")
HALVES = ("7", "8", "9", "6")  # each stands in about half of what is searched of the jobs
_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.HELD, JobState.COMPLETED, JobState.FAILED)


@dataclass(frozen=True)
class Figures:
    """Milliseconds of event-loop time: the median, the worst, and the longest without a pause."""

    median: float
    worst: float
    longest: float


class Loop:
    """Sums up what the event loop does."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.longest = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        run = events.Handle._run

        def timed(handle: events.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            took = time.thread_time() - begun
            self.spent += took
            self.longest = max(self.longest, took)

        with mock.patch.object(events.Handle, "_run", timed):
            yield


def job(cluster: str, number: int, many: int, state: JobState) -> Job:
    """One of many jobs of all kinds; every tenth belongs to an array of a hundred tasks."""
    array, task = divmod(number // 10, 100)
    job_id = f"{900_000 + array}_{task}" if number % 10 == 0 else f"{1_000_000 + number}"
    submitted = NOW - timedelta(seconds=(number * 7919) % many)
    return Job(
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


class Told:
    """What the cluster tells: all jobs anew each time, as a scheduler does."""

    def __init__(self, cluster: str, many: int) -> None:
        self._cluster = cluster
        self._states = [_STATES[number % len(_STATES)] for number in range(many)]
        self._turn = 0

    def change(self) -> None:
        """One in twenty starts, or waits again."""
        every = round(1 / CHANGED)
        for at in range(self._turn % every, len(self._states), every):
            waits = self._states[at] is JobState.QUEUED
            self._states[at] = JobState.RUNNING if waits else JobState.QUEUED
        self._turn += 1

    async def list_jobs(self, scope: Scope) -> JobList:
        return await asyncio.to_thread(self._listed)

    def _listed(self) -> JobList:
        many = len(self._states)
        with collector_at_rest():  # as QueueJobs reads
            return JobList(
                tuple(job(self._cluster, at, many, state) for at, state in enumerate(self._states))
            )


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


Press = Callable[[], Awaitable[None]]


class _Bench:
    def __init__(
        self, pilot: Pilot[None], app: PodtuiApp, backend: FakeBackend, loop: Loop, many: int
    ) -> None:
        self._pilot, self._app, self._loop = pilot, app, loop
        self._told = Told("pod", many)
        self._half = 0
        backend.jobs.list_jobs = self._told.list_jobs  # type: ignore[method-assign]

    async def all(self) -> dict[str, Figures]:
        """Each in turn."""
        figures = {"first fill": await self._times(self._refresh, 1)}
        figures["5 % refresh"] = await self._times(self._refresh)
        await self._pilot.press("slash")
        figures["filter key"] = await self._keys("relax-1", "backspace")
        figures["another filter"] = await self._times(self._look_for, len(HALVES))
        await self._pilot.press("ctrl+u")
        figures["filter by field"] = await self._keys("x state:run", "")
        await self._pilot.press("enter", "escape")
        figures["other way round"] = await self._keys("", "O")
        figures["sort"] = await self._times(self._sort, len(SORTS))
        figures["page down"] = await self._keys("", "pagedown")
        figures["mark all"] = await self._keys("", "a")
        return figures

    async def _keys(self, text: str, key: str) -> Figures:
        keys = iter([*text] or [key] * TIMES)

        async def press() -> None:
            one = next(keys)
            await self._pilot.press("space" if one == " " else one)

        return await self._times(press, len(text) or TIMES)

    async def _times(self, act: Press, times: int = TIMES) -> Figures:
        """What it costs until all messages are handled and the screen is drawn."""
        spent = []
        self._loop.longest = 0.0
        for _ in range(times):
            before = self._loop.spent
            await act()
            await self._pilot.pause()
            await self._pilot.pause()
            spent.append((self._loop.spent - before) * 1000)
        return Figures(statistics.median(spent), max(spent), self._loop.longest * 1000)

    async def _look_for(self) -> None:
        """Something that was not in what was found before: all jobs are looked through."""
        self._half = (self._half + 1) % len(HALVES)
        await self._pilot.press("ctrl+u", *HALVES[self._half])

    async def _refresh(self) -> None:
        """What the cluster tells comes to the screen."""
        rows = self._app.rows
        if rows:
            await asyncio.to_thread(self._told.change)
        self._app.session.jobs.refresh()
        await _until(self._pilot, lambda: self._app.rows is not rows)

    async def _sort(self) -> None:
        """By another column."""
        look = self._app.job_views.look
        name = SORTS[(SORTS.index(look.sort) + 1) % len(SORTS)]
        views = replace(self._app.job_views, look=look.sorted_by(name))
        self._app.query_one(JobsPane).post_message(LookChanged(views))


async def _until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)
    await pilot.pause()


def tell(many: int) -> str:
    """The figures of a run as lines."""
    lines = [f"job table, {many:,} jobs, ms of event loop (goal: each ≤ 100, first fill ≤ 1,500):"]
    for name, figures in measure(many).items():
        lines.append(
            f"  {name}: median {figures.median:.0f}, worst {figures.worst:.0f}, "
            f"longest hold-up {figures.longest:.0f}"
        )
    return "\n".join(lines)
