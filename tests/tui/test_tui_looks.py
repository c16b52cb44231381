"""How the frame, the Jobs pane and its screens look, at the smallest and at a common size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.domain.job import JobKey, JobState, StageState
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes import PANES

from .conftest import job_table, make_app, screen_text, until
from .fake_session import HOME, NOW, FakeBackend

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A job in each state a person meets, one with a hostile name."""
    jobs = backend.jobs
    ago = {"submitted": NOW - timedelta(hours=3), "started": NOW - timedelta(hours=2)}
    done = {**ago, "ended": NOW - timedelta(minutes=12)}
    jobs.add("22786.pod", JobState.QUEUED, "job[/foo]\x1b[2J", cores=56, queue="B30", submitted=NOW)
    jobs.add("22785.pod", JobState.HELD, "a-long-name-of-a-simulation", **ago)
    jobs.add("22784.pod", JobState.RUNNING, "wordcount", stdout=f"{HOME}/w.o", **ago)
    jobs.add("22783.pod", JobState.COMPLETED, "blast", exit_status=0, **done,
             stage_in=StageState.FINISHED, stage_out=StageState.FINISHED)  # fmt: skip
    jobs.add("22782.pod", JobState.FAILED, "blast", exit_status=2, **done)
    jobs.add("22781.pod", JobState.UNKNOWN, "odd", native_state="Z", **ago)
    return backend


async def _settled(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
    await until(pilot, lambda: len(job_table(app).keys) == 6)
    await until(pilot, lambda: "● pod online" in screen_text(app))
    job_table(app).stand_on(JobKey("pod", "22784.pod"))
    await until(pilot, lambda: "h Hold" in screen_text(app))


@SIZES
def test_form_for_a_new_job(
    snap_compare: Callable[..., bool],
    paths: Paths,
    backend: FakeBackend,
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("count.sh").write_text("#!/bin/bash\n#PBS -N count\n#PBS -q M40\necho hello\n")

    async def filled(pilot: Pilot[None]) -> None:
        await _settled(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "New job" in screen_text(pilot.app))  # type: ignore[arg-type]
        await pilot.press(*"count.sh")
        await until(pilot, lambda: "#PBS -q M40" in screen_text(pilot.app))  # type: ignore[arg-type]

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=filled)


@SIZES
def test_facts_of_a_job(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend, size: tuple[int, int]
) -> None:
    backend.jobs.change("22784.pod", attributes=(("Job_Name", "wordcount"), ("Rerunable", "True")))

    async def opened(pilot: Pilot[None]) -> None:
        await _settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Rerunable" in screen_text(pilot.app))  # type: ignore[arg-type]

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=opened)


def test_a_question(snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await _settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Cancel job 22784.pod?" in screen_text(pilot.app))  # type: ignore[arg-type]

    assert snap_compare(make_app(paths, backend), terminal_size=(80, 24), run_before=asked)


@SIZES
def test_jobs_pane_with_an_array_open_and_jobs_marked(
    snap_compare: Callable[..., bool], paths: Paths, backend: FakeBackend, size: tuple[int, int]
) -> None:
    for task in range(1, 5):
        state = JobState.RUNNING if task < 3 else JobState.QUEUED
        ago = NOW - timedelta(minutes=1)
        backend.jobs.add(f"9_{task}", state, "sweep", submitted=ago)

    async def marked(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PodtuiApp)
        await until(pilot, lambda: JobKey("pod", "9") in job_table(app).keys)
        await until(pilot, lambda: "● pod online" in screen_text(app))
        job_table(app).stand_on(JobKey("pod", "9"))
        await pilot.press("z", "down", "space", "space", "slash", *"-state:ended", "enter")
        await until(pilot, lambda: "8 of 10 jobs found · 2 marked" in screen_text(app))
        await until(pilot, lambda: job_table(app).has_focus)

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=marked)
