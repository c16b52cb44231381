"""The screen of the command log."""

from __future__ import annotations

from podtui.backends.trace import TRACE
from podtui.tui.app import PodtuiApp

from .conftest import job_table, screen_text, until


async def test_what_was_asked_is_shown_and_copied(app: PodtuiApp) -> None:
    with TRACE.doing("login.example.org", "squeue [/b] --me") as entry:
        entry.outcome = "exit 3"
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await pilot.press("L")
        await until(pilot, lambda: "squeue [/b] --me" in screen_text(app))
        assert "exit 3" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: "squeue [/b] --me" in app.clipboard)
