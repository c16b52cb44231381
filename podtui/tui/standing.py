"""Whether a widget can still be drawn, for answers that come when it may be gone."""

from __future__ import annotations

from textual.widget import Widget


def stands(widget: Widget) -> bool:
    """Whether a widget is in its place and not on its way out.

    `Widget.is_attached` holds until the widget itself has gone, which is after its children: what
    it asks for then is partly there. `display` is off from the moment it is to be removed.
    """
    return widget.is_attached and widget.display
