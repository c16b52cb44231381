"""The frame: tabs by key and mouse, help, palette, errors, themes, start and end."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from textual.widgets import TabbedContent
from textual.worker import WorkerFailed

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.errors import ConfigError, Refused
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.errors import KEPT
from podtui.tui.panes import PANES
from podtui.tui.screens.command_line import CommandLineScreen

from .conftest import job_table, make_app, screen_text, see_jobs, toasts, until
from .fake_session import FakeBackend, fake_config


def _active(app: PodtuiApp) -> str:
    return app.screen_stack[0].query_one("#panes", TabbedContent).active


async def _all_there(pilot: object, app: PodtuiApp) -> None:
    await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))  # type: ignore[arg-type]


async def test_number_keys_show_a_pane_and_focus_it(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await _all_there(pilot, app)
        for key, name in zip("3142", ("files", "clusters", "keys", "jobs"), strict=True):
            await pilot.press(key)
            await until(pilot, lambda name=name: _active(app) == name)
            pane = app.query_one(f"#{name}")
            await until(
                pilot,
                lambda pane=pane: app.screen.focused and pane in app.screen.focused.ancestors,
            )


async def test_a_click_on_a_tab_shows_and_focuses_it(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await _all_there(pilot, app)
        assert await pilot.click("#--content-tab-clusters")
        await until(pilot, lambda: _active(app) == "clusters")
        pane = app.query_one("#clusters")
        await until(pilot, lambda: app.screen.focused and pane in app.screen.focused.ancestors)


async def test_the_default_cluster_is_connected_at_the_start(paths: Paths) -> None:
    first, second = FakeBackend("pod"), FakeBackend("mt2")
    app = make_app(paths, first, second)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "● pod online" in screen_text(app))
        assert "○ mt2 not connected" in screen_text(app)
        assert (first.connects, second.connects) == (1, 0)


async def test_the_end_lets_go_of_every_connection(paths: Paths, backend: FakeBackend) -> None:
    app = make_app(paths, backend)
    async with app.run_test() as pilot:
        await until(pilot, lambda: backend.connected)
        await pilot.press("q")
        await until(pilot, lambda: backend.closed)
    assert not backend.connected
    assert app.return_code == 0


async def test_quit_asks_while_files_move(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session)
        moving = Transfer("t", "pod", Direction.UPLOAD, "a", "b", TransferState.RUNNING)
        app.transfers = (moving,)
        await pilot.press("q")
        await until(pilot, lambda: "Quit podtui?" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.transfers = (replace(moving, job="staged jobs go on by themselves"),)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)


async def test_help_tells_the_panes_keys(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(120, 90)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await pilot.press("question_mark")
        await until(pilot, lambda: "The jobs of all clusters" in screen_text(app))
        text = screen_text(app)
        for told in ("Submit a job script", "Take failed staging up again", "The last errors"):
            assert told in text
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_every_action_of_pane_and_app_is_in_the_palette(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.jobs.add("1.pod", _state("RUNNING"), "runs")
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "1.pod")
        from podtui.tui.palette import commands

        told = {command.title: command.help for command in commands(app.screen)}
        bindings = (*app.query_one("JobsPane").BINDINGS, *PodtuiApp.BINDINGS)
        ids = [b.id for b in bindings if b.action != "command_line"]
        assert len(told) == len(ids)
        assert "only a waiting job can be held" in told["Hold  (h)"]
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandLineScreen))
        await pilot.press(*"cancel")
        await until(pilot, lambda: "End the job" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Cancel job 1.pod?" in screen_text(app))


def _state(name: str):  # type: ignore[no-untyped-def]
    from podtui.domain.job import JobState

    return JobState[name]


async def test_errors_are_shown_harmless_and_the_last_twenty_kept(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app._session)
        for number in range(KEPT + 5):
            app.show_error(Refused(f"[/b] \x1b[2J no {number}", title="T[", hint="do [this]"))
        await until(pilot, lambda: "[/b] ␛[2J no 24" in toasts(app))
        assert len(app.errors.last) == KEPT
        assert app.errors.last[0].reason.endswith("no 24")
        await pilot.pause()  # drawn without a crash


async def test_a_bug_in_an_act_ends_the_app_loudly(app: PodtuiApp) -> None:
    async def bug() -> None:
        raise ZeroDivisionError("a bug")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.run_act(bug(), "bug")
            await until(pilot, lambda: app.return_code == 1)

    with pytest.raises(WorkerFailed, match="a bug"):
        await run()


async def test_an_act_waits_for_the_session(app: PodtuiApp) -> None:
    seen: list[object] = []

    async def act() -> None:
        seen.append(app.session)

    async with app.run_test() as pilot:
        app.run_act(act(), "early")
        await until(pilot, lambda: seen)


async def test_a_journal_that_cannot_be_opened_ends_with_the_reason(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    paths.state.mkdir(parents=True)
    paths.journal.write_bytes(b"this is no database " * 100)
    app = make_app(paths, FakeBackend("pod"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._exit)
    assert app.return_code == ConfigError.exit_code
    assert "Move it away to begin anew." in capsys.readouterr().err


async def test_an_unknown_theme_is_told_and_the_default_taken(paths: Paths) -> None:
    app = make_app(paths, FakeBackend("pod"), theme="no-such")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "There is no theme 'no-such'." in toasts(app))
        assert app.theme == "podtui-dark"


async def test_the_users_own_theme_is_taken(paths: Paths) -> None:
    paths.themes.mkdir(parents=True)
    (paths.themes / "mine.toml").write_text('primary = "#123456"\ndark = false\n')
    app = make_app(paths, FakeBackend("pod"), theme="mine")
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme_variables["primary"] == "#123456"  # not only known: in the styles too
        assert app.has_class("-light-mode")


async def test_before_the_session_is_open_the_configured_clusters_are_shown(paths: Paths) -> None:
    app = PodtuiApp(lambda _: pytest.fail("not yet"), fake_config("pod", "mt2"), paths)
    assert [status.name for status in app.statuses] == ["pod", "mt2"]


async def test_the_header_counts_the_clusters_it_has_no_room_for(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "● pod online" in screen_text(app))
        idle = [ClusterStatus(f"lab{n}", "ssh") for n in range(20)]
        lost = ClusterStatus("far", "ssh", link=LinkState.LOGIN)
        told = (*idle, *app.statuses, lost)
        monkeypatch.setattr(app.session.clusters, "statuses", lambda: told)
        app.statuses = told
        await until(pilot, lambda: "more" in screen_text(app).splitlines()[0])
        head = screen_text(app).splitlines()[0]
        assert "● pod online" in head  # the one that is looked at
        assert "▲ far login needed" in head
        shown = head.count("│") - 1
        assert re.search(rf"│ {22 - shown} more$", head.rstrip())
