"""The Jobs pane: all clusters' jobs in one table."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import DataTable

from podtui.tui.panes.base import Pane


class JobsPane(Pane):
    """Nothing yet."""

    def compose(self) -> ComposeResult:
        """An empty table."""
        yield DataTable()
