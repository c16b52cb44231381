"""What scrolls over lines that are drawn one by one."""

from __future__ import annotations

from textual.scroll_view import ScrollView

RIGHT = 3
"""The mouse button that asks what can be done; no list takes it for a choice."""


class Scrolled(ScrollView):
    """A ScrollView whose bar tells the right place from the moment it is shown.

    Textual's hears of no move before: what is scrolled to its end before the first layout would
    stand there with the bar at the top.
    """

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """Take up where we are."""
        if shown:
            self.vertical_scrollbar.position = self.scroll_y
