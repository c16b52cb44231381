"""The settings screen: what it says, what it writes, what holds at once; by keys and by mouse."""

from __future__ import annotations

import tomllib

import pytest
from textual.widgets import Button, Input, OptionList

from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState
from podtui.errors import LoginRequired
from podtui.paths import Paths
from podtui.tui.panes.clusters import ClustersPane
from podtui.tui.screens.dialogs import Confirm
from podtui.tui.screens.new_cluster import NewClusterScreen
from podtui.tui.screens.press_key import PressKeyScreen
from podtui.tui.screens.settings import SettingsScreen
from podtui.tui.widgets.key_bindings_table import KeyBindingsTable
from podtui.tui.widgets.keyed_table import KeyedTable
from podtui.tui.widgets.setting_row import ChoiceField

from .conftest import screen_text, toasts, until
from .fake_session import FakeBackend
from .settings_file import (
    FILE,
    go_to_group,
    open_settings,
    row,
    see_settings,
    settings_app,
    written,
)


async def test_each_setting_says_what_it_is_for_what_holds_and_why(paths: Paths) -> None:
    app = settings_app(paths, environ={"PODTUI_NOTIFY": "failed"})
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Notices")
        await pilot.press("enter")
        await until(pilot, lambda: "PODTUI_NOTIFY wins over the file" in screen_text(app))
        assert "Which ends of jobs and transfers are told" in screen_text(app)
        assert "! variable" in screen_text(app)
        await go_to_group(pilot, screen, "cluster pod")
        assert not any("poll_seconds" in line for line in screen_text(app).splitlines()[:15])
        row(screen, "poll_seconds").focus_field()
        await until(pilot, lambda: "Without the file: 10." in screen_text(app))
        await until(pilot, lambda: "poll_seconds  " in screen_text(app))
        assert "a change holds at once" in screen_text(app)


async def test_what_is_typed_is_checked_by_the_code_that_reads_the_file(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "cluster hpc")
        await pilot.press("enter", "down", *"70000", "ctrl+s")
        await until(pilot, lambda: "port must be at most 65535" in screen_text(app))
        assert "✗ wrong" in screen_text(app)
        assert written(paths) == FILE


async def test_by_keys_changes_are_written_together_with_every_comment(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Notices")
        await pilot.press("enter", "down", "space")
        await until(pilot, lambda: "● changed" in screen_text(app))
        await go_to_group(pilot, screen, "cluster pod")
        row(screen, "poll_seconds").focus_field()
        await pilot.press("end", "backspace", *"30")
        await until(pilot, lambda: "● 2 not saved" in screen_text(app))
        assert written(paths) == FILE
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ Kept in" in screen_text(app))
        text = written(paths)
        assert "poll_seconds = 30  # politely" in text
        assert tomllib.loads(text)["bell"] is True
        assert all(line in text for line in FILE.splitlines() if line.startswith("#"))
        assert app.config.bell
        assert app.session.clusters.config("pod").poll_seconds == 30
        await until(pilot, lambda: row(screen, "poll_seconds").has_focus_within)
        await pilot.press("backspace", *"1", "ctrl+r")
        await until(pilot, lambda: row(screen, "poll_seconds").query_one(Input).value == "30")
        assert not row(screen, "poll_seconds").changed
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))


async def test_by_mouse_a_setting_is_chosen_saved_and_reset(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_settings(pilot)
        groups = screen.query_one("#groups", OptionList)
        await pilot.click(groups, offset=(3, 1))
        await until(pilot, lambda: screen.rows and screen.rows[0].line.name == "theme")
        await until(pilot, lambda: screen.rows[0].query(ChoiceField))
        theme = screen.rows[0].query_one(ChoiceField)
        await until(pilot, lambda: theme.region)
        await pilot.click(theme)
        await until(pilot, lambda: theme.expanded)
        await until(pilot, lambda: "esc Close" in screen_text(app))
        overlay = theme.query_one("SelectOverlay", OptionList)
        wanted = [str(option.prompt) for option in overlay.options].index("podtui-light")
        await pilot.click(overlay, offset=(4, wanted))
        await until(pilot, lambda: "● changed" in screen_text(app))
        await pilot.click("#save")
        await until(pilot, lambda: app.theme == "podtui-light")
        assert tomllib.loads(written(paths))["theme"] == "podtui-light"
        await until(pilot, lambda: "✓ Kept" in screen_text(app))
        await pilot.click(screen.rows[0].query_one("Label"))
        await pilot.click("#reset")
        await until(pilot, lambda: "● reset" in screen_text(app))
        await pilot.click("#save")
        await until(pilot, lambda: "theme" not in tomllib.loads(written(paths)))
        await until(pilot, lambda: app.theme == "podtui-dark")
        await pilot.click("#back")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))


