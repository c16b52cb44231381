"""The Clusters pane in its states, and the screens it leads to."""

from __future__ import annotations

from podtui.domain.node import NodeSpec, ProvisionPhase, ProvisionStep
from podtui.errors import Unreachable
from podtui.tui.cloud import Provision, ProvisionState
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


@SCENES.shows(ClustersPane, "error")
async def clusters_error(stage: Stage) -> None:
    """A cluster that does not answer."""
    await clusters_pane(stage)
    stage.backend.error = Unreachable(stage.say("The network is unreachable."), hint="Wait.")
    await stage.pilot.press("g")
    await stage.sees("◐ pod no answer")
