"""A widget that is being removed is nothing to draw in, though it is still attached."""

from __future__ import annotations

from textual.widgets import Static

from podtui.tui.app import PodtuiApp
from podtui.tui.standing import stands

from .conftest import opened


async def test_what_is_on_its_way_out_stands_no_more(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await opened(pilot)
        widget = Static()
        assert not stands(widget)
        await app.mount(widget)
        assert stands(widget)
        removing = widget.remove()
        assert widget.is_attached
        assert not stands(widget)
        await removing
        assert not stands(widget)
