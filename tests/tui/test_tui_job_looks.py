"""How a job's logs, its usage and the list of past jobs look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from podtui.domain.job import JobState
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes import PANES
from podtui.tui.screens.history import HistoryScreen
from podtui.tui.screens.job import JobScreen
from podtui.tui.widgets.log_pane import LogPane

from .conftest import make_app, screen_text, until
from .fake_session import HOME, NOW, FakeBackend

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
LOG = (
    b"".join(b"step %05d energy -1234.%04d\n" % (n, n) for n in range(9000))
    + b"\x1b[1;32mok\x1b[0m all is well\nwarning: \x1b[33mslow disk\x1b[0m\n"
    + b"".join(b"\r%3d%%|%s|" % (n, b"#" * (n // 2)) for n in range(101))
    + b"\nTraceback (most recent call last):\n\x1b[31mValueError\x1b[0m: [/x] \xe9\x1b[2J\n"
    + b"a line that is longer than a screen is wide, " * 3
    + b"\nend\n"
)


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A job that has ended with numbers and a log, one that waits, one that failed long ago."""
    hours = {n: NOW - timedelta(hours=n) for n in range(1, 100)}
    backend.files.files[f"{HOME}/relax.o1"] = LOG
    backend.jobs.add(
        "22784.pod", JobState.COMPLETED, "relax[/x]", exit_status=0, stdout=f"{HOME}/relax.o1",
        submitted=hours[3], started=hours[2], ended=hours[1], walltime=timedelta(hours=8),
        attributes=(
            ("Resource_List.mem", "16gb"),
            ("resources_used.cput", "02:00:00"),
            ("resources_used.mem", "1048576kb"),
            ("resources_used.walltime", "01:00:00"),
        ),
    )  # fmt: skip
    backend.jobs.add("22785.pod", JobState.QUEUED, "waits", submitted=NOW)
    backend.jobs.add(
        "22001.pod", JobState.FAILED, "a-long-name-of-a-simulation", exit_status=271,
        submitted=hours[99], started=hours[98], ended=hours[90],
    )  # fmt: skip
    return backend


async def _job(pilot: Pilot[None], tab: str) -> PodtuiApp:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
    await until(pilot, lambda: len(app.rows) == 3)
    row = next(row for row in app.rows if row.job.id == "22784.pod")
    app.push_screen(JobScreen(row))
    await until(pilot, lambda: "relax[/x]" in screen_text(app) and app.screen.query(LogPane))
    await pilot.press(tab)
    return app


@SIZES
def test_a_log_with_trouble_found(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend, size: tuple[int, int]
) -> None:
    async def found(pilot: Pilot[None]) -> None:
        app = await _job(pilot, "3")
        await until(pilot, lambda: "end " in screen_text(app))
        await pilot.press("e")
        view = app.screen.query(LogPane).first().log_view
        await until(pilot, lambda: view.marked is not None)
        await until(pilot, lambda: "100 %  following" in screen_text(app))

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=found)


def test_words_found_in_a_log(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend
) -> None:
    async def found(pilot: Pilot[None]) -> None:
        app = await _job(pilot, "3")
        await until(pilot, lambda: "end " in screen_text(app))
        await pilot.press("home")
        await until(pilot, lambda: "step 00000" in screen_text(app))
        await pilot.press("slash", *"energy -1234.0100", "enter")
        await until(pilot, lambda: "step 00100" in screen_text(app))

    assert snap_compare(make_app(paths, backend), terminal_size=(80, 24), run_before=found)


@SIZES
def test_usage_with_advice(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend, size: tuple[int, int]
) -> None:
    async def told(pilot: Pilot[None]) -> None:
        app = await _job(pilot, "7")
        await until(pilot, lambda: "would have done, with room" in screen_text(app))

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=told)


@SIZES
def test_past_jobs(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend, size: tuple[int, int]
) -> None:
    async def told(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PodtuiApp)
        await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
        await until(pilot, lambda: len(app.rows) == 3)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await until(pilot, lambda: "History: 3 jobs" in screen_text(app))

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=told)
