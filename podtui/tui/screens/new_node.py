"""The guided way to a login node: choose, then see each step and how it came out."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Button, Static

from podtui.domain.key import LocalKey
from podtui.domain.text import visible
from podtui.tui import requests
from podtui.tui.cloud import (
    ChecklistItem,
    Cloud,
    Outcome,
    Provision,
    ProvisionState,
    checklist,
    of_cluster,
)
from podtui.tui.panes.follow import follow_app
from podtui.tui.screens.modal import Modal
from podtui.tui.screens.node_form import NodeForm

_MARKS = {
    Outcome.MADE: ("✓", "success"),
    Outcome.REUSED: ("✓", "success"),
    Outcome.DONE: ("✓", "success"),
    Outcome.WAITING: ("◌", "primary"),
    Outcome.FAILED: ("✗", "error"),
    Outcome.STOPPED: ("■", "warning"),
    Outcome.TO_DO: ("·", "foreground"),
}
_AFTERWORD = {
    ProvisionState.RUNNING: "Esc leaves this screen, and the work goes on; "
    "c stops the waiting. Neither deletes anything.",
    ProvisionState.READY: "The login node answers: 3 shows its files.",
    ProvisionState.STOPPED: "Nothing was deleted. F2 goes on where it stood.",
    ProvisionState.FAILED: "Nothing was deleted. F2 tries again, reusing what was made.",
}


class NewNodeScreen(Modal[None]):
    """Choose image, flavor, volume and key, then watch. Leaving it ends nothing."""

    HELP = """\
# New login node

An account, a storage volume (your home) and a key of yours are needed before a login node can be
made; what is missing is made, what is there is used. Choose an image and a flavor (the smallest
that fits is chosen already) and press *Make it*.

*Esc* leaves this screen, and the work goes on. `c` stops the waiting; nothing is deleted, and `N`
takes it up again.
"""
    DEFAULT_CSS = """
    NewNodeScreen {
        & > .node-box {
            width: 98%; max-width: 110; height: auto; max-height: 98%; padding: 0 1;
            background: $surface; border: round $primary;
        }
        & #steps { height: auto; padding: 1 1; }
        & .hidden { display: none; }
    }
    """
    AUTO_FOCUS = "#images"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="node.leave", tooltip="Leave; the work goes on"),
        Binding(
            "f2,ctrl+s", "make", "Make it", id="node.make", tooltip="Make it, or go on with it"
        ),
        Binding(
            "c",
            "stop",
            "Stop waiting",
            id="node.stop",
            tooltip="Stop waiting for it; nothing is deleted",
        ),
        Binding("3", "files", "Its files", id="node.files", tooltip="Leave, and show its files"),
    ]

    clouds: reactive[tuple[Cloud, ...]] = reactive((), init=False)
    provisions: reactive[tuple[Provision, ...]] = reactive((), init=False)

    def __init__(self, cluster: str, identity: Path | None, keys: tuple[LocalKey, ...]) -> None:
        super().__init__(classes="dialog")
        self.cluster = cluster
        self._identity = identity
        self._keys = keys
        self._choosing = True

    def compose(self) -> ComposeResult:
        """The form, or in its place, once begun, the checklist."""
        with Vertical(classes="node-box") as box:
            box.border_title = Content(f"New login node on {visible(self.cluster)}")
            yield NodeForm(self._identity, self._keys)
            yield Static("", id="steps", markup=False, classes="hidden")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Leave [Esc]"), id="leave")
                yield Button(Content("Choose anew"), id="anew")
                yield Button(Content("Its files [3]"), id="files")
                yield Button(Content("Stop waiting [c]"), id="stop")
                yield Button(Content("Make it [F2]"), id="make", variant="primary")

    def on_mount(self) -> None:
        """Take up what is being made; else begin to choose."""
        follow_app(self, "clouds", "provisions")
        found = self._provision
        self._choosing = found is None or found.state is ProvisionState.READY
        self.watch_clouds()
        self._arrange()

    @property
    def _provision(self) -> Provision | None:
        return of_cluster(self.provisions, self.cluster)

    def watch_clouds(self) -> None:
        """Show what there is to choose from."""
        self.query_one(NodeForm).cloud = of_cluster(self.clouds, self.cluster)

    def watch_provisions(self) -> None:
        """Show how far it is."""
        self._arrange()

    def _arrange(self) -> None:
        """Show the form or the checklist, and the buttons that mean something now."""
        found = self._provision
        state = None if self._choosing or found is None else found.state
        self.query_one(NodeForm).set_class(state is not None, "hidden")
        steps = self.query_one("#steps", Static)
        steps.set_class(state is None, "hidden")
        if state is not None and found is not None:
            steps.update(self._steps(found))
        ended = state in (ProvisionState.FAILED, ProvisionState.STOPPED)
        self.query_one("#make", Button).display = state is None or ended
        self.query_one("#make", Button).label = Content("Go on [F2]" if ended else "Make it [F2]")
        self.query_one("#anew", Button).display = ended
        self.query_one("#stop", Button).display = state is ProvisionState.RUNNING
        self.query_one("#files", Button).display = state is ProvisionState.READY
        if state is not None and self.focused is None:
            self.query_one("#leave").focus()
        self.refresh_bindings()

    def _steps(self, provision: Provision) -> Text:
        colours = self.app.theme_variables
        lines = [self._step(item) for item in checklist(provision)]
        if provision.error:
            why = "\n".join(t for t in (provision.error, provision.hint) if t)
            told = "\n".join(visible(line) for line in why.splitlines())
            lines.append(Text(f"\n{visible(provision.title)}: {told}", colours.get("error", "")))
        lines.append(Text(f"\n{_AFTERWORD[provision.state]}", "dim"))
        return Text("\n").join(lines)

    def _step(self, item: ChecklistItem) -> Text:
        glyph, colour = _MARKS[item.outcome]
        style = self.app.theme_variables.get(colour, "")
        return Text.assemble(
            (f"{glyph} {item.phase.value:<17}", style if item.outcome is not Outcome.TO_DO else ""),
            (f"{item.outcome.value:<14}", style),
            visible(item.detail, 36),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not there."""
        found = self._provision
        state = None if self._choosing or found is None else found.state
        if action == "stop":
            return state is ProvisionState.RUNNING
        if action == "files":
            return state is ProvisionState.READY
        if action == "make":
            return state not in (ProvisionState.RUNNING, ProvisionState.READY)
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave; what goes on, goes on."""
        self.dismiss()

    @on(Button.Pressed, "#files")
    async def action_files(self) -> None:
        """Leave, and show the files of the node that answers."""
        self.dismiss()
        await self.app.run_action("show_pane('files')")

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Stop waiting; nothing is deleted."""
        self.post_message(requests.ProvisionStopRequested(self.cluster))

    @on(Button.Pressed, "#anew")
    def choose_anew(self) -> None:
        """Back to the form."""
        self._choosing = True
        self._arrange()
        self.query_one("#images").focus()

    @on(Button.Pressed, "#make")
    def action_make(self) -> None:
        """Make what was chosen, or go on with what was begun."""
        form, found = self.query_one(NodeForm), self._provision
        if not self._choosing and found is not None:
            request = requests.ProvisionRequested(self.cluster, found.spec, found.key)
        elif form.problem:
            form.tell_problem()
            self.app.bell()
            return
        else:
            request = requests.ProvisionRequested(self.cluster, form.spec, form.key)
        self._choosing = False
        self.post_message(request)
