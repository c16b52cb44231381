"""What the Clusters pane asks for, and the prompts a login may need."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from textual import on
from textual.reactive import var

from podtui.domain.job_table import ClusterJobs
from podtui.domain.poll_cost import PollCost
from podtui.domain.text import visible
from podtui.tui import requests
from podtui.tui.acts.homes import HomeActs
from podtui.tui.acts.nodes import NodeActs
from podtui.tui.cloud import link_group


class ClusterActs(HomeActs, NodeActs):
    """Links and controllers; clouds and login nodes by what it stands on.

    `costs` tells by cluster what its polls have cost it so far.
    """

    costs: var[Mapping[str, PollCost]] = var({})

    def on_frame_drawn(self) -> None:
        """Each answer has a price."""
        self.watch(self, "answers", self._count_costs, init=False)

    def _count_costs(self, answers: tuple[ClusterJobs, ...]) -> None:
        self.costs = {one.cluster: self.session.jobs.cost(one.cluster) for one in answers}

    # Prompts

    @on(requests.PromptRequested)
    def show_prompt(self, event: requests.PromptRequested) -> None:
        """Show a dialog a server caused, unless nobody waits for it any more."""

        def answered(result: object) -> None:
            if not event.answer.done():
                event.answer.set_result(result)

        if not event.answer.done():
            self.push_screen(event.screen, answered)

    @on(requests.PromptWithdrawn)
    def withdraw_prompt(self, event: requests.PromptWithdrawn) -> None:
        """Take a dialog away that nobody waits for any more."""
        from podtui.tui.screens.login import Prompt

        if isinstance(event.screen, Prompt) and event.screen in self.screen_stack:
            event.screen.withdraw()

    # Links

    @on(requests.ConnectRequested)
    def connect_cluster(self, event: requests.ConnectRequested) -> None:
        """Log in, and let Files and Keys look at this cluster."""
        self.cluster = event.cluster
        work = self._log_in(event.cluster)
        self.run_act(work, f"connect {event.cluster}", link_group(event.cluster))

    async def _log_in(self, cluster: str) -> None:
        await self.session.clusters.connect(cluster)

    @on(requests.DisconnectRequested)
    def disconnect_cluster(self, event: requests.DisconnectRequested) -> None:
        """Let go of a cluster; a login under way ends, its dialog goes, no node is waited for."""
        self.workers.cancel_group(self, link_group(event.cluster))
        self.stop_provisioning(event.cluster)
        self.run_act(self._let_go(event.cluster), f"disconnect {event.cluster}")

    async def _let_go(self, cluster: str) -> None:
        await self.session.clusters.disconnect(cluster)

    @on(requests.DetachRequested)
    def detach_cluster(self, event: requests.DetachRequested) -> None:
        """Stop its polls; files, shells and transfers go on over the connection."""
        self.run_act(self._stop_polls(event.cluster), f"detach {event.cluster}")

    async def _stop_polls(self, cluster: str) -> None:
        self.session.clusters.detach(cluster)
        self.tell(f"{visible(cluster)} is asked for no jobs. Enter on its line asks again.")

    @on(requests.ClusterRefreshRequested)
    def refresh_cluster(self, event: requests.ClusterRefreshRequested) -> None:
        """Ask a cluster again; one that is not connected is connected first."""
        group = link_group(event.cluster)
        self.run_act(self._refresh(event.cluster), f"refresh {event.cluster}", group)

    async def _refresh(self, cluster: str) -> None:
        await self.session.clusters.connect(cluster)
        self.session.jobs.refresh(cluster)
        await self.ask_cloud(cluster)
        await self.ask_queues(cluster)
        if self.has_way_to_files(cluster):
            await self.ask_home(cluster)

    # Controllers

    @on(requests.ControllerAdditionRequested)
    def add_controller(self, event: requests.ControllerAdditionRequested) -> None:
        """Write a further cluster into the configuration."""
        self.run_act(self._add_controller(event), f"add {event.controller.id}")

    async def _add_controller(self, event: requests.ControllerAdditionRequested) -> None:
        from podtui.config.adding import written_cluster
        from podtui.tui.acts.adding import add_controller

        config = self.session.clusters.config(event.cluster)
        name = await asyncio.to_thread(add_controller, self.session.paths, config, event.controller)
        file = self.session.paths.config_file
        self.session.add_cluster(
            await asyncio.to_thread(written_cluster, file, self.session.paths, name)
        )
        self.tell(f"{name} is in {visible(str(file), 200)} and in the list.", "Cluster added")
