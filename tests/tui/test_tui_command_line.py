"""The command line: names, arguments, completion, earlier lines, errors where one typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from podtui.domain.job import JobState
from podtui.errors import Refused
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.errors import in_a_line, sentences
from podtui.tui.panes.files import FilesPane
from podtui.tui.screens.command_line import CommandLineScreen
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.last_errors import LastErrorsScreen
from podtui.tui.screens.submit import SubmitScreen

from .conftest import job_table, make_app, screen_text, see_jobs, until
from .fake_session import HOME, FakeBackend
from .test_tui_files_pane import see_files


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """Three jobs, two folders and a file."""
    backend.jobs.add("1.pod", JobState.RUNNING, "relax")
    backend.jobs.add("2.pod", JobState.QUEUED, "relax[/b]")
    backend.jobs.add("3.pod", JobState.QUEUED, "other")
    backend.files.folders.add(f"{HOME}/runs")
    backend.files.folders.add(f"{HOME}/runs/deep")
    backend.files.folders.add("/scratch")
    backend.files.files[f"{HOME}/notes.txt"] = b"n"
    return backend


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """podtui is started in a folder with a script."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "run.sh").write_text("#!/bin/sh\n#PBS -N told\n")
    monkeypatch.chdir(folder)
    return folder


async def typed(pilot: Pilot[None], text: str) -> CommandLineScreen:
    """Open the line and type."""
    app = pilot.app
    await pilot.press("colon")
    await until(pilot, lambda: isinstance(app.screen, CommandLineScreen))
    await until(pilot, lambda: isinstance(app.focused, Input))
    line = app.screen
    assert isinstance(line, CommandLineScreen)
    await pilot.press(*text)
    await until(pilot, lambda: field(app) == text)
    return line


def field(app: object) -> str:
    """What stands on the line."""
    assert isinstance(app, PodtuiApp)
    return app.screen.query_one(Input).value


def shown(app: PodtuiApp) -> list[str]:
    """What is offered."""
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


