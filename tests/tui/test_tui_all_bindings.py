"""A walk over every scene that presses every key: each is told, does something, hides no other.

The keys are those of `bound_keys`, so that none can be forgotten. A key is pressed where it can be
used; what it asks of the app is taken down and goes no further, so that nothing is really ended,
sent or opened. It has an effect when it asks for something that somebody answers, or when something
is seen to change.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from textual.app import App
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from podtui.tui.keymap import bound_keys
from podtui.tui.palette import commands, in_force, why_not
from podtui.tui.screens.help import HelpScreen

from . import key_scenes
from .at_rest import go_on_at_rest
from .conftest import toasts
from .picture import rows_of
from .scenes import ALL, Scene
from .scenes.stage import Stage, folder_for, on_stage

_ASKED = ("messages", "requests")  # how modules of what is asked of the app are named
_TOLD = "Met"  # how messages are named that only tell what is under the cursor
_LOOKS = 10  # after a key, until it is said to do nothing
_LOOK_EVERY = 0.02  # seconds
_SIZE = (100, 34)
_HIDES_ON_PURPOSE = frozenset({"app.quit", "app.help"})
"""A screen's own way back is q too; a screen's own help is the app's."""
_NOT_HERE = frozenset({"command_line", "app.command_line", "app.help", "help"})
"""What the list of commands does not name: itself."""


@dataclass
class Walk:
    """What was found, by the id of a key."""

    effects: dict[str, str] = field(default_factory=dict)
    pressed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    untold: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    unreasoned: set[str] = field(default_factory=set)
    seen: set[type[Any]] = field(default_factory=set)


