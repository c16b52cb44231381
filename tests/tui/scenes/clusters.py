"""The Clusters pane in its states, and the screens it leads to."""

from __future__ import annotations

from dataclasses import replace

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.node import NodeSpec, ProvisionPhase, ProvisionStep
from podtui.errors import Unreachable
from podtui.tui.cloud import Cloud, Provision, ProvisionState, QueueList
from podtui.tui.panes.clusters import ClustersPane
from podtui.tui.screens.new_cluster import NewClusterScreen
from podtui.tui.screens.new_node import NewNodeScreen
from podtui.tui.screens.operation import OperationScreen
from podtui.tui.screens.operations import OperationsScreen
from podtui.tui.screens.welcome import WelcomeScreen

from .stage import Scenes, Stage
from .world import key_of

SCENES = Scenes()


@SCENES.shows(ClustersPane)
async def clusters_pane(stage: Stage) -> None:
    """A cluster that has told everything."""
    await stage.pane("clusters")
    await stage.sees("Login nodes")
    await stage.rest()


@SCENES.shows(NewNodeScreen, "form")
async def node_form(stage: Stage) -> None:
    """Image, flavor, volume and key."""
    await clusters_pane(stage)
    stage.app.provisions = ()
    await stage.push(NewNodeScreen("pod", None, ()))
    await stage.until(lambda: "Asking the controller" not in stage.text, "the choices")


@SCENES.shows(NewNodeScreen, "steps")
async def node_steps(stage: Stage) -> None:
    """A login node that boots."""
    await clusters_pane(stage)
    told = (
        ProvisionStep(ProvisionPhase.ACCOUNT, stage.say("alice")),
        ProvisionStep(ProvisionPhase.VOLUME, "50 GB", made=True),
        ProvisionStep(ProvisionPhase.KEY, key_of("A", "x", stage.say).fingerprint, made=True),
        ProvisionStep(ProvisionPhase.SIZE, stage.say("login-rocky9 on small")),
        ProvisionStep(ProvisionPhase.INSTANCE, "n2", made=True),
        ProvisionStep(ProvisionPhase.BOOT, stage.say("BUILD")),
    )
    stage.app.provisions = (Provision("pod", NodeSpec(), None, ProvisionState.RUNNING, told),)
    await stage.push(NewNodeScreen("pod", None, ()))


@SCENES.shows(NewNodeScreen, "failed")
async def node_failed(stage: Stage) -> None:
    """A step that failed."""
    await clusters_pane(stage)
    told = (ProvisionStep(ProvisionPhase.ACCOUNT, stage.say("alice")),)
    stage.app.provisions = (
        Provision(
            *("pod", NodeSpec(), None, ProvisionState.FAILED, told),
            title="No quota",
            error=stage.say("The controller gives no further volume."),
            hint="Ask your administrator.",
        ),
    )
    await stage.push(NewNodeScreen("pod", None, ()))


@SCENES.shows(NewNodeScreen, "ready")
async def node_ready(stage: Stage) -> None:
    """A login node that answers."""
    await node_steps(stage)
    (booting,) = stage.app.provisions
    stage.app.provisions = (replace(booting, state=ProvisionState.READY),)
    await stage.sees("The login node answers")


@SCENES.shows(OperationsScreen)
async def operations(stage: Stage) -> None:
    """What else the service runs."""
    await stage.push(OperationsScreen("pod"))
    await stage.sees("2 of 2")


@SCENES.shows(OperationScreen)
async def operation(stage: Stage) -> None:
    """The options of one, and what it said."""
    one = (await stage.backend.operations.operations())[0]
    await stage.push(OperationScreen("pod", one))
    await stage.sees("input")
    await stage.pilot.press("f2")
    await stage.sees("✓ succeeded")


@SCENES.shows(NewClusterScreen)
async def new_cluster(stage: Stage) -> None:
    """The form for a further cluster."""
    await stage.push(NewClusterScreen())


@SCENES.shows(WelcomeScreen)
async def welcome(stage: Stage) -> None:
    """The first run."""
    await stage.push(WelcomeScreen())


@SCENES.shows(ClustersPane, "empty")
async def clusters_empty(stage: Stage) -> None:
    """None is configured."""
    await clusters_pane(stage)
    stage.app.statuses = ()


@SCENES.shows(ClustersPane, "loading")
async def clusters_loading(stage: Stage) -> None:
    """A controller that is being asked for the first time."""
    await clusters_pane(stage)
    connecting = replace(_pod(stage), link=LinkState.CONNECTING, answered=None, controllers=())
    stage.app.clouds = (Cloud("pod", asking=True),)
    stage.app.queue_lists = ()
    stage.app.statuses = (replace(connecting, controller=None, token_expires=None),)


@SCENES.shows(ClustersPane, "error")
async def clusters_error(stage: Stage) -> None:
    """A cluster that does not let us in."""
    await clusters_pane(stage)
    stage.app.clouds = ()
    stage.app.queue_lists = ()
    refused = replace(_pod(stage), link=LinkState.FAILED, answered=None, controllers=())
    stage.app.statuses = (
        replace(
            refused,
            controller=None,
            token_expires=None,
            title="Login refused",
            error=stage.say("The API key is not known."),
            hint="Ask.",
        ),
    )


@SCENES.shows(ClustersPane, "many")
async def clusters_many(stage: Stage) -> None:
    """More clusters than fit, more login nodes, more queues."""
    await clusters_pane(stage)
    app, pod = stage.app, _pod(stage)
    node = next(iter(stage.backend.nodes.the_nodes.values()))
    known = next(cloud for cloud in app.clouds if cloud.overview)
    assert known.overview is not None
    nodes = tuple(replace(node, id=f"n{n}", hostname=stage.say(f"login-{n}")) for n in range(60))
    queue = (stage.backend.jobs.the_queues or ())[0]
    queues = tuple(replace(queue, name=stage.say(f"q{n}"), default=False) for n in range(60))
    app.clouds = (replace(known, overview=replace(known.overview, nodes=nodes)),)
    app.queue_lists = (QueueList("pod", queues),)
    idle = (ClusterStatus(stage.say(f"lab{n}"), "ssh", user="alice") for n in range(60))
    app.statuses = (pod, *idle)


@SCENES.shows(ClustersPane, "stale")
async def clusters_stale(stage: Stage) -> None:
    """A cluster that does not answer any more."""
    await clusters_pane(stage)
    await stage.pilot.press("g")
    await stage.rest()
    stage.backend.error = Unreachable(stage.say("The network is unreachable."), hint="Wait.")
    await stage.pilot.press("g")
    await stage.sees("◐ pod no answer")


def _pod(stage: Stage) -> ClusterStatus:
    return next(status for status in stage.app.statuses if status.name == "pod")
