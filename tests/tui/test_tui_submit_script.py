"""The script in the form for a new job: fields and text in step, what it becomes, begun anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podtui.domain.job import JobState
from podtui.paths import Paths
from podtui.services.templates import TemplateService
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.choice import ChoiceScreen
from podtui.tui.screens.dialogs import Confirm
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.widgets.pair_list import PairList
from podtui.tui.widgets.script_area import ScriptArea

from .conftest import screen_text, see_jobs, toasts, until
from .fake_session import FakeBackend

SCRIPT = """\
#!/bin/bash
#PBS -N count -q M40
#PBS -l nodes=1:ppn=12,walltime=1:00:00
#PBS -W x=y
./run
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A TORQUE script."""
    path = tmp_path / "count.sh"
    path.write_bytes(SCRIPT.encode())
    return path


async def _open(pilot: Pilot[None], app: PodtuiApp, path: str) -> SubmitScreen:
    await until(pilot, lambda: "No jobs. Press n" in screen_text(app))
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, SubmitScreen) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, SubmitScreen)
    if path:
        screen.query_one("#script", Input).value = path
        await until(pilot, lambda: screen._content is not None)
    return screen


async def test_fields_and_script_stay_in_step(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _open(pilot, app, str(script))
        time = screen.query_one("#form-time", Input)
        area = screen.query_one(ScriptArea)
        await until(pilot, lambda: time.value == "1:00:00")
        time.value = "2:00:00"
        changed = SCRIPT.replace("1:00:00", "2:00:00")
        await until(pilot, lambda: area.text == changed)
        area.focus()
        area.move_cursor((3, 0))
        area.insert("#PBS -A physics\n")
        account = screen.query_one("#form-account", Input)
        await until(pilot, lambda: account.value == "physics")
        time.value = "soon"
        await until(pilot, lambda: "'soon' is not a duration" in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✗ Time: 'soon'" in screen_text(app))
        assert not backend.jobs.submitted
        time.value = "3:00:00"
        await until(pilot, lambda: "walltime=3:00:00" in area.text)
        await pilot.press("f4")
        await until(pilot, lambda: "+#PBS -A physics" in screen_text(app))
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22790.pod")
    (sent,) = backend.jobs.submitted
    assert b"ppn=12,walltime=3:00:00\n#PBS -A physics\n#PBS -W x=y\n" in sent.content
    assert script.read_text() == SCRIPT


async def test_what_it_becomes_there_and_what_is_lost(app: PodtuiApp, script: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot, app, str(script))
        await until(pilot, lambda: "F5 There ✗1 lost" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: '✗ nothing like "-W" there' in screen_text(app))
        assert "PODTUI_TOKEN=preview" in screen_text(app)


async def test_windows_line_ends_are_told_and_changed(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path
) -> None:
    (tmp_path / "dos.sh").write_bytes(SCRIPT.replace("\n", "\r\n").encode())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(tmp_path / "dos.sh"))
        await until(pilot, lambda: "lines end with CR LF" in screen_text(app))
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not backend.jobs.submitted
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "CR LF" not in screen_text(app))
        assert screen.query_one(ScriptArea).text == SCRIPT
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_edited_text_is_not_lost_without_a_question(app: PodtuiApp, script: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        screen.query_one("#form-queue", Input).value = "B30"
        await until(pilot, lambda: "-q B30" in screen.query_one(ScriptArea).text)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert "-q B30" in screen.query_one(ScriptArea).text


async def test_options_are_completed_in_the_script(app: PodtuiApp, script: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        area = screen.query_one(ScriptArea)
        area.focus()
        area.move_cursor((0, len("#!/bin/bash")))
        await pilot.press("enter", "number_sign", "P")
        await until(pilot, lambda: area.suggestion == "BS ")
        await pilot.press("right")
        await until(pilot, lambda: area.text.splitlines()[1].startswith("#PBS "))


async def test_a_script_is_kept_as_a_template_and_begun_with(
    app: PodtuiApp, paths: Paths, script: Path
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        await pilot.press("f8")
        await until(pilot, lambda: "Kept as" in toasts(app))
        screen.query_one("#script", Input).value = ""
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, ChoiceScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and screen._content == SCRIPT.encode())
        assert screen.query_one("#script", Input).value == "count.sh"
    assert (paths.config_file.parent / "templates" / "count.sh").read_text() == SCRIPT


def test_own_templates_hide_the_sites(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.sh").write_text("#!/bin/sh\n# The site's\n")
    (site / "b.sh").write_text("#!/bin/sh\n#PBS -q x\n# For b\n")
    templates = TemplateService(tmp_path / "own", site)
    templates.keep("a.sh", b"mine")
    assert [(one.name, one.own, one.about) for one in templates.list()] == [
        ("a.sh", True, ""),
        ("b.sh", False, "For b"),
    ]
    assert templates.read(templates.list()[0]) == b"mine"


async def test_a_job_once_more_with_twice_the_time(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        screen.query_one("#stage-out", PairList).field.value = "~/out.txt"
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22790.pod")
        backend.jobs.change("22790.pod", state=JobState.TIMEOUT, exit_status=271)
        await until(pilot, lambda: "timeout" in screen_text(app))
        await pilot.press("N")
        await until(pilot, lambda: isinstance(app.screen, SubmitScreen))
        await until(pilot, lambda: "ran out of time: 1:00:00 became 02:00:00" in screen_text(app))
        await until(pilot, lambda: "+#PBS -l nodes=1:ppn=12,walltime=02:00:00" in screen_text(app))
        assert "PODTUI_TOKEN" not in app.screen.query_one(ScriptArea).text
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22791.pod")
    first, second = backend.jobs.submitted
    assert b"walltime=1:00:00" in first.content
    assert b"walltime=02:00:00" in second.content
    assert second.content.count(b"PODTUI_TOKEN") == 1