async def test_a_file_changed_by_another_editor_is_told_and_not_overwritten(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Notices")
        await pilot.press("enter", "down", "space")
        await until(pilot, lambda: "● 1 not saved" in screen_text(app))
        other = FILE.replace("politely", "more politely")
        paths.config_file.write_text(other)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Nothing was written." in screen_text(app))
        assert written(paths) == other
        await until(pilot, lambda: "● 1 not saved" in screen_text(app))
        await until(pilot, lambda: screen._survey and "more politely" in screen._survey.text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "bell = true" in written(paths))
        assert "# more politely" in written(paths)


async def test_leaving_with_changes_asks(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Notices")
        await pilot.press("enter", "down", "space", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.click("#back")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert written(paths) == FILE


async def test_how_a_cluster_is_reached_is_tried_before_it_is_written(paths: Paths) -> None:
    backend = FakeBackend("pod")
    app = settings_app(paths, backend)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "cluster pod")
        await pilot.press("enter", "end", *"2")
        await until(pilot, lambda: "● 1 not saved" in screen_text(app))
        backend.error = LoginRequired("Nobody here is called alice2.")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "✗ Nobody here is called alice2." in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Save once more keeps it all the same" in screen_text(app))
        assert written(paths) == FILE
        backend.error = None
        connects = backend.connects
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "✓ It answers" in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: 'user = "alice2"' in written(paths))
        await until(pilot, lambda: app.statuses[0].link is LinkState.ONLINE)
        assert backend.connects > connects + 1
        assert app.session.clusters.config("pod").user == "alice2"


async def test_a_secret_is_never_shown_and_goes_where_secrets_are(paths: Paths) -> None:
    text = FILE.replace('user = "alice"', 'user = "alice"\napi_secret = "0ldsecret"')
    app = settings_app(paths, text=text)
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "cluster pod")
        secret = row(screen, "api_secret")
        secret.focus_field()
        assert secret.query_one(Input).value == ""
        assert "0ldsecret" not in screen_text(app)
        await pilot.press(*"n3w")
        await until(pilot, lambda: "● 1 not saved" in screen_text(app))
        assert "n3w" not in screen_text(app)
        await pilot.press("ctrl+s")
        await until(pilot, (paths.secrets / "pod" / "api_secret").exists)
        await until(pilot, lambda: "✓ Kept in" in screen_text(app))
        assert "secret" not in written(paths)
        assert "n3w" not in screen_text(app) + toasts(app)
        row(screen, "api_secret").focus_field()
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "● reset" in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not (paths.secrets / "pod" / "api_secret").exists())


