"""The dialogs a login may need: questions of the server, and a host key never seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from podtui.domain.text import visible, visible_lines
from podtui.tui.screens.modal import Modal

if TYPE_CHECKING:
    from podtui.backends.base import Question

_Answer = TypeVar("_Answer")
_TITLE = 60  # characters


class Prompt(Modal[_Answer]):
    """A dialog a server causes; it can be withdrawn when nobody waits for the answer any more."""

    DEFAULT_CSS = """
    Prompt {
        & > .dialog-box { width: 76; max-width: 96%; }
        & > .dialog-box > VerticalScroll { height: auto; max-height: 60vh; }
        & .said { margin: 0 0 1 0; height: auto; }
        & > .dialog-box > .note { color: $text-muted; margin: 1 0; height: auto; }
    }
    """

    withdrawn = False

    def withdraw(self) -> None:
        """Go away, at once or as soon as this is the screen on top."""
        self.withdrawn = True
        if self.is_active:
            self.dismiss()

    def on_screen_resume(self) -> None:
        """Leave when the dialog that lay over this one is gone and nobody waits."""
        if self.withdrawn:
            self.dismiss()


class QuestionsScreen(Prompt[list[str] | None]):
    """All questions of one server dialog, secret answers hidden; None when declined."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Cancel", id="login.cancel", tooltip="Do not log in now"),
    ]

    def __init__(self, cluster: str, title: str, questions: tuple[Question, ...]) -> None:
        super().__init__(classes="dialog")
        self._cluster = cluster
        self._what = title
        self._questions = questions

    def compose(self) -> ComposeResult:
        """The questions one below the other, then the buttons."""
        with Vertical(classes="dialog-box") as box:
            first, _, more = self._what.strip().partition("\n")
            whole = not more and len(first) <= _TITLE
            box.border_title = Content(visible(f"{self._cluster}: {first or 'login'}", _TITLE))
            with VerticalScroll(can_focus=False):
                if not whole:
                    yield Static(Text(visible_lines(self._what, 400)), classes="said")
                for question in self._questions:
                    yield Static(Text(visible_lines(question.text, 400)))
                    yield Input(password=question.secret)
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Cancel [Esc]"), id="cancel")
                yield Button(Content("Log in [Enter]"), variant="primary", id="send")

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Enter goes to the next question, and sends after the last."""
        inputs = list(self.query(Input))
        place = inputs.index(event.input)
        if event.input is inputs[-1]:
            self.send()
        else:
            inputs[place + 1].focus()

    @on(Button.Pressed, "#send")
    def send(self) -> None:
        """Hand the answers over."""
        self.dismiss([field.value for field in self.query(Input)])

    @on(Button.Pressed, "#cancel")
    def action_decline(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class HostKeyScreen(Prompt[bool]):
    """A host key seen for the first time. Enter refuses: trusting takes a deliberate key."""

    AUTO_FOCUS = "#refuse"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "Refuse", id="hostkey.refuse", tooltip="Send nothing there"),
        Binding(
            "ctrl+t",
            "trust",
            "Trust",
            id="hostkey.trust",
            tooltip="Keep this key and trust it from now on",
        ),
    ]

    def __init__(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> None:
        super().__init__(classes="dialog")
        self._facts = (
            ("Cluster", cluster),
            ("Host", host),
            ("Key", algorithm),
            ("Fingerprint", fingerprint),
        )

    def compose(self) -> ComposeResult:
        """The facts to compare, what they mean, and the two answers."""
        facts = Text("\n").join(
            Text.assemble((f"{name:<13}", "bold"), visible(value, 300))
            for name, value in self._facts
        )
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Unknown host key"
            yield Static(facts, classes="dialog-body")
            yield Static(
                "This host has not been seen before. Compare the fingerprint with the one its "
                "owners publish: another one means that somebody stands between.",
                classes="note",
                markup=False,
            )
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Refuse [Esc]"), id="refuse", variant="primary")
                yield Button(Content("Trust [^t]"), id="trust", variant="warning")

    @on(Button.Pressed, "#trust")
    def action_trust(self) -> None:
        """Trust the key from now on."""
        self.dismiss(result=True)

    @on(Button.Pressed, "#refuse")
    def action_refuse(self) -> None:
        """Send nothing to this host."""
        self.dismiss(result=False)
