"""A terminal that nobody looks at: its clusters are left alone until somebody is back."""

from __future__ import annotations

import pytest
from textual import events

from podtui.services.jobs import JobService
from podtui.tui import app as app_module
from podtui.tui.app import PodtuiApp

from .conftest import until


async def test_polls_rest_while_the_terminal_is_out_of_sight(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    monkeypatch.setattr(JobService, "looking", lambda _, anybody: told.append(anybody))
    monkeypatch.setattr(app_module, "AWAY_SECONDS", 0.01)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session is not None)
        app.post_message(events.AppBlur())
        await until(pilot, lambda: told == [False])
        app.post_message(events.AppFocus())
        await until(pilot, lambda: told == [False, True])


async def test_a_glance_elsewhere_is_not_leaving(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    monkeypatch.setattr(JobService, "looking", lambda _, anybody: told.append(anybody))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session is not None)
        app.post_message(events.AppBlur())
        app.post_message(events.AppFocus())
        await until(pilot, lambda: told == [True])
