"""A muted job ends in silence, this time and after the next start; by key and by mouse."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from podtui.domain.job import Job, JobKey, JobState, ScriptDialect
from podtui.domain.job_table import JobRow
from podtui.domain.mutes import MOST, Mutes, mutes
from podtui.domain.staging import StagedJob
from podtui.paths import Paths
from podtui.services.mutes import MuteStore
from podtui.services.notices import Ends
from podtui.tui.screens.command_line import CommandLineScreen

from .conftest import make_app, screen_text, see_jobs, toasts, until
from .fake_session import NOW, FakeBackend


def _row(job_id: str, state: JobState = JobState.RUNNING) -> JobRow:
    return JobRow(Job(JobKey("pod", job_id), state, name="a job"))


def test_the_mute_of_an_array_mutes_its_tasks_and_no_other_job() -> None:
    muted = Mutes().with_all([_row("9")])
    assert _row("9_4") in muted
    assert _row("9") in muted
    assert _row("99_4") not in muted
    assert _row("9_4") not in muted.without([_row("9_4")])


def test_the_latest_mutes_are_kept() -> None:
    muted = mutes(f"pod/{number}" for number in range(MOST + 5))
    assert _row("4") not in muted
    assert _row("5") in muted
    assert len(muted.with_all([_row("x")]).names) == MOST


def test_a_muted_end_is_not_told_and_others_are() -> None:
    ends = Ends("all", Mutes().with_all([_row("1")]))
    assert ends.of_jobs((_row("1"), _row("2"))) == ()
    (notice,) = ends.of_jobs((_row("1", JobState.FAILED), _row("2", JobState.FAILED)))
    assert "(2 on pod)" in notice.text


def test_a_staged_job_stays_muted_when_it_gets_its_id(staged_job: StagedJob) -> None:
    unsent = JobRow(_row("(t)").job, staged_job)
    muted = Mutes().with_all([unsent])
    assert list(muted.names) == [f"/{staged_job.token}"]
    assert JobRow(_row("7").job, staged_job) in muted


@pytest.fixture
def staged_job() -> StagedJob:
    """A job whose submission has not been answered."""
    return StagedJob("t0k", "pod", "a.sh", b"", ScriptDialect.TORQUE, NOW)


@pytest.mark.parametrize("text", ['{"muted": 7}', '{"muted": [1, "pod/1"]}', "{}"])
def test_what_is_kept_may_be_anything(paths: Paths, text: str) -> None:
    file = paths.state / "mutes.json"
    file.parent.mkdir()
    file.write_text(text)
    assert len(MuteStore(file).load().names) <= 1


async def test_m_mutes_a_job_and_the_next_start_knows_it(paths: Paths) -> None:
    backend = FakeBackend("pod")
    backend.jobs.add("1.pod", JobState.RUNNING, "long")
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 30)) as pilot:
        await see_jobs(pilot, "1.pod")
        await pilot.press("m")
        await until(pilot, lambda: "▶ running ∅ muted" in screen_text(app))
        await until(pilot, (paths.state / "mutes.json").exists)
        await until(pilot, lambda: "The end of 1.pod is not told" in toasts(app))
    again = make_app(paths, backend)
    async with again.run_test(size=(100, 30)) as pilot:
        await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "▶ running ∅ muted" in screen_text(again))
        backend.jobs.change("1.pod", state=JobState.COMPLETED)
        await until(pilot, lambda: "✓ completed" in screen_text(again))
        assert "Job completed" not in toasts(again)
        await pilot.press("m")
        await until(pilot, lambda: "∅ muted" not in screen_text(again))
        await until(pilot, lambda: "is told again" in toasts(again))


async def test_by_mouse_several_are_muted_from_the_command_line(paths: Paths) -> None:
    backend = FakeBackend("pod")
    for number in (1, 2, 3):
        backend.jobs.add(f"{number}.pod", JobState.RUNNING, f"job{number}")
    app = make_app(paths, backend)
    async with app.run_test(size=(100, 40)) as pilot:
        await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        await pilot.click("#job-table", offset=(10, 2), control=True)
        await pilot.click("#job-table", offset=(10, 3), control=True)
        await until(pilot, lambda: "2 marked" in screen_text(app))
        await pilot.click("KeyLine", offset=(screen_text(app).splitlines()[-1].index(": Comm"), 0))
        await until(pilot, lambda: isinstance(app.screen, CommandLineScreen))
        offered = app.screen.query_one(OptionList)
        await until(pilot, lambda: any("Mute" in str(o.prompt) for o in offered.options))
        at = next(n for n, o in enumerate(offered.options) if "Mute" in str(o.prompt))
        offered.scroll_to(y=at, animate=False)
        await pilot.pause()
        await pilot.click(offered, offset=(3, at - offered.scroll_offset.y))
        await until(pilot, lambda: screen_text(app).count("∅ muted") == 2)


async def test_states_stand_whole_in_the_smallest_terminal(paths: Paths) -> None:
    backend = FakeBackend("pod")
    backend.jobs.add("1.pod", JobState.RUNNING, "a-long-name-of-a-simulation")
    backend.jobs.add("22786.pod", JobState.FAILED, "a-long-name-of-a-simulation", exit_status=127)
    backend.jobs.add("22787.pod", JobState.FAILED, "another-long-name-of-a-job", exit_status=2)
    app = make_app(paths, backend)
    async with app.run_test(size=(80, 24)) as pilot:
        table = await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "✗ failed 127 " in screen_text(app))
        await until(pilot, lambda: "✗ failed (2) " in screen_text(app))
        table.stand_on(JobKey("pod", "1.pod"))
        await pilot.press("m")
        await until(pilot, lambda: "▶ running ∅ " in screen_text(app))
        await until(pilot, lambda: "∅ 1.pod is muted: its end is not told." in screen_text(app))
