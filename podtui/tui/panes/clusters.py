"""The Clusters pane: every cluster, and of the chosen one its login nodes and controllers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.text import Text
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.cluster import ClusterStatus, Facet, LinkState
from podtui.domain.node import Controller, LoginNode
from podtui.domain.poll_cost import PollCost
from podtui.domain.text import visible
from podtui.tui import requests
from podtui.tui.acts.base import ActBase
from podtui.tui.cloud import Cloud, Home, Provision, QueueList, of_cluster
from podtui.tui.operation_requests import OperationsRequested
from podtui.tui.panes.base import Pane
from podtui.tui.panes.cluster_text import (
    CLUSTER_COLUMNS,
    CONTROLLER_COLUMNS,
    NO_CLUSTER,
    NODE_COLUMNS,
    QUEUE_COLUMNS,
    Cells,
    cluster_cells,
    controller_cells,
    details,
    no_nodes,
    node_cells,
    queue_cells,
)
from podtui.tui.panes.follow import follow_app
from podtui.tui.setting_requests import ClusterSettingsRequested
from podtui.tui.widgets.keyed_table import KeyedTable
from podtui.tui.widgets.told import Told

_FEW = 5  # rows a table shows without taking room from the others
_REDRAW_EVERY = 5.0  # seconds: ages grow by themselves


class ClustersPane(Pane):
    """All clusters, and everything about the one under the cursor."""

    HELP = """\
# Clusters

Each line is a cluster. *Enter* connects it and makes it the one that the Files and Keys panes look
at (marked `▸`). Below stand its login nodes and the controllers its domain has.

A POD cluster needs a **login node** for files and staging: `N` makes one step by step, or takes up
one that is being made. `x` ends the login node under the cursor; the storage volume stays. `s`
opens a shell on it, or on the login node of a cluster that is one.

Of a cluster that tells its **queues**, they stand below with the cores that are free.

`D` **detaches** a cluster: it is asked for no jobs any more, and its files, shells and transfers
go on over the connection that stays. Enter takes it up again.

`e` shows how the cluster is **configured**, to be changed or taken out; `+` adds another.

A **controller** that is active but not used yet can be added as a cluster of its own with `a`.

