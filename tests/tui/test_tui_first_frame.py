"""The first frame: drawn before anything heavy is imported, by an app that then becomes whole."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys

import pytest
from textual import events
from textual.widgets import TabbedContent

from podtui.backends.base import Question
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.frame import Frame
from podtui.tui.screens.login import QuestionsScreen
from podtui.tui.widgets.transfer_list import TransferStrip

from .conftest import job_table, make_app, screen_text, until
from .fake_session import FakeBackend, fake_config, fake_opener

_HEAVY = {"asyncssh", "httpx", "sqlite3", "aiosqlite", "keyring", "markdown_it", "uvicorn"}
_OURS = {f"podtui.{name}" for name in ("services", "tui.acts", "tui.requests", "tui.screens")}


def test_nothing_heavy_is_imported_for_it() -> None:
    code = "import sys, podtui.tui.run; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "podtui.tui.frame" in loaded
    assert not loaded & (_HEAVY | _OURS)


async def test_the_frame_becomes_the_app(paths: Paths, backend: FakeBackend) -> None:
    config = fake_config(backend.name)
    app = Frame(fake_opener(config, paths, [backend]), config, paths)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app, PodtuiApp), "the acts")
        assert isinstance(app, PodtuiApp)
        await until(pilot, lambda: job_table(app).has_focus, "the panes")
        await until(pilot, lambda: "● pod online" in screen_text(app), "the session")
        await until(pilot, lambda: app.costs["pod"].queries, "an act that follows the answers")
        await pilot.press("question_mark")
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen", "an action")


async def test_what_is_typed_ahead_waits_for_the_panes(paths: Paths, backend: FakeBackend) -> None:
    config = fake_config(backend.name)
    app = Frame(fake_opener(config, paths, [backend]), config, paths)
    app.call_later(app.post_message, events.Key("3", "3"))  # before the first frame
    app.call_later(app.post_message, events.Key("question_mark", "?"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen", "the help")
        assert app.screen_stack[0].query_one("#panes", TabbedContent).active == "files"


async def test_what_stays_is_not_looked_through_for_garbage(
    paths: Paths, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[bool] = []
    app = make_app(paths, backend)
    monkeypatch.setattr("gc.freeze", lambda: frozen.append(app.statuses[0].answered is not None))
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(frozen) == 2, "the panes, and what the login needed")
        assert frozen == [False, True]
        assert gc.get_threshold()[0] == 10_000


def test_acts_begin_when_the_first_frame_stands() -> None:
    """`on_mount` comes before a Frame is a PodtuiApp: an act would never hear of it."""
    acts = PodtuiApp.__mro__[: PodtuiApp.__mro__.index(Frame)]
    assert {"JobActs", "KeyActs"} <= {act.__name__ for act in acts}
    for act in acts:
        assert not {"__init__", "on_mount", "BINDINGS", "CSS"} & vars(act).keys(), act


class AsksAtOnce(FakeBackend):
    """A cluster whose login begins early, and wants a word of the person."""

    asking: asyncio.Task[list[str]] | None = None

    def begin(self, *, files: bool) -> None:
        assert self.prompter is not None
        assert not files
        question = self.prompter.ask(self.name, "Login", [Question("Password")])
        self.asking = asyncio.create_task(question)


async def test_the_panes_come_below_what_an_early_login_asks(paths: Paths) -> None:
    backend = AsksAtOnce("pod")
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, QuestionsScreen), "the question")
        await until(pilot, lambda: app._session, "the session")
        assert isinstance(app.screen, QuestionsScreen)
        assert app.screen_stack[0].query_one(TransferStrip)
        await pilot.press("x", "enter")
        assert backend.asking is not None
        assert await backend.asking == ["x"]
        await until(pilot, lambda: job_table(app).has_focus, "the panes")
