"""A job's screen: facts, script, output and staging, alive while it is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from podtui.domain.job import JobKey, JobState, ScriptDialect
from podtui.domain.script import with_token
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.paths import Paths
from podtui.services.journal import Journal
from podtui.tui.app import PodtuiApp
from podtui.tui.palette import commands
from podtui.tui.screens.job import JobScreen

from .conftest import job_table, make_app, screen_text, see_jobs, toasts, until
from .fake_session import HOME, NOW, FakeBackend

STAGED = StagedJob(
    token="abc123",
    cluster="pod",
    filename="count.sh",
    content=with_token("#PBS -N count\necho [hi]\n", ScriptDialect.TORQUE, "abc123"),
    dialect=ScriptDialect.TORQUE,
    created=NOW,
    name="count",
    job_id="1.pod",
    job_state=JobState.COMPLETED,
    stage_in=(StagePair("/here/in", "~/in", f"{HOME}/in"),),
    stage_out=(StagePair("/here/out", "~/out", "/here/out"), StagePair("/here/b", "~/b")),
    phase=StagedPhase.FAILED,
    failed_in=StagedPhase.STAGING_OUT,
    staged_in=1,
    title="Output missing",
    error="Job 1.pod ended without [/out].",
    hint="Look at the job's own output.",
)


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """One job that runs and writes."""
    backend.jobs.add(
        "1.pod",
        JobState.RUNNING,
        "count",
        submitted=NOW,
        started=NOW,
        walltime=timedelta(minutes=5),
        stdout=f"{HOME}/count.o1",
        stderr=f"{HOME}/count.e1",
        attributes=(("Rerunable", "True [x]"),),
    )
    backend.files.files[f"{HOME}/count.o1"] = b"first line\n[/second]\x1b[2J\n"
    return backend


async def _open(pilot: Pilot[None], app: PodtuiApp) -> JobScreen:
    table = await see_jobs(pilot, "1.pod")
    await until(pilot, lambda: table.cursor_key is not None)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, JobScreen) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, JobScreen)
    return screen


async def _journal(paths: Paths, job: StagedJob) -> None:
    async with Journal(paths.journal) as journal:
        await journal.save(job)


async def test_facts_live(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await _open(pilot, app)
        await until(pilot, lambda: "True [x]" in screen_text(app))
        text = screen_text(app)
        assert "running  (R there)" in text
        assert "0:05:00" in text
        backend.jobs.change("1.pod", state=JobState.FAILED, exit_status=3, ended=NOW)
        await until(pilot, lambda: "✗ failed (3)" in screen_text(app))
        await until(pilot, lambda: "Exit status" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_the_job_is_changed_with_the_tables_keys_and_questions(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.jobs.requeues = True
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await _open(pilot, app)
        await until(pilot, lambda: "c Cancel" in screen_text(app))
        await pilot.press("h")
        await until(pilot, lambda: "1.pod is running; only a waiting job" in toasts(app))
        await pilot.press("R")
        await until(pilot, lambda: "Requeue job 1.pod?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "queued" in screen_text(app) and app.screen is screen)
        assert {command.name: command.help for command in commands(screen)}["Requeue"] == (
            "Not now: 1.pod waits in the queue already."
        )
        await pilot.press("h")
        await until(pilot, lambda: "It is held: r lets it start." in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: backend.jobs.jobs["1.pod"].state is JobState.QUEUED)
        await until(pilot, lambda: "It is held" not in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "Cancel job 1.pod?" in screen_text(app))
        await pilot.press("y")
        await until(
            pilot, lambda: " cancelled  (C there)" in screen_text(app) and app.screen is screen
        )
        await pilot.press("c")
        await until(pilot, lambda: "has ended (cancelled)" in toasts(app))


async def test_of_an_array_the_keys_mean_all_of_it(app: PodtuiApp, backend: FakeBackend) -> None:
    for task, state in ((1, JobState.RUNNING), (2, JobState.QUEUED), (3, JobState.COMPLETED)):
        backend.jobs.add(f"9[{task}].pod", state, "many", submitted=NOW)
    async with app.run_test(size=(100, 40)) as pilot:
        table = await see_jobs(pilot, "9[].pod")
        table.stand_on(JobKey("pod", "9[].pod"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen) and app.screen.is_mounted)
        screen = app.screen
        assert isinstance(screen, JobScreen)
        assert not screen.why_not("hold")  # one waits
        await pilot.press("c")
        await until(pilot, lambda: "Cancel the whole array 9[].pod?" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, JobScreen))


async def test_output_is_followed_and_harmless(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await _open(pilot, app)
        await pilot.press("3")
        await until(pilot, lambda: "[/second]␛[2J" in screen_text(app))
        backend.files.files[f"{HOME}/count.o1"] += b"third\n"
        await until(pilot, lambda: "third" in screen_text(app))
        await pilot.press("f")
        await until(pilot, lambda: "not following" in screen_text(app))
        backend.files.files[f"{HOME}/count.o1"] += b"fourth\n"
        await pilot.press("g")
        await until(pilot, lambda: "fourth" in screen_text(app))


async def test_output_that_is_not_there_yet_is_no_error(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await _open(pilot, app)
        await pilot.press("4")
        await until(pilot, lambda: "not there yet" in screen_text(app))
        assert not toasts(app)


async def test_tabs_by_mouse_and_arrows(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await _open(pilot, app)
        tabs = screen.query_one(TabbedContent)
        assert await pilot.click("#--content-tab-staging")
        await until(pilot, lambda: "Nothing travels with this job." in screen_text(app))
        await pilot.press("right")
        await until(pilot, lambda: tabs.active == "history")
        await pilot.press("2")
        await until(pilot, lambda: "podtui did not submit this job" in screen_text(app))


async def test_staging_tells_each_pair_and_the_reason(paths: Paths, backend: FakeBackend) -> None:
    backend.jobs.change("1.pod", state=JobState.COMPLETED, exit_status=0, ended=NOW)
    await _journal(paths, STAGED)
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "1.pod: Output missing: Job 1.pod ended" in screen_text(app))
        await _open(pilot, app)
        await pilot.press("5")
        await until(
            pilot,
            lambda: "The staging has stopped. Each" in screen_text(app),
        )
        text = screen_text(app)
        assert "Output missing: Job 1.pod ended without [/out]." in text
        assert f"✓ done     /here/in  →  {HOME}/in" in text
        assert "✗ failed   ~/out  →  /here/out" in text
        assert "○ waiting  ~/b  →  /here/b" in text
        await pilot.press("2")
        await until(pilot, lambda: "echo [hi]" in screen_text(app))
        assert "PODTUI_TOKEN=abc123" in screen_text(app)


async def test_failed_staging_is_taken_up_again(
    paths: Paths, backend: FakeBackend, tmp_path: Path
) -> None:
    target = str(tmp_path / "out")
    pair = StagePair(target, "~/out", target)
    await _journal(paths, replace(STAGED, stage_out=(pair,)))
    backend.jobs.change("1.pod", state=JobState.COMPLETED, exit_status=0, ended=NOW)
    backend.files.files[f"{HOME}/out"] = b"late"
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 40)) as pilot:
        await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "✗ failed" in screen_text(app))
        await pilot.press("t")
        await until(pilot, lambda: screen_text(app).count("✓ done") == 2)
    assert Path(target).read_bytes() == b"late"


async def test_an_ended_staged_job_is_forgotten_after_asking(
    paths: Paths, backend: FakeBackend
) -> None:
    await _journal(paths, replace(STAGED, job_id="9.pod", phase=StagedPhase.DONE, failed_in=None))
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 40)) as pilot:
        table = await see_jobs(pilot, "1.pod", "9.pod")
        table.stand_on(JobKey("pod", "9.pod"))
        await pilot.pause()
        await pilot.press("f")
        await until(pilot, lambda: "Forget count (9.pod)?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: JobKey("pod", "9.pod") not in job_table(app).keys)


async def test_a_job_with_files_missing_is_released_only_after_asking(
    paths: Paths, backend: FakeBackend
) -> None:
    backend.jobs.change("1.pod", state=JobState.HELD)
    await _journal(
        paths, replace(STAGED, failed_in=StagedPhase.STAGING_IN, staged_in=0, stage_out=())
    )
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 40)) as pilot:
        await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "‖ held" in screen_text(app))  # listed, not only staged
        await pilot.press("r")
        await until(pilot, lambda: "without its files?" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert backend.jobs.jobs["1.pod"].state is JobState.HELD
        await pilot.press("r")
        await until(pilot, lambda: "1 of the 1 things" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: backend.jobs.jobs["1.pod"].state is JobState.QUEUED)
