"""Keys that arrive faster than they can have their effect, as over a slow link."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input, TabbedContent

from podtui.domain.job import JobState
from podtui.tui import keys_in_turn
from podtui.tui.app import PodtuiApp
from podtui.tui.panes import PANES

from .conftest import job_table, until
from .fake_session import FakeBackend


def burst(app: PodtuiApp, *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else {"slash": "/"}.get(key)))


async def test_what_a_key_opens_takes_the_keys_behind_it(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.jobs.add("1.pod", JobState.RUNNING, "cat")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
        await until(pilot, lambda: app.rows)
        burst(app, "slash", *"cay", "enter", "question_mark")
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen", "the last key")
        assert app.screen_stack[0].query_one("#jobs Input", Input).value == "cay"
        assert app.rows[0].job.state is JobState.RUNNING


async def test_a_screen_takes_the_keys_behind_the_one_that_opened_it(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
        burst(app, "colon", *"theme podtui-light", "enter")
        await until(pilot, lambda: app.theme == "podtui-light", "the command")


async def test_a_key_whose_effect_does_not_come_holds_nobody_up_for_ever(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_in_turn, "_PATIENCE", 0.05)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app._keys_taken, "somebody to take keys")
        monkeypatch.setattr(app, "_settle", lambda turn: None)
        burst(app, "3", "4")
        await until(pilot, lambda: app.query_one("#panes", TabbedContent).active == "keys")
        assert not job_table(app).has_focus


async def test_nor_does_one_that_was_typed_ahead(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_in_turn, "_PATIENCE", 0.05)
    monkeypatch.setattr(app, "_settle", lambda turn: None)
    app._keys_waiting.extend(events.Key(key, key) for key in "34")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.query_one("#panes", TabbedContent).active == "keys")
