"""When a pilot goes on: when the app has nothing more to do, also on a loaded machine.

Textual's own pilot waits, twice a key, until the process has slept through a fiftieth of a second.
On a loaded machine a process that gets no turn seems to sleep. Here the app's own queues are asked
too, and the screen, which draws when it is due.
"""

from __future__ import annotations

import asyncio
from time import process_time

import pytest
from textual._context import active_app

from podtui.tui.keys_in_turn import KeysInTurn

_LOOK_EVERY = 0.02  # seconds
_IDLE = 0.001  # seconds of processor time between two looks: a thread is not at work either


async def at_rest(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until every key has had its effect and nothing is due; called as Textual's own."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while loop.time() < begun + max_sleep:
        used = process_time()
        await asyncio.sleep(_LOOK_EVERY)
        busy = loop._ready or process_time() - used > _IDLE  # type: ignore[attr-defined]
        if not busy and loop.time() > begun + min_sleep and _keys_are_through() and _is_drawn():
            return


def _is_drawn() -> bool:
    """Whether the screen in front owes no frame, nor what is to come after it."""
    app = active_app.get(None)
    if app is None or not app._screen_stack:
        return True
    screen = app.screen
    return not (
        screen._callbacks
        or screen._dirty_widgets
        or screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
    )


def _keys_are_through() -> bool:
    """Whether the app holds none back: its panes are there, and the key before has had its turn."""
    app = active_app.get(None)
    if not isinstance(app, KeysInTurn):
        return True
    return app._keys_taken and not (app._keys_held or app._keys_waiting)


def go_on_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pilots wait so."""
    monkeypatch.setattr("textual.pilot.wait_for_idle", at_rest)
    monkeypatch.setattr("textual.app.wait_for_idle", at_rest)
