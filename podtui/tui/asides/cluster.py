"""Beside the clusters: a card for each of them, so that all are seen at once."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.cluster import ClusterStatus
from podtui.domain.poll_cost import PollCost
from podtui.domain.text import visible
from podtui.tui.asides.base import Aside
from podtui.tui.cloud import Cloud, Home, Provision, of_cluster
from podtui.tui.glyphs import cluster_mark
from podtui.tui.panes.cluster_text import details
from podtui.tui.panes.follow import follow_app


class ClusterCard(Static):
    """One cluster: its state in the border, what the pane would say of it inside."""

    DEFAULT_CSS = """
    ClusterCard {
        height: auto; margin-bottom: 1; padding: 0 1; border: round $foreground 30%;
        border-title-color: $foreground; border-title-style: bold;
    }
    """


class ClusterAside(Aside):
    """Nothing has to be asked for: the pane's own values, of every cluster."""

    TITLE = "All clusters"
    DEFAULT_CSS = """
    ClusterAside > VerticalScroll { max-height: 100%; height: 1fr; }
    """
    statuses: reactive[tuple[ClusterStatus, ...]] = reactive((), init=False)
    clouds: reactive[tuple[Cloud, ...]] = reactive((), init=False)
    provisions: reactive[tuple[Provision, ...]] = reactive((), init=False)
    homes: reactive[tuple[Home, ...]] = reactive((), init=False)
    costs: reactive[Mapping[str, PollCost]] = reactive({}, init=False)

    def compose(self) -> ComposeResult:
        """Title and cards."""
        yield Static(self.TITLE, classes="aside-title", markup=False)
        yield VerticalScroll(can_focus=False)

    def on_mount(self) -> None:
        """Follow the app."""
        names = ("statuses", "clouds", "provisions", "homes", "costs")
        follow_app(self, *names)
        for name in names:
            self.watch(self, name, self.look, init=False)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.look())

    def draw(self) -> None:
        """A card each, in the order of the table."""
        room = self.query_one(VerticalScroll)
        cards = list(room.query(ClusterCard))
        while len(cards) > len(self.statuses):
            cards.pop().remove()
        while len(cards) < len(self.statuses):
            card = ClusterCard(markup=False)
            room.mount(card)
            cards.append(card)
        for card, status in zip(cards, self.statuses, strict=True):
            self._fill(card, status)

    def _fill(self, card: ClusterCard, status: ClusterStatus) -> None:
        name = status.name
        mark = cluster_mark(status)
        card.border_title = Content(visible(f"{name} {mark.text}", 60))
        card.update(
            details(
                status,
                of_cluster(self.clouds, name),
                of_cluster(self.provisions, name),
                self.costs.get(name),
                of_cluster(self.homes, name),
                self.app.theme_variables,
            )
        )
