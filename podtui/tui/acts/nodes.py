"""Login nodes: made step by step, ended, entered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on
from textual.reactive import var

from podtui.config.model import ssh_options
from podtui.domain.key import LocalKey
from podtui.domain.node import NodeSpec, ProvisionPhase, ProvisionStep
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import requests
from podtui.tui.acts.clouds import CloudActs
from podtui.tui.cloud import Provision, ProvisionState, link_group, of_cluster, with_item
from podtui.tui.screens.dialogs import Confirm


class NodeActs(CloudActs):
    """Provisionings go on here, whatever screen is shown; `provisions` tells how they stand."""

    provisions: var[tuple[Provision, ...]] = var(())

    @on(requests.NewNodeRequested)
    def open_new_node(self, event: requests.NewNodeRequested) -> None:
        """Open the guided screen, and ask for what it will show."""
        self.run_act(self._open_new_node(event.cluster), f"new node {event.cluster}")

    async def _open_new_node(self, cluster: str) -> None:
        from podtui.tui.screens.new_node import NewNodeScreen

        identity = ssh_options(self.session.clusters.config(cluster)).identity_file
        provision = of_cluster(self.provisions, cluster)
        if provision is None or provision.state is not ProvisionState.RUNNING:
            self.run_act(self.ask_cloud(cluster), f"cloud {cluster}", link_group(cluster))
        keys = await self.session.keys.local()
        await self.push_screen(NewNodeScreen(cluster, identity, keys))

    @on(requests.ProvisionRequested)
    def provision(self, event: requests.ProvisionRequested) -> None:
        """Begin, or go on, making a login node; one at a time on a cluster."""
        running = of_cluster(self.provisions, event.cluster)
        if running is not None and running.state is ProvisionState.RUNNING:
            return
        self._keep(Provision(event.cluster, event.spec, event.key))
        work = self._provision(event.cluster, event.spec, event.key)
        self.run_act(work, f"provision {event.cluster}", _group(event.cluster))

    @on(requests.ProvisionStopRequested)
    def stop_provision(self, event: requests.ProvisionStopRequested) -> None:
        """Stop waiting; what was made stays."""
        self.stop_provisioning(event.cluster)

    def stop_provisioning(self, cluster: str) -> None:
        """End the waiting for a login node, if there is any."""
        self.workers.cancel_group(self, _group(cluster))

    async def _provision(self, cluster: str, spec: NodeSpec, key: LocalKey | None) -> None:
        try:
            async for step in self.session.nodes.provision(cluster, spec):
                self._advance(cluster, step)
                if step.phase is ProvisionPhase.VOLUME and key is not None:
                    # Keys can be put on once there is a volume; what is on is then reused.
                    await self.session.keys.add(cluster, key.public)
                if step.node is not None:
                    await self.ask_cloud(cluster)
        except PodError as error:
            self._end(cluster, ProvisionState.FAILED, error)
            raise
        except asyncio.CancelledError:
            self._end(cluster, ProvisionState.STOPPED)
            raise
        self._end(cluster, ProvisionState.READY)
        if not self._watched(cluster):
            self.tell(f"The login node on {visible(cluster)} answers: press 3 for its files.")
        self.post_message(requests.LoginNodesChanged(cluster))

    def _watched(self, cluster: str) -> bool:
        """Whether the person sees it being made; a notice would lie over what tells it already."""
        from podtui.tui.screens.new_node import NewNodeScreen

        return isinstance(self.screen, NewNodeScreen) and self.screen.cluster == cluster

    def _advance(self, cluster: str, step: ProvisionStep) -> None:
        known = of_cluster(self.provisions, cluster)
        assert known is not None
        self._keep(replace(known, steps=(*known.steps, step)))

    def _end(self, cluster: str, state: ProvisionState, error: PodError | None = None) -> None:
        known = of_cluster(self.provisions, cluster)
        assert known is not None
        if error is not None:
            known = replace(known, title=error.title, error=error.message, hint=error.hint)
        self._keep(replace(known, state=state))

    def _keep(self, provision: Provision) -> None:
        self.provisions = with_item(self.provisions, provision)

    # Those that are there

    @on(requests.NodeDeletionRequested)
    def ask_node_deletion(self, event: requests.NodeDeletionRequested) -> None:
        """Name the login node and what stays, then end it if that is wanted."""
        name = visible(event.node.hostname or event.node.id, 80)

        def end(sure: bool | None) -> None:
            if sure:
                work = self._delete_node(event.cluster, event.node.id, name)
                self.run_act(work, f"end {event.node.id}")

        body = (
            f"{name} on {visible(event.cluster)} ends, and with it every shell and transfer "
            "over it.\n\nThe storage volume and everything on it stay."
        )
        self.push_screen(Confirm("End this login node?", body, "End it", "Keep it"), end)

    async def _delete_node(self, cluster: str, node_id: str, name: str) -> None:
        await self.session.nodes.delete(cluster, node_id)
        self.tell(f"{name} ends. The volume stays.", "Login node")
        self.post_message(requests.LoginNodesChanged(cluster))
        await self.ask_cloud(cluster)

    @on(requests.ShellRequested)
    def open_shell(self, event: requests.ShellRequested) -> None:
        """Give the terminal to the system's ssh until it ends."""
        self.run_act(self._shell(event), f"shell {event.cluster}")

    async def _shell(self, event: requests.ShellRequested) -> None:
        from podtui.services.shells import login_command, shell_command
        from podtui.tui.acts.shell import run_shell

        status = self.session.clusters.status(event.cluster)
        options = ssh_options(self.session.clusters.config(event.cluster))
        if event.node is not None:
            command = shell_command(event.node, status.user, options)
        else:
            command = login_command(self.session.clusters.config(event.cluster))
        await run_shell(self, command)


def _group(cluster: str) -> str:
    return f"provision {cluster}"
