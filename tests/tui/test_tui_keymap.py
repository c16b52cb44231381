"""Every binding can be told and remapped, and `[keys]` says what it cannot take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.actions import parse
from textual.binding import Binding

from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.frame import MainScreen
from podtui.tui.keymap import bound_keys, checked_keymap, is_key, own_classes

from .conftest import job_table, make_app, screen_text, see_jobs, toasts, until
from .fake_session import FakeBackend


def _all() -> Iterator[tuple[type[Any], Binding]]:
    for owner in own_classes():
        for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ())):
            yield owner, binding


def test_every_binding_that_is_told_has_an_id_of_one_class_only() -> None:
    owners: dict[str, set[type[Any]]] = {}
    for owner, binding in _all():
        if binding.id is None:  # the cursor keys of a widget
            assert not binding.show, binding
            assert not binding.tooltip, binding
        else:
            owners.setdefault(binding.id, set()).add(owner)
    assert owners
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_every_shown_binding_is_described_and_explained() -> None:
    missing = [b.id for _, b in _all() if b.show and not (b.description and b.tooltip)]
    assert missing == []


def test_every_binding_has_an_effect() -> None:
    for owner, binding in _all():
        namespace, name, _ = parse(binding.action)
        target = {"": owner, "app": PodtuiApp, "screen": MainScreen}[namespace]
        kinds = (target, *(kind for kind in own_classes() if issubclass(kind, target)))
        forms = (f"action_{name}", f"_action_{name}")
        assert any(hasattr(kind, form) for kind in kinds for form in forms), binding


def test_ones_own_keys_are_taken_and_what_is_wrong_is_told() -> None:
    keymap, errors = checked_keymap(
        (
            ("jobs.cancel", "delete"),
            ("app.quit", "ctrl+q"),
            ("jobs.hold", "q"),  # free, since quitting has another
            ("jobs.cancl", "x"),
            ("jobs.release", "floob"),
            ("app.help", "n"),
        )
    )
    assert keymap == {"jobs.cancel": "delete", "app.quit": "ctrl+q", "jobs.hold": "q"}
    assert [error.message for error in errors] == [
        "unknown key binding 'keys.jobs.cancl' (did you mean 'keys.jobs.cancel'?).",
        "keys.jobs.release: 'floob' is no key.",
        "keys.app.help: n is the key of jobs.submit (New).",
    ]


def test_the_default_keys_of_all_bindings_are_keys() -> None:
    assert [b for b in bound_keys() if not all(map(is_key, b.keys))] == []


@pytest.mark.parametrize("name", ["x", "?", "ctrl+x", "f5", "slash", "question_mark", "+"])
def test_what_a_key_is(name: str) -> None:
    assert is_key(name)


@pytest.mark.parametrize("name", ["", "ctrl+", "cntrl+x", "xx", "\x1b"])
def test_what_no_key_is(name: str) -> None:
    assert not is_key(name)


async def test_a_remapped_key_acts_and_stands_on_the_line_and_in_the_help(paths: Paths) -> None:
    keys = (("jobs.filter", "F"), ("jobs.cancel", "K"), ("no.such", "x"))
    backend = FakeBackend("pod")
    app = make_app(paths, backend, keys=keys)
    async with app.run_test(size=(120, 60)) as pilot:
        await see_jobs(pilot)
        await until(pilot, lambda: job_table(app).has_focus)
        await until(pilot, lambda: "unknown key binding 'keys.no.such'" in toasts(app))
        await until(pilot, lambda: "F Filter" in screen_text(app).splitlines()[-1])
        await pilot.press("K")  # a grey key says why, also by its new name
        await until(pilot, lambda: "not now" in toasts(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "jobs.cancel" in screen_text(app))
