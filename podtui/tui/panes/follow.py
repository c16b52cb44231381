"""A pane's state comes down from the app by reactive, whoever composed the pane."""

from __future__ import annotations

from functools import partial

from textual.widget import Widget


def follow_app(pane: Widget, *names: str) -> None:
    """Keep the pane's reactives of these names equal to the app's; call it when mounted."""
    for name in names:
        pane.watch(pane.app, name, partial(setattr, pane, name))