async def test_files_goes_to_a_path_completed_from_what_is_there(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        _, remote = await see_files(pilot, "notes.txt")
        remote.focus()
        await until(pilot, lambda: remote.has_focus)
        await pilot.press("2")
        await until(pilot, lambda: job_table(app).has_focus)
        await typed(pilot, "files ~/ru")
        await until(pilot, lambda: shown(app) == ["runs/"])
        await pilot.press("tab")
        await until(pilot, lambda: field(app) == "files ~/runs/" and shown(app) == ["deep/"])
        await pilot.press("enter")
        await until(pilot, lambda: app.right.path == f"{HOME}/runs")
        await until(pilot, lambda: app.query_one(FilesPane).has_focus_within)
        assert len(app.screen_stack) == 1


async def test_a_bare_path_is_enough_and_another_end_can_be_named(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        local, remote = await see_files(pilot, "notes.txt")
        remote.focus()
        await typed(pilot, "/scratch")
        await pilot.press("enter")
        await until(pilot, lambda: app.right.path == "/scratch")
        local.focus()
        await typed(pilot, "files pod:~/runs")
        await pilot.press("enter")
        await until(pilot, lambda: (app.left.end, app.left.path) == ("pod", f"{HOME}/runs"))


async def test_what_is_wrong_is_told_where_it_was_typed(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        _, remote = await see_files(pilot, "notes.txt")
        remote.focus()
        for line, told in (
            ("files ~/[gone]", "[gone] is not there."),
            ("files ~/notes.txt", "is no folder."),
            ("theme nosuch", "No theme is called 'nosuch'."),
            ("cluster nosuch", "Known: pod"),
            ("submit nosuch", "nosuch is no file on this machine."),
            ("sort nosuch", "There is no column 'nosuch'."),
            ("view nosuch", "No view is called 'nosuch'. Kept: none yet"),
            ("job nosuch", "No job 'nosuch' is on the list."),
            ("jobs age>[", "✗"),
            ("job", "Type ID behind it"),
            ("qqqq", "There is no command 'qqqq'."),
        ):
            await typed(pilot, line)
            await pilot.press("enter")
            await until(pilot, lambda told=told: told in screen_text(app), told)  # type: ignore[misc]
            offered = app.screen.query_one(OptionList).option_count
            tells = str(app.screen.query_one("#command-tells", Static).content)
            assert offered or not tells, "what is told belongs to nothing that is offered"
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.earlier == ()


async def test_jobs_filter_sort_and_job(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        await see_files(pilot, "notes.txt")
        await typed(pilot, "jobs relax")
        await pilot.press("enter")
        await until(pilot, lambda: {key.id for key in job_table(app).keys} == {"1.pod", "2.pod"})
        await typed(pilot, "filter")
        await pilot.press("enter")
        await until(pilot, lambda: len(job_table(app).keys) == 3)
        for order, last in (("sort id", "3.pod"), ("sort -id", "1.pod")):
            await typed(pilot, order)
            await pilot.press("enter")
            await until(pilot, lambda last=last: job_table(app).keys[-1].id == last)  # type: ignore[misc]
        await typed(pilot, "job rel")
        await until(pilot, lambda: len(shown(app)) == 2)
        assert "relax[/b]" in screen_text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen))
        await typed(pilot, "jobs")  # from there it leads back
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_submit_opens_the_form_with_the_script(app: PodtuiApp, at_home: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await typed(pilot, "submit ru")
        await until(pilot, lambda: shown(app) == ["run.sh"])
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, SubmitScreen))
        await until(pilot, lambda: "#PBS -N told" in screen_text(app))
        assert app.screen.query_one("#script", Input).value == str(at_home / "run.sh")


async def test_theme_and_cluster(paths: Paths, backend: FakeBackend) -> None:
    app = make_app(paths, backend, FakeBackend("mt2"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await typed(pilot, "theme podtui-m")
        await until(pilot, lambda: "podtui-mono" in shown(app))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.theme == "podtui-mono")
        await until(pilot, paths.config_file.exists)
        await typed(pilot, "cluster mt2")
        await pilot.press("enter")
        await until(pilot, lambda: app.cluster == "mt2")


async def test_earlier_lines_are_recalled_and_found_also_after_a_restart(
    paths: Paths, backend: FakeBackend
) -> None:
    app = make_app(paths, backend)
    async with app.run_test(size=(80, 24)) as pilot:
        await see_jobs(pilot, "1.pod")
        for line in ("jobs relax", "jobs other", "last err"):
            await typed(pilot, line)
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, CommandLineScreen))
        await until(pilot, lambda: isinstance(app.screen, LastErrorsScreen))
        kept = paths.state / "commands.json"
        wanted = ["Last errors", "jobs other", "jobs relax"]
        await until(
            pilot, lambda: kept.exists() and json.loads(kept.read_text())["lines"] == wanted
        )
        assert kept.stat().st_mode & 0o777 == 0o600
    again = make_app(paths, backend)
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: list(again.earlier) == wanted)
        await see_jobs(pilot, "3.pod")
        await typed(pilot, "")
        assert shown(again)[0].startswith("Last errors")
        await pilot.press("up")
        await until(pilot, lambda: field(again) == "Last errors")
        await pilot.press("up", "up", "up", "down")
        await until(pilot, lambda: field(again) == "jobs other")
        await pilot.press("down", "down")
        await until(pilot, lambda: field(again) == "")
        await pilot.press("ctrl+r", *"REL")
        await until(pilot, lambda: shown(again) == ["jobs relax"])
        await pilot.press("enter")
        await until(pilot, lambda: {key.id for key in job_table(again).keys} == {"1.pod", "2.pod"})


async def test_by_mouse_alone(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await see_jobs(pilot, "1.pod")
        await pilot.click("KeyLine", offset=(_at(app, ": Commands"), 0))
        await until(pilot, lambda: isinstance(app.screen, CommandLineScreen))
        await until(pilot, lambda: shown(app))
        row = next(at for at, text in enumerate(shown(app)) if text.startswith("theme"))
        await pilot.click(OptionList, offset=(3, row))
        await until(pilot, lambda: type(app.screen).__name__ == "ThemeScreen")
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await typed(pilot, "")
        await pilot.click(offset=(1, 23))
        await until(pilot, lambda: len(app.screen_stack) == 1)


def _at(app: PodtuiApp, text: str) -> int:
    """The column of `text` on the last row."""
    return screen_text(app).splitlines()[-1].index(text)


async def test_a_path_typed_over_a_form_is_refused_and_nothing_is_lost(
    app: PodtuiApp, at_home: Path
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, SubmitScreen))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandLineScreen))
        await pilot.press(*"jobs", "enter")
        await until(pilot, lambda: "First close what is open." in screen_text(app))


async def test_a_search_that_finds_nothing_says_so(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon", *"jobs", "enter")
        await until(pilot, lambda: app.earlier)
        await pilot.press("colon", "ctrl+r", *"qqq")
        await until(pilot, lambda: "No line given earlier has these words." in screen_text(app))
        await pilot.press("backspace", "backspace", "backspace")
        await until(pilot, lambda: "No line given earlier" not in screen_text(app))


def test_what_others_say_gets_a_full_stop_before_the_next_step() -> None:
    assert in_a_line(Refused("no such thing", hint="Ask.")) == "no such thing. Ask."
    assert in_a_line(Refused("Is it so?", hint="Ask.")) == "Is it so? Ask."
    assert sentences("Not here", "") == "Not here"
