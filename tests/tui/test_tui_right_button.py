"""The right button on a row: what can be done there, from the same bindings as the keys."""

from __future__ import annotations

import re
from pathlib import Path

from textual.widgets import OptionList

from podtui.domain.job import JobState
from podtui.tui.palette import commands
from podtui.tui.screens.choice import ChoiceScreen
from podtui.tui.widgets.keyed_table import KeyedTable
from podtui.tui.widgets.line_list import LineList
from podtui.tui.widgets.line_table import LineTable

from .conftest import job_table, toasts
from .scenes import ALL
from .scenes.stage import Stage, folder_for, on_stage


async def _menu_at(stage: Stage, word: str) -> tuple[str, ...]:
    """Press the right button on the first `word` in sight: what is offered, the best first."""
    await stage.sees(word)
    lines = stage.text.splitlines()
    y, line = next((y, line) for y, line in enumerate(lines) if word in line)
    await stage.pilot.click(offset=(line.index(word) + 1, y), button=3)
    await stage.until(lambda: isinstance(stage.app.screen, ChoiceScreen), "the menu")
    return tuple(str(one.prompt) for one in stage.app.screen.query_one(OptionList).options)


async def _takes(stage: Stage, word: str) -> None:
    """Click on the line of the menu that has `word`."""
    options = stage.app.screen.query_one(OptionList)
    prompts = [str(one.prompt) for one in options.options]
    at = next(n for n, prompt in enumerate(prompts) if re.match(rf"\S+ +{word} ", prompt))
    options.scroll_to(y=at, animate=False)
    await stage.pilot.pause()
    y = options.content_region.y + at - options.scroll_offset.y
    await stage.pilot.click(offset=(options.content_region.x + 2, y))
    await stage.until(lambda: not isinstance(stage.app.screen, ChoiceScreen), "the choice")


async def _open(stage: Stage, name: str) -> None:
    await stage.clear()
    await next(scene for scene in ALL if scene.name == name).open(stage)
    await stage.rest()


async def test_a_row_of_each_kind_of_list_tells_what_can_be_done_there(tmp_path: Path) -> None:
    async with on_stage(folder_for(tmp_path)) as stage:
        for name, word, kind, key in (
            ("JobsPane", "assemble", LineTable, "h  "),
            ("FilesPane", "job.sh", LineTable, "c  "),
            ("FilesPane", "old.tar", LineList, "r  "),
            ("ClustersPane", "n2 ", KeyedTable, "x  "),
            ("KeysPane", "bob@lab", KeyedTable, "p  "),
        ):
            await _open(stage, name)
            before = {one.name for one in commands(stage.app.screen)}
            offered = await _menu_at(stage, word)
            assert any(one.startswith(key) for one in offered), (name, word, offered)
            assert len(offered) >= min(len(before) // 3, 7)
            await stage.pilot.press("escape")
            await stage.until(lambda: not isinstance(stage.app.screen, ChoiceScreen))
            focused = stage.app.focused
            assert isinstance(focused, kind), (name, focused)


async def test_it_goes_to_the_row_chooses_nothing_and_does_what_is_taken(tmp_path: Path) -> None:
    async with on_stage(folder_for(tmp_path)) as stage:
        for _ in range(2):  # the second time the cursor stands there already
            offered = await _menu_at(stage, "assemble")
            can = [re.match(r"\S+ +(Hold|Release) ", one) is not None for one in offered]
            assert "Hold" in offered[can.index(True)]  # what cannot be done comes last
            await stage.pilot.press("escape")
            await stage.until(lambda: not isinstance(stage.app.screen, ChoiceScreen))
        await _menu_at(stage, "assemble")
        await _takes(stage, "Hold")
        await stage.until(lambda: stage.backend.jobs.jobs["22786.pod"].state is JobState.HELD)


async def test_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    async with on_stage(folder_for(tmp_path)) as stage:
        job_table(stage.app).focus()
        await _menu_at(stage, "odd")
        await stage.pilot.press("end", "enter")  # what cannot be done stands last
        await stage.until(lambda: "no array with several rows" in toasts(stage.app), "why not")