async def test_a_binding_gets_the_key_that_is_pressed_and_has_it_at_once(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Keys")
        table = screen.query_one(KeyBindingsTable)
        await pilot.press("enter")
        await until(pilot, lambda: table.has_focus)
        table.stand_on("app.history")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PressKeyScreen))
        await pilot.press("T")
        await until(pilot, lambda: "T is the key of app.theme" in screen_text(app))
        await pilot.press("enter", "f6")
        await until(pilot, lambda: "Pressed: f6" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: "● changed" in screen_text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: 'app.history" = "f6"' in written(paths))
        await until(pilot, lambda: "✓ Kept" in screen_text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("f6")
        await until(pilot, lambda: type(app.screen).__name__ == "HistoryScreen")


async def test_by_mouse_a_binding_gets_its_default_back(paths: Paths) -> None:
    app = settings_app(paths, text=f'{FILE}\n[keys]\n"app.add_cluster" = "f6"\n')
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await open_settings(pilot)
        await pilot.click(screen.query_one("#groups"), offset=(3, 5))
        await until(pilot, lambda: screen.group and screen.group.id == "Keys")
        table = screen.query_one(KeyBindingsTable)
        await until(pilot, lambda: table.current)
        await pilot.click(table, offset=(3, 1))
        await until(pilot, lambda: isinstance(app.screen, PressKeyScreen))
        await pilot.click("#leave")
        await until(pilot, lambda: app.screen is screen)
        await pilot.click("#change")
        await until(pilot, lambda: isinstance(app.screen, PressKeyScreen))
        await pilot.click("#default")
        await until(pilot, lambda: "● reset" in screen_text(app))
        await pilot.click("#save")
        await until(pilot, lambda: "app.add_cluster" not in written(paths))
        assert not app.config.keys


@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_a_cluster_is_removed_after_a_question(paths: Paths, by: str) -> None:
    backend = FakeBackend("pod")
    backend.jobs.add("1.pod", JobState.RUNNING, "long")
    app = settings_app(paths, backend, text=f'default_cluster = "pod"\n{FILE}')
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "● pod online" in screen_text(app), "the cluster")
        await pilot.press("3")
        await until(pilot, lambda: "pod:" in screen_text(app) or "pod " in screen_text(app))
        await pilot.press("1", "e")
        screen = await see_settings(pilot)
        await until(pilot, lambda: screen.group and screen.group.cluster == "pod")
        await (pilot.press("f8") if by == "keys" else pilot.click("#remove"))
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await until(pilot, lambda: "The history of its jobs stays" in screen_text(app))
        await (pilot.press("y") if by == "keys" else pilot.click("#yes"))
        await until(pilot, lambda: "✓ It is gone" in screen_text(app))
        assert "clusters.pod" not in written(paths)
        assert "# the other" in written(paths)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: [status.name for status in app.statuses] == ["hpc"])
        assert app.rows == ()
        assert app.cluster == "hpc"
        await pilot.press("1")
        table = app.screen.query_one(ClustersPane).query_one("#clusters-table", KeyedTable)
        await until(pilot, lambda: table.keys == ("hpc",))
        await pilot.press("3", "g")
        await until(pilot, lambda: app.query_one("FilesPane").has_focus_within)
        await pilot.press("2", "g")
        await until(pilot, lambda: "hpc" in screen_text(app))
        assert "pod" not in app.config.default_cluster


async def test_what_means_nothing_now_says_why(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_settings(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Nothing is changed." in screen_text(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Choose a cluster on the left first." in screen_text(app))
        assert not screen.query_one("#remove", Button).display


async def test_settings_are_found_by_name(paths: Paths) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "● pod online" in screen_text(app))
        await pilot.press("colon", *"settings", "enter")
        await see_settings(pilot)


@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_a_cluster_added_from_the_settings_stands_among_them(paths: Paths, by: str) -> None:
    app = settings_app(paths)
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await open_settings(pilot)
        await (pilot.press("f7") if by == "keys" else pilot.click("#add"))
        await until(pilot, lambda: isinstance(app.screen, NewClusterScreen))
        app.screen.query_one("#name", Input).value = "third"
        await (pilot.press("ctrl+s") if by == "keys" else pilot.click("#add"))
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: "▪ third" in screen_text(app))
        assert [cluster.name for cluster in app.config.clusters] == ["pod", "hpc", "third"]


async def test_a_secret_that_a_command_tells_is_not_set_beside_it(paths: Paths) -> None:
    command = 'user = "alice"\napi_secret_command = "pass show pod"'
    app = settings_app(paths, text=FILE.replace('user = "alice"', command))
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "cluster pod")
        assert "pass show" not in screen_text(app)
        row(screen, "api_secret").focus_field()
        await pilot.press(*"new", "ctrl+s")
        await until(pilot, lambda: "is told by api_secret_command" in screen_text(app))
        assert not (paths.secrets / "pod").exists()