class Ear:
    """Takes down what is asked of the app; `deaf` lets it go on as usual."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: list[str] = []
        self.unanswered: set[str] = set()
        self.deaf = True
        for kind in (MessagePump, Widget):
            if "post_message" in vars(kind):
                original = vars(kind)["post_message"]
                monkeypatch.setattr(kind, "post_message", self._wrapped(original))
        monkeypatch.setattr(App, "exit", lambda *_, **__: self.heard.append("exit"))
        monkeypatch.setattr(App, "copy_to_clipboard", lambda _, text: self.heard.append("copy"))

    def _wrapped(self, original: Any) -> Any:
        def posted(pump: MessagePump, message: Message) -> bool:
            kind = type(message)
            asked = kind.__module__.startswith("podtui.") and kind.__module__.endswith(_ASKED)
            if self.deaf or not asked or kind.__name__.endswith(_TOLD):
                return bool(original(pump, message))
            self.heard.append(kind.__name__)
            if not _has_handler(pump, message):
                self.unanswered.add(kind.__name__)
            return True

        return posted


def _has_handler(pump: MessagePump | None, message: Message) -> bool:
    """Whether `pump`, or something it stands in, does something when the message comes."""
    while pump is not None:
        if any(pump._get_dispatch_methods(message.handler_name, message)):
            return True
        pump = pump._parent
    return False


@dataclass
class Found:
    """The walk, and what was asked in vain."""

    walk: Walk
    unanswered: set[str]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """The whole walk, once."""
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as monkeypatch:
        go_on_at_rest(monkeypatch)
        monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
        monkeypatch.setattr(Input.cursor_blink, "_default", False)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.setenv("EDITOR", "true")
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        ear = Ear(monkeypatch)
        yield Found(asyncio.run(_walked(folder, ear)), ear.unanswered)


async def _walked(folder: Path, ear: Ear) -> Walk:
    walk, ids = Walk(), {bound.id for bound in bound_keys()}
    async with on_stage(folder_for(folder), size=_SIZE) as stage:
        stage.app.earlier = ("jobs",)
        for scene in _in_order():
            if scene.shows in walk.seen and walk.effects.keys() >= ids:
                continue
            walk.seen.add(scene.shows)
            await _open(stage, scene, ear)
            for at in range(len(_places(stage))):
                await _press_all(stage, scene, at, walk, ear)
    return walk


def _in_order() -> tuple[Scene, ...]:
    """First one of each class, then those for a key of their own; the rest if need be."""
    first = {scene.shows: scene for scene in reversed(ALL)}
    firsts = [scene for scene in ALL if scene is first[scene.shows]]
    *others, last = key_scenes.SCENES
    return (*firsts, *others, *(scene for scene in ALL if scene not in firsts), last)


async def _open(stage: Stage, scene: Scene, ear: Ear) -> None:
    ear.deaf = True
    stage.backend.error = None
    await stage.clear()
    await scene.open(stage)
    await stage.rest()
    stage.app.clear_notifications()


def _places(stage: Stage) -> list[Widget | None]:
    """What can have the focus, one of each class, first what has it."""
    screen = stage.app.screen
    found: dict[type[Any], Widget | None] = {type(screen.focused): screen.focused}
    for widget in screen.focus_chain:
        found.setdefault(type(widget), widget)
    return list(found.values())


async def _press_all(stage: Stage, scene: Scene, at: int, walk: Walk, ear: Ear) -> None:
    """Each key in force with the focus at one place, those that have shown their effect apart."""
    await _focus(stage, at)
    _look_at_chain(stage, scene, walk)
    screen, before = _seen(stage)
    for name in [one for one in _in_force(stage) if one not in walk.effects]:
        here = _in_force(stage).get(name)
        if here is None or not here[1].enabled:
            continue
        walk.pressed[name].add(scene.name)
        effect, moved = await _effect_of(stage, here[0], ear)
        if effect:
            walk.effects[name] = effect
        if moved and not await _went_back(stage, screen, before, at):
            await _open(stage, scene, ear)
            await _focus(stage, at)
            screen, before = _seen(stage)


async def _went_back(
    stage: Stage, screen: Screen[Any], before: list[list[Segment]], at: int
) -> bool:
    """Close what a key has opened over the scene; whether all is as it was then."""
    stack = stage.app.screen_stack
    if screen not in stack or stage.app.screen is screen:
        return False
    while stage.app.screen is not screen:
        stage.app.pop_screen()
        await stage.pilot.pause()
    await stage.rest()
    stage.app.clear_notifications()
    await _focus(stage, at)
    return _seen(stage)[1] == before


async def _focus(stage: Stage, at: int) -> None:
    places = _places(stage)
    if at < len(places) and (widget := places[at]) is not None:
        widget.focus(scroll_visible=False)
        await stage.pilot.pause()


def _in_force(stage: Stage) -> dict[str, tuple[str, ActiveBinding]]:
    """Keys with an id, and what they are bound to, as long as the focus stays."""
    return {
        active.binding.id: (key, active)
        for key, active in reversed(in_force(stage.app.screen).items())
        if active.binding.id and not active.binding.system
    }


async def _effect_of(stage: Stage, key: str, ear: Ear) -> tuple[str, bool]:
    """What pressing it does, and whether the scene is another now."""
    before, focused, notes = _seen(stage), stage.app.screen.focused, toasts(stage.app)
    ear.heard, ear.deaf = [], False
    try:
        await stage.pilot.press(key)
        await stage.until(lambda: not stage.app._keys_held, f"the turn of {key}")
        for _ in range(_LOOKS):
            if ear.heard or toasts(stage.app) != notes or _seen(stage) != before:
                break
            await stage.pilot.pause(_LOOK_EVERY)
    finally:
        ear.deaf = True
    moved = _seen(stage) != before or stage.app.screen.focused is not focused
    if ear.heard:
        return f"asks: {ear.heard[0]}", moved
    return ("seen" if moved or toasts(stage.app) != notes else ""), moved


def _seen(stage: Stage) -> tuple[Screen[Any], list[list[Segment]]]:
    return stage.app.screen, rows_of(stage.app)


def _look_at_chain(stage: Stage, scene: Scene, walk: Walk) -> None:
    """Whether each key in force is told wherever keys are told, and hides no other one."""
    screen = stage.app.screen
    listed = {(one.active.node, one.active.binding.action) for one in commands(screen)}
    helped = {row[3] for row in HelpScreen.of(screen)._keys}
    for name, (key, active) in _in_force(stage).items():
        binding = active.binding
        if binding.action in _NOT_HERE:
            continue
        if (active.node, binding.action) not in listed or name not in helped:
            walk.untold.add(f"{name} in {scene.name}")
        for other in _also_bound(stage, key, active.node):
            if other not in _HIDES_ON_PURPOSE:
                walk.hidden.add(f"{other} by {name} ({key}) in {scene.name}")
        if not active.enabled and not why_not(active):
            walk.unreasoned.add(name)


def _also_bound(stage: Stage, key: str, winner: DOMNode) -> Iterator[str]:
    """Keys with an id further out, that would be in force without `winner`."""
    for node, bindings in stage.app.screen._modal_binding_chain:
        for binding in bindings.key_to_bindings.get(key, ()):
            possible = stage.app._check_action_state(binding.action, node) is not False
            if node is not winner and binding.id and not binding.system and possible:
                yield binding.id


def test_every_key_has_an_effect(walk: Found) -> None:
    """An id that never could be pressed needs a scene in which it can."""
    ids = {bound.id for bound in bound_keys()}
    in_vain = {name: walk.walk.pressed[name] for name in sorted(ids - walk.walk.effects.keys())}
    assert in_vain == {}
    assert walk.unanswered == set()


def test_every_key_stands_in_the_help_and_among_the_commands(walk: Found) -> None:
    assert sorted(walk.walk.untold) == []


def test_no_key_hides_another(walk: Found) -> None:
    assert sorted(walk.walk.hidden) == []


def test_every_grey_key_says_why(walk: Found) -> None:
    assert sorted(walk.walk.unreasoned) == []
