"""What the clusters' controllers last said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from textual import on
from textual.reactive import var

from podtui.domain.cluster import ClusterStatus, Facet, LinkState
from podtui.errors import PodError
from podtui.tui import requests
from podtui.tui.acts.base import by_itself
from podtui.tui.acts.queues import QueueActs
from podtui.tui.cloud import Cloud, link_group, of_cluster, with_item

_FRESH = timedelta(seconds=30)


class CloudActs(QueueActs):
    """Asks each controller when its cluster comes online, when it is looked at, when told to."""

    clouds: var[tuple[Cloud, ...]] = var(())

    def on_frame_drawn(self) -> None:
        """Ask a controller whenever its cluster has come online."""
        self._online: frozenset[str] = frozenset()
        self.watch(self, "statuses", self._ask_new_ones, init=False)

    def _ask_new_ones(self, statuses: tuple[ClusterStatus, ...]) -> None:
        online = frozenset(
            status.name
            for status in statuses
            if status.link is LinkState.ONLINE and status.offer(Facet.NODES).offered
        )
        for name in online - self._online:
            self.run_act(by_itself(self.ask_cloud, name), f"cloud {name}", link_group(name))
        self._online = online

    @on(requests.ClusterLookedAt)
    def ask_anew(self, event: requests.ClusterLookedAt) -> None:
        """Ask again what was told a while ago: somebody may have made or ended a login node."""
        known = of_cluster(self.clouds, event.cluster)
        if event.cluster not in self._online or known is None or known.asking:
            return
        if known.answered is None or self.now() - known.answered >= _FRESH:
            self._keep_cloud(replace(known, asking=True))  # at once: the next look asks nothing
            work = by_itself(self.ask_cloud, event.cluster)
            self.run_act(work, f"cloud {event.cluster}", link_group(event.cluster))

    async def ask_cloud(self, cluster: str) -> None:
        """Ask the controller for everything; a failure stands beside the last answer."""
        if not self.session.clusters.status(cluster).offer(Facet.NODES).offered:
            return
        known = of_cluster(self.clouds, cluster) or Cloud(cluster)
        self._keep_cloud(replace(known, asking=True))
        try:
            overview = await self.session.nodes.overview(cluster)
        except PodError as error:
            told = replace(known, title=error.title, error=error.message, hint=error.hint)
            self._keep_cloud(replace(told, asking=False))
        except asyncio.CancelledError:
            self._keep_cloud(replace(known, asking=False))
            raise
        else:
            self._keep_cloud(Cloud(cluster, overview, self.now()))

    def _keep_cloud(self, cloud: Cloud) -> None:
        self.clouds = with_item(self.clouds, cloud)
