"""Prompts: secret answers hidden, one dialog at a time, trust only by a deliberate key."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podtui.backends.base import Question
from podtui.errors import Cancelled
from podtui.tui.app import PodtuiApp
from podtui.tui.prompter import ScreenPrompter
from podtui.tui.screens.login import HostKeyScreen, QuestionsScreen

from .conftest import opened, screen_text, until

_FINGERPRINT = "SHA256:CvLAkmYkZvtAR+Ms87TCcjVWYK8eQC/aOKT5jTP5Kh0"


async def _shown(pilot: Pilot[None], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    await pilot.pause()


async def test_secret_answers_are_not_shown_and_enter_goes_from_question_to_question(
    app: PodtuiApp,
) -> None:
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        questions = [Question("Password: "), Question("One-time [/code]\x1b[2J", secret=False)]
        asked = group.create_task(ScreenPrompter(app).ask("pod", "Log[in]", questions))
        await _shown(pilot, QuestionsScreen)
        await pilot.press(*"hunter2", "enter", *"123456")
        text = screen_text(app)
        assert "hunter2" not in text
        assert "123456" in text
        assert "One-time [/code]␛[2J" in text
        assert "pod: Log[in]" in text
        await pilot.press("enter")
        await until(pilot, asked.done)
        assert asked.result() == ["hunter2", "123456"]


@pytest.mark.parametrize("how", ["escape", "#cancel"])
async def test_a_declined_login_is_cancelled(app: PodtuiApp, how: str) -> None:
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)

        async def ask() -> None:
            with pytest.raises(Cancelled):
                await ScreenPrompter(app).ask("pod", "Login", [Question("Password")])

        asked = group.create_task(ask())
        await _shown(pilot, QuestionsScreen)
        await (pilot.click(how) if how.startswith("#") else pilot.press(how))
        await until(pilot, asked.done)


async def test_several_prompts_queue_and_never_stack(app: PodtuiApp) -> None:
    prompter = ScreenPrompter(app)
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        first = group.create_task(prompter.ask("pod", "First", [Question("A")]))
        second = group.create_task(prompter.ask("pod", "Second", [Question("B")]))
        await _shown(pilot, QuestionsScreen)
        assert len(app.screen_stack) == 2
        assert "First" in screen_text(app)
        await pilot.press("a", "enter")
        await until(pilot, first.done)
        await until(pilot, lambda: "Second" in screen_text(app))
        assert len(app.screen_stack) == 2
        await pilot.press("b", "enter")
        await until(pilot, second.done)
        assert (first.result(), second.result()) == (["a"], ["b"])


async def test_a_prompt_nobody_waits_for_goes_away_and_the_next_one_comes(app: PodtuiApp) -> None:
    prompter = ScreenPrompter(app)
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        first = group.create_task(prompter.ask("pod", "First", [Question("A")]))
        await _shown(pilot, QuestionsScreen)
        await pilot.press("question_mark")  # typed into the question, not the help
        assert app.screen.query_one(Input).value == "?"
        first.cancel()
        await until(pilot, lambda: len(app.screen_stack) == 1)
        second = group.create_task(prompter.trust_host("pod", "host", "ssh-ed25519", "SHA256:x"))
        await _shown(pilot, HostKeyScreen)
        await pilot.press("escape")
        await until(pilot, second.done)
        assert second.result() is False


async def test_a_withdrawn_prompt_below_another_dialog_goes_when_it_comes_up(
    app: PodtuiApp,
) -> None:
    prompter = ScreenPrompter(app)
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        asked = group.create_task(prompter.trust_host("pod", "host", "ssh-ed25519", "SHA256:x"))
        await _shown(pilot, HostKeyScreen)
        app.action_last_errors()
        await until(pilot, lambda: len(app.screen_stack) == 3)
        asked.cancel()
        await until(pilot, lambda: app.screen_stack[1].withdrawn)  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_a_host_key_is_shown_whole_and_enter_refuses_it(app: PodtuiApp) -> None:
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        asked = group.create_task(
            ScreenPrompter(app).trust_host("pod", "[10.0.0.1]:2222", "ssh-ed25519", _FINGERPRINT)
        )
        await _shown(pilot, HostKeyScreen)
        text = screen_text(app)
        for fact in ("pod", "[10.0.0.1]:2222", "ssh-ed25519", _FINGERPRINT):
            assert fact in text
        await pilot.press("t", "y", "space", "enter")
        await until(pilot, asked.done)
        assert asked.result() is False


@pytest.mark.parametrize("how", ["ctrl+t", "#trust"])
async def test_a_host_key_is_trusted_by_a_deliberate_key_or_click(app: PodtuiApp, how: str) -> None:
    async with app.run_test() as pilot, asyncio.TaskGroup() as group:
        await opened(pilot)
        asked = group.create_task(
            ScreenPrompter(app).trust_host("pod", "host", "ssh-ed25519", _FINGERPRINT)
        )
        await _shown(pilot, HostKeyScreen)
        await (pilot.click(how) if how.startswith("#") else pilot.press(how))
        await until(pilot, asked.done)
        assert asked.result() is True
