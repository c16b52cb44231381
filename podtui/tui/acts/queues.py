"""The queues of the clusters that tell theirs."""

from __future__ import annotations

from textual.reactive import var

from podtui.domain.cluster import ClusterStatus, Facet, LinkState
from podtui.errors import PodError
from podtui.tui.acts.base import ActBase, by_itself
from podtui.tui.cloud import QueueList, link_group, with_item


class QueueActs(ActBase):
    """Asks for the queues when a cluster comes online, and when told to."""

    queue_lists: var[tuple[QueueList, ...]] = var(())

    def on_frame_drawn(self) -> None:
        """Ask whenever a cluster has come online."""
        self._telling: frozenset[str] = frozenset()
        self.watch(self, "statuses", self._ask_queues_of_new_ones, init=False)

    def _ask_queues_of_new_ones(self, statuses: tuple[ClusterStatus, ...]) -> None:
        telling = frozenset(
            status.name
            for status in statuses
            if status.link is LinkState.ONLINE and status.offer(Facet.JOBS).offered
        )
        for name in telling - self._telling:
            self.run_act(by_itself(self.ask_queues, name), f"queues {name}", link_group(name))
        self._telling = telling

    async def ask_queues(self, cluster: str) -> None:
        """Ask for the queues. Where they are not told the last ones stay; the link says why."""
        try:
            queues = await self.session.jobs.queues(cluster)
        except PodError:
            return
        self.queue_lists = with_item(self.queue_lists, QueueList(cluster, queues))
