"""A key replaced, step by step: what is done, what comes next, and why it does not go on."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Button, Static

from podtui.domain.key_rotation import Act, Rotation, Step
from podtui.domain.text import visible
from podtui.tui import key_requests
from podtui.tui.keyring import Rotating
from podtui.tui.panes.follow import follow_app
from podtui.tui.screens.modal import Modal

_NEXT = {
    Act.MAKE: "A new ed25519 pair is made beside the old one. You are asked for its passphrase.",
    Act.INSTALL: "The public half of the new key is put on; the old key stays on.",
    Act.PROVE: "A connection of its own logs in with the new key alone.",
    Act.REMOVE: "The old key ends to work there. You are asked once more.",
    Act.SWAP: "The new pair takes over the old one's file name, so that every configuration finds "
    "it; the old pair is kept beside it.",
}


class RotationScreen(Modal[None]):
    """Shows every step; each is done when Enter says so. Leaving it ends nothing."""

    HELP = """\
# Rotating a key

A new key is made, put on every cluster that lets the old one in, and proved there by a login of its
own. Only then the old one is taken off, cluster by cluster, and the new pair takes over its name.

*Enter* does the step that is marked ▸. *Esc* leaves; what was done is written down, and `R` on the
key takes it up again, also tomorrow. `o` leaves a cluster out, with the old key on. `u` undoes all,
as long as the old key is on everywhere.
"""
    DEFAULT_CSS = """
    RotationScreen {
        & > .rotation-box {
            width: 98%; max-width: 92; height: auto; max-height: 98%; padding: 0 1;
            background: $surface; border: round $primary;
        }
        & #rotation-steps { height: auto; max-height: 42vh; }
        & #rotation-next { height: auto; min-height: 2; margin: 1 0; }
        & #rotation-problem { height: auto; color: $error; }
    }
    """
    AUTO_FOCUS = "#rotation-steps"  # a button would swallow an Enter that comes soon after one
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="rotation.leave", tooltip="Leave; R goes on"),
        Binding("enter", "step", "Do it", id="rotation.step", tooltip="Do the next step"),
        Binding(
            "o", "leave_out", "Leave out", id="rotation.out", tooltip="Leave this cluster as it is"
        ),
        Binding("u", "give_up", "Give up", id="rotation.undo", tooltip="Undo the whole rotation"),
    ]

    rotating: reactive[Rotating | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def compose(self) -> ComposeResult:
        """The steps, the next one explained, what went wrong, the buttons."""
        with Vertical(classes="rotation-box") as box:
            box.border_title = "Rotate a key"
            with VerticalScroll(id="rotation-steps"):
                yield Static("", id="rotation-list")
            yield Static("", id="rotation-next", markup=False)
            yield Static("", id="rotation-problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Give up [u]"), id="undo")
                yield Button(Content("Leave out [o]"), id="out")
                yield Button(Content("Leave [Esc]"), id="leave")
                yield Button(Content("Do it [Enter]"), id="step", variant="primary")

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "rotating")
        self.watch_rotating(self.rotating)

    def watch_rotating(self, shown: Rotating | None) -> None:
        """Show how far it is; go when it was given up."""
        if shown is None:
            if self.is_current:
                self.action_leave()
            return
        self.query_one(".rotation-box").border_title = Content(f"Rotate {visible(shown.name, 60)}")
        rotation = shown.rotation
        self.query_one("#rotation-list", Static).update(self._list(rotation))
        done = sum(one for _, one in rotation.steps) if rotation else 0
        self.query_one("#rotation-steps").scroll_to(y=max(done - 2, 0), animate=False)
        self.query_one("#rotation-next", Static).update(_told(shown))
        lines = (f"{shown.title}: {shown.error}" if shown.error else "", shown.hint)
        problem = "\n".join(visible(line, 400) for line in lines if line)
        self.query_one("#rotation-problem", Static).update(problem)
        step = rotation.next_step if rotation else None
        idle = bool(rotation) and not shown.busy
        self.query_one("#step", Button).disabled = not idle
        self.query_one("#out", Button).disabled = not (idle and step and step.cluster)
        self.query_one("#undo", Button).disabled = not (idle and _undoable(rotation))
        self.refresh_bindings()

    def _list(self, rotation: Rotation | None) -> Text:
        if rotation is None:
            return Text("")
        colours = self.app.theme_variables
        lines = []
        for step, done in rotation.steps:
            if done:
                line = Text(f"✓ done   {_words(step, rotation)}", style=colours.get("success", ""))
            elif step == rotation.next_step:
                line = Text(f"▸ next   {_words(step, rotation)}", style="bold")
            else:
                line = Text(f"· to do  {_words(step, rotation)}")
            lines.append(line)
        for place in rotation.places:
            if place.left_out:
                lines.append(Text(f"– left   {visible(place.cluster, 40)} keeps the old key"))
        warning = colours.get("warning", "")
        if not rotation.places:
            lines.append(Text("▲ no cluster that could be asked lets this key in", style=warning))
        for name in rotation.unseen:
            told = f"▲ {visible(name, 40)} could not be asked: the old key may be on there"
            lines.append(Text(told, style=warning))
        return Text("\n").join(lines)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey what the buttons grey."""
        buttons = {"step": "#step", "leave_out": "#out", "give_up": "#undo"}
        if action in buttons and self.is_mounted:
            return None if self.query_one(buttons[action], Button).disabled else True
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#step")
    def action_step(self) -> None:
        """Do the next step; leave when all is done."""
        rotation = self.rotating.rotation if self.rotating else None
        if rotation is not None and rotation.next_step is None:
            self.action_leave()
        else:
            self.post_message(key_requests.RotationStepRequested())

    @on(Button.Pressed, "#out")
    def action_leave_out(self) -> None:
        """Leave the next step's cluster as it is."""
        self.post_message(key_requests.RotationLeaveOutRequested())

    @on(Button.Pressed, "#undo")
    def action_give_up(self) -> None:
        """Undo it, after asking."""
        self.post_message(key_requests.RotationGiveUpRequested())

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave; nothing ends."""
        self.post_message(key_requests.RotationClosed())
        self.dismiss(None)


def _told(shown: Rotating) -> str:
    if shown.busy or shown.rotation is None:
        return shown.busy
    step = shown.rotation.next_step
    if step is not None:
        return _NEXT[step.act]
    kept = visible(shown.rotation.kept_as.name, 60)
    return f"Done. The new key logs in everywhere; the old pair is kept here as {kept}."


def _words(step: Step, rotation: Rotation) -> str:
    where = visible(step.cluster, 40)
    if step.act is Act.PROVE:
        who = next((p.proved for p in rotation.places if p.cluster == step.cluster), "")
        return f"log in to {where} with the new key alone" + (
            f": {visible(who, 60)}" if who else ""
        )
    if step.act is Act.MAKE:
        return f"make a new key: {visible(rotation.new_path.name, 60)}"
    if step.act is Act.SWAP:
        return f"name the new key {visible(rotation.path.name, 60)}"
    return f"put the new key on {where}" if step.act is Act.INSTALL else f"old key off {where}"


def _undoable(rotation: Rotation | None) -> bool:
    return (
        rotation is not None
        and rotation.next_step is not None
        and not any(place.removed for place in rotation.places)
    )
