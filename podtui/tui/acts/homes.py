"""How full the home on each cluster is, and what one may fill there."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from textual import on
from textual.reactive import var

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.errors import PodError
from podtui.tui import requests
from podtui.tui.acts.base import by_itself
from podtui.tui.acts.clouds import CloudActs
from podtui.tui.cloud import Home, link_group, of_cluster, with_item

_FRESH = timedelta(minutes=10)


class HomeActs(CloudActs):
    """Asks where a login has opened the way to files already, and when a person asks anew.

    On a pod the way to files is a login of its own, which may ask something: nobody is asked
    because a number is missing.
    """

    homes: var[tuple[Home, ...]] = var(())

    def on_frame_drawn(self) -> None:
        """Ask whenever a cluster that is a login node has come online."""
        self._open_homes: frozenset[str] = frozenset()
        self.watch(self, "statuses", self._ask_new_homes, init=False)

    def _ask_new_homes(self, statuses: tuple[ClusterStatus, ...]) -> None:
        online = frozenset(s.name for s in statuses if s.link is LinkState.ONLINE and s.files_open)
        for name in online - self._open_homes:
            known = of_cluster(self.homes, name)
            if known and self.now() - known.answered < _FRESH:
                continue  # it was away for a moment only
            self.run_act(by_itself(self.ask_home, name), f"home {name}", group=link_group(name))
        self._open_homes = online

    @on(requests.LoginNodesChanged)
    def ask_home_behind_node(self, event: requests.LoginNodesChanged) -> None:
        """A login node that answers lets us look at the home behind it."""
        if self.has_way_to_files(event.cluster):
            work = self.ask_home(event.cluster)
            self.run_act(work, f"home {event.cluster}", group=link_group(event.cluster))

    def has_way_to_files(self, cluster: str) -> bool:
        """Whether files can be reached now: by the login itself, or by a login node that is up."""
        cloud = of_cluster(self.clouds, cluster)
        nodes = cloud.overview.nodes if cloud and cloud.overview else ()
        open_ones = (s.name for s in self.statuses if s.files_open)
        return any(node.active for node in nodes) or cluster in open_ones

    async def ask_home(self, cluster: str) -> None:
        """Ask for the space, then for quotas; where nothing is told the last answer stays."""
        known = of_cluster(self.homes, cluster)
        with suppress(PodError):
            space = await self.session.files.space(cluster, "~")
            quotas = known.quotas if known else ()
            known = Home(cluster, self.now(), space, quotas)
            self.homes = with_item(self.homes, known)
        with suppress(PodError):
            quotas = (await self.session.clusters.survey(cluster)).quotas
            space = known.space if known else None
            self.homes = with_item(self.homes, Home(cluster, self.now(), space, quotas))
