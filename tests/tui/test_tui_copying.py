"""Ids, paths, fingerprints and errors go to the terminal's clipboard (OSC 52), harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from podtui.domain.job import JobState
from podtui.errors import Refused
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.history import HistoryScreen, PastJobList
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.last_errors import ErrorText, LastErrorsScreen

from .conftest import job_table, see_jobs, until
from .fake_session import HOME, FakeBackend
from .test_tui_files_pane import see_files
from .test_tui_keys_pane import make_key


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """Two jobs and a file."""
    backend.jobs.add("1.pod", JobState.RUNNING, "one")
    backend.jobs.add("2[].pod", JobState.QUEUED, "two")
    backend.files.files[f"{HOME}/result [b].dat"] = b"r"
    return backend


async def test_the_ids_of_jobs(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await see_jobs(pilot, "1.pod", "2[].pod")
        await pilot.press("home", "y")
        first = job_table(app).keys[0].id
        await until(pilot, lambda: app.clipboard == first)
        await pilot.press("a", "y")
        await until(pilot, lambda: set(app.clipboard.split("\n")) == {"1.pod", "2[].pod"})
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen))
        await pilot.press("Y")
        await until(pilot, lambda: app.clipboard == first)


async def test_the_id_of_a_past_job(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await see_jobs(pilot, "1.pod")
        await pilot.press("H")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await until(pilot, lambda: app.screen.query_one(PastJobList).lines)
        await pilot.press("y")
        past = app.screen.query_one(PastJobList).current
        assert past is not None
        await until(pilot, lambda: app.clipboard == past.job.id)


async def test_the_path_of_a_file_cannot_act_where_it_is_pasted(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "home")
    (tmp_path / "home" / "a\n\x1brm\udcff").write_bytes(b"")
    async with app.run_test(size=(80, 24)) as pilot:
        local, remote = await see_files(pilot, "result [b].dat", "a\n\x1brm\udcff")
        local.focus()
        await pilot.press("end", "Y")
        await until(pilot, lambda: app.clipboard == f"{tmp_path}/home/a␊␛rm\\xff")
        remote.focus()
        await pilot.press("end", "Y")
        await until(pilot, lambda: app.clipboard == f"{HOME}/result [b].dat")


async def test_a_key_and_its_fingerprint(app: PodtuiApp, paths: Paths) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == key.line)
        await pilot.press("Y")
        await until(pilot, lambda: app.clipboard == key.fingerprint)


async def test_an_error_by_key_and_by_click(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        for name in ("first[/x]", "second"):
            app.show_error(Refused(f"{name} \x1b[2J", title="No", hint="Ask them."))
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: isinstance(app.screen, LastErrorsScreen))
        await until(pilot, lambda: isinstance(app.focused, ErrorText))
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard.endswith(" No\nsecond ␛[2J\nAsk them."))
        await pilot.press("down", "y")
        await until(pilot, lambda: app.clipboard.endswith(" No\nfirst[/x] ␛[2J\nAsk them."))
        await pilot.click(next(iter(app.screen.query(ErrorText))), offset=(2, 1))
        await until(pilot, lambda: app.clipboard.endswith(" No\nsecond ␛[2J\nAsk them."))