Where the service runs **operations** beside jobs, `o` lists them.
"""
    FOCUS = "#clusters-table"
    DEFAULT_CSS = """
    ClustersPane {
        overflow-y: auto;
        scrollbar-size: 1 1;
        & > #clusters-table { height: auto; max-height: 35%; }
        & > #cluster-details { height: auto; max-height: 9; padding: 0 1; margin: 1 0 0 0; }
        & > .part { height: 1fr; min-height: 4; margin-top: 1; }
        & > .part > .part-title { height: 1; padding: 0 1; text-style: bold; color: $primary; }
        & > .part > .part-note { height: auto; padding: 0 1; color: $text-muted; display: none; }
        & > .part.-few { height: auto; min-height: 0; }
        & > .part.-empty > .part-note { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "connect",
            "Connect",
            show=False,
            id="clusters.connect",
            tooltip="Log in, and let Files and Keys look at this cluster",
        ),
        Binding("d", "disconnect", "Disconnect", id="clusters.disconnect", tooltip="Let go of it"),
        Binding(
            "D",
            "detach",
            "Detach",
            show=False,
            id="clusters.detach",
            tooltip="Ask it for no jobs any more, staged ones too; the connection stays",
        ),
        Binding(
            "g", "reread", "Refresh", id="clusters.refresh", tooltip="Ask the controller again"
        ),
        Binding(
            "N",
            "new_node",
            "New login node",
            id="clusters.new_node",
            tooltip="Make a login node step by step, or take up one being made",
        ),
        Binding(
            "x,delete",
            "delete_node",
            "End node",
            id="clusters.delete_node",
            tooltip="End the login node under the cursor; the volume stays",
        ),
        Binding(
            "s", "shell", "Shell", id="clusters.shell", tooltip="Open a shell on a login node there"
        ),
        Binding(
            "a",
            "add_controller",
            "Add controller",
            id="clusters.add",
            tooltip="Configure the controller under the cursor as a cluster of its own",
        ),
        Binding(
            "e",
            "edit",
            "Settings",
            show=False,
            id="clusters.edit",
            tooltip="How this cluster is configured; change it, or take it out",
        ),
        Binding(
            "o",
            "operations",
            "Operations",
            id="clusters.operations",
            tooltip="What its service runs beside jobs",
        ),
    ]

    app = getters.app(ActBase)
    statuses: reactive[tuple[ClusterStatus, ...]] = reactive((), init=False)
    cluster: reactive[str] = reactive("", init=False)
    clouds: reactive[tuple[Cloud, ...]] = reactive((), init=False)
    provisions: reactive[tuple[Provision, ...]] = reactive((), init=False)
    queue_lists: reactive[tuple[QueueList, ...]] = reactive((), init=False)
    costs: reactive[Mapping[str, PollCost]] = reactive({}, init=False)
    homes: reactive[tuple[Home, ...]] = reactive((), init=False)

    def compose(self) -> ComposeResult:
        """The clusters, then the details of the chosen one."""
        yield KeyedTable[str](CLUSTER_COLUMNS, id="clusters-table")
        yield Told("", id="cluster-details", markup=False)
        with Vertical(id="nodes-part", classes="part -empty"):
            yield Static("Login nodes", classes="part-title", markup=False)
            yield Told("", classes="part-note", markup=False)
            yield KeyedTable[str](NODE_COLUMNS, id="nodes-table")
        with Vertical(id="queues-part", classes="part -empty"):
            yield Static("Queues", classes="part-title", markup=False)
            yield Told("", classes="part-note", markup=False)
            yield KeyedTable[str](QUEUE_COLUMNS, id="queues-table")
        with Vertical(id="controllers-part", classes="part -empty"):
            yield Static("Controllers of this domain", classes="part-title", markup=False)
            yield Told("", classes="part-note", markup=False)
            yield KeyedTable[str](CONTROLLER_COLUMNS, id="controllers-table")

    def on_mount(self) -> None:
        """Follow the app; ages grow by themselves."""
        follow_app(self, "statuses", "cluster", "clouds", "provisions", "queue_lists", "costs")
        follow_app(self, "homes")
        self.query_one("#clusters-table").styles.height = "auto"
        self.redraw()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.set_interval(_REDRAW_EVERY, self.redraw)

    def take_focus(self) -> None:
        """What the controller told a while ago is asked anew."""
        super().take_focus()
        self.look_at()

    @on(KeyedTable.CursorMoved, "#clusters-table")
    def look_at(self) -> None:
        """The cluster under the cursor is looked at, while the pane is shown."""
        if self.chosen and self.has_focus_within:
            self.post_message(requests.ClusterLookedAt(self.chosen.name))

    @property
    def chosen(self) -> ClusterStatus | None:
        """The cluster under the cursor."""
        key = self.query_one("#clusters-table", KeyedTable).cursor_key
        return next((s for s in self.statuses if s.name == key), None)

    @property
    def node(self) -> LoginNode | None:
        """The login node under the cursor."""
        key = self.query_one("#nodes-table", KeyedTable).cursor_key
        cloud = self._cloud()
        nodes = cloud.overview.nodes if cloud and cloud.overview else ()
        return next((node for node in nodes if node.id == key), None)

    @property
    def controller(self) -> Controller | None:
        """The controller under the cursor."""
        key = self.query_one("#controllers-table", KeyedTable).cursor_key
        found = self.chosen.controllers if self.chosen else ()
        return next((one for one in found if one.id == key), None)

    def watch_statuses(self) -> None:
        """Whatever has changed is shown."""
        self.redraw()

    watch_cluster = watch_clouds = watch_provisions = watch_costs = watch_statuses
    watch_homes = watch_queue_lists = watch_statuses

    @on(KeyedTable.CursorMoved)
    def redraw(self) -> None:
        """Draw everything from the values at hand; the tables change only what differs."""
        now, colours = self.app.now(), self.app.theme_variables
        self.query_one("#clusters-table", KeyedTable).show(
            [
                (s.name, cluster_cells(s, s.name == self.cluster, now, colours))
                for s in self.statuses
            ]
        )
        status, cloud = self.chosen, self._cloud()
        told: Text | str = NO_CLUSTER
        if status is not None:
            provision, cost = of_cluster(self.provisions, status.name), self.costs.get(status.name)
            home = of_cluster(self.homes, status.name)
            told = details(status, cloud, provision, cost, home, colours)
        self.query_one("#cluster-details", Told).update(told)
        nodes = cloud.overview.nodes if cloud and cloud.overview else ()
        rows = [(n.id, node_cells(n, cloud, now, colours)) for n in nodes if cloud]
        self._fill("nodes", rows, no_nodes(status, cloud) if status else "")
        controllers = status.controllers if status else ()
        rows = [(c.id, controller_cells(c, self._users(c), colours)) for c in controllers]
        self._fill("controllers", rows, "None known yet." if status else "")
        self._fill_queues(status)
        self.refresh_bindings()

    def _fill_queues(self, status: ClusterStatus | None) -> None:
        """The queues, where they are told; the cloud's parts go where there is no cloud."""
        told = of_cluster(self.queue_lists, status.name) if status else None
        queues = told.queues if told else ()
        rows = [(q.name, queue_cells(q, self.app.theme_variables)) for q in queues]
        self._fill("queues", rows, "It has none." if told else "")
        self.query_one("#queues-part").display = told is not None
        cloudless = (
            status is not None
            and status.link is LinkState.ONLINE
            and not status.offer(Facet.NODES).offered
        )
        for part in ("nodes", "controllers"):
            self.query_one(f"#{part}-part").display = status is not None and not cloudless

    def _fill(self, part: str, rows: list[tuple[str, Cells]], note: str) -> None:
        box = self.query_one(f"#{part}-part")
        box.set_class(not rows, "-empty")
        box.query_one(".part-note", Told).update(note)
        few = len(rows) <= _FEW
        box.set_class(few, "-few")
        table = box.query_one(KeyedTable)
        table.styles.height = 1 if not rows else "auto" if few else "1fr"
        table.show(rows)

    def _cloud(self) -> Cloud | None:
        return of_cluster(self.clouds, self.chosen.name) if self.chosen else None

    def _users(self, controller: Controller) -> list[str]:
        """The clusters that use a controller."""
        return [s.name for s in self.statuses if s.controller and s.controller.id == controller.id]

    # Actions

    def why_not(self, action: str) -> str:
        """What the chosen cluster does not offer, or lacks."""
        status = self.chosen
        if status is None:
            return "There is no cluster to do it on."
        reasons: dict[str, list[Callable[[ClusterStatus], str]]] = {
            "disconnect": [_not_connected],
            "detach": [_not_connected],
            "new_node": [_no_controller],
            "delete_node": [_no_controller, self._no_node],
            "shell": [self._no_shell],
            "add_controller": [self._no_addition],
            "operations": [_no_operations],
        }
        return next((why for reason in reasons.get(action, ()) if (why := reason(status))), "")

    def _no_node(self, _: ClusterStatus) -> str:
        return "" if self.node else "There is no login node: press N to make one."

    def _no_shell(self, status: ClusterStatus) -> str:
        if not status.shell:
            if why := _no_controller(status) or self._no_node(status):
                return why
            if self.node is None or not self.node.active:
                return "This login node is not up."
        return "" if shutil.which("ssh") else "There is no ssh command on this machine."

    def _no_addition(self, _: ClusterStatus) -> str:
        controller = self.controller
        if controller is None:
            return "No controller is known: connect the cluster first."
        if not controller.active:
            return f"Controller {visible(controller.name)} is listed as inactive."
        users = self._users(controller)
        return f"It is here already, as {visible(users[0])}." if users else ""

    @on(KeyedTable.Chosen, "#clusters-table")
    def action_connect(self) -> None:
        """Log in, and look at this cluster."""
        if self.chosen:
            self.post_message(requests.ConnectRequested(self.chosen.name))

    def action_disconnect(self) -> None:
        """Let go of the cluster."""
        if self.chosen:
            self.post_message(requests.DisconnectRequested(self.chosen.name))

    def action_detach(self) -> None:
        """Ask for no jobs there; the connection stays."""
        if self.chosen:
            self.post_message(requests.DetachRequested(self.chosen.name))

    def action_reread(self) -> None:
        """Ask the cluster again."""
        if self.chosen:
            self.post_message(requests.ClusterRefreshRequested(self.chosen.name))

    def action_new_node(self) -> None:
        """Make a login node, or take up one being made."""
        if self.chosen:
            self.post_message(requests.NewNodeRequested(self.chosen.name))

    def action_delete_node(self) -> None:
        """End the login node under the cursor."""
        if self.chosen and self.node:
            self.post_message(requests.NodeDeletionRequested(self.chosen.name, self.node))

    def action_shell(self) -> None:
        """Open a shell on the login node under the cursor, or where the cluster is logged in to."""
        if self.chosen and (self.node or self.chosen.shell):
            self.post_message(requests.ShellRequested(self.chosen.name, self.node))

    def action_add_controller(self) -> None:
        """Configure the controller under the cursor as a cluster."""
        if self.chosen and self.controller:
            request = requests.ControllerAdditionRequested(self.chosen.name, self.controller)
            self.post_message(request)

    def action_edit(self) -> None:
        """Show how it is configured."""
        if self.chosen:
            self.post_message(ClusterSettingsRequested(self.chosen.name))

    def action_operations(self) -> None:
        """Show what its service runs beside jobs."""
        if self.chosen:
            self.post_message(OperationsRequested(self.chosen.name))


def _no_operations(status: ClusterStatus) -> str:
    offer = status.offer(Facet.OPERATIONS)
    return "" if offer.offered else visible(offer.reason)


def _not_connected(status: ClusterStatus) -> str:
    idle = status.link is LinkState.IDLE
    return f"{visible(status.name)} is not connected." if idle else ""


def _no_controller(status: ClusterStatus) -> str:
    offer = status.offer(Facet.NODES)
    if offer.offered:
        return ""
    connected = status.link in (LinkState.ONLINE, LinkState.STALE)
    return visible(offer.reason) + ("" if connected else " Enter on the cluster connects it.")
