"""The header: whose screen this is, and how we stand with each cluster."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.text import visible
from podtui.tui.glyphs import cluster_mark

_NAME_LIMIT = 24  # characters
_OWN = " podtui "
_RANKS = {LinkState.ONLINE: 2, LinkState.IDLE: 3}  # after those that lack something


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

    def on_resize(self) -> None:
        """Another number of clusters may fit."""
        self._draw()

    def _draw(self) -> None:
        line = Text(_OWN, style="bold", no_wrap=True, overflow="ellipsis")
        shown = self._shown()
        for status in shown:
            line.append_text(self._part(status))
        if more := len(self.statuses) - len(shown):
            line.append(f"│ {more} more ", style="dim")
        if not self.statuses:
            line.append("│ no cluster is configured yet ", style="dim")
        self.update(line, layout=False)  # always one row

    def _part(self, status: ClusterStatus) -> Text:
        mark = cluster_mark(status)
        return Text.assemble(
            ("│ ", "dim"),
            (f"{mark.glyph} ", mark.style(self.app)),
            (visible(status.name, _NAME_LIMIT), "bold" if status.name == self.cluster else ""),
            (f" {mark.word} ", mark.style(self.app)),
        )

    def _shown(self) -> tuple[ClusterStatus, ...]:
        """All, or as many as fit: the looked-at one and those with troubles before the others."""
        wide = {id(one): self._part(one).cell_len for one in self.statuses}
        room = max(self.size.width, 40) - len(_OWN)
        if sum(wide.values()) <= room:
            return self.statuses
        room -= len(f"│ {len(self.statuses)} more ")
        shown = set()
        for one in sorted(self.statuses, key=self._rank):
            room -= wide[id(one)]
            if room < 0:
                break
            shown.add(id(one))
        return tuple(one for one in self.statuses if id(one) in shown)

    def _rank(self, status: ClusterStatus) -> int:
        if status.name == self.cluster:
            return 0
        return _RANKS.get(status.link, 1)
