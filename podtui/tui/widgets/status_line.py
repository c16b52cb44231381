"""The header: whose screen this is, and how we stand with each cluster."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.cluster import ClusterStatus
from podtui.domain.text import visible
from podtui.tui.glyphs import cluster_mark

_NAME_LIMIT = 24  # characters


class StatusLine(Static):
    """`podtui │ ● pod online │ ○ other not connected`; the looked-at cluster stands out."""

    statuses: reactive[tuple[ClusterStatus, ...]] = reactive((), layout=False)
    cluster: reactive[str] = reactive("")

    def on_mount(self) -> None:
        """Colours come from the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())
        self._draw()

    def watch_statuses(self) -> None:
        """Show the new state."""
        self._draw()

    def watch_cluster(self) -> None:
        """Show which cluster is looked at."""
        self._draw()

    def _draw(self) -> None:
        line = Text(" podtui ", style="bold", no_wrap=True, overflow="ellipsis")
        for status in self.statuses:
            mark = cluster_mark(status)
            looked_at = status.name == self.cluster
            line.append("│ ", style="dim")
            line.append(mark.glyph + " ", style=mark.style(self.app))
            line.append(visible(status.name, _NAME_LIMIT), style="bold" if looked_at else "")
            line.append(f" {mark.word} ", style=mark.style(self.app))
        if not self.statuses:
            line.append("│ no cluster is configured yet ", style="dim")
        self.update(line, layout=False)  # always one row
