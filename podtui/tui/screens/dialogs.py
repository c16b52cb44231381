"""Small dialogs: confirm, ask for a line, show a text. Text is never read as markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from podtui.domain.text import visible_lines
from podtui.errors import PodError
from podtui.tui.screens.modal import Modal, pressable

Validate = Callable[[str], str]
"""Takes what was typed, returns why it cannot be taken, empty when it can."""


class Confirm(Modal[bool]):
    """A question with two answers. The focus stands on "no": Enter by accident changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "No", id="dialog.no", tooltip="Change nothing"),
        Binding("y", "answer(True)", "Yes", id="dialog.yes", tooltip="Do it"),
        Binding("n", "answer(False)", "No", show=False, id="dialog.no_letter"),
        Binding("left,right", "app.focus_next", "Other answer", show=False, id="dialog.other"),
    ]
    AUTO_FOCUS = "#no"

    def __init__(self, title: str, body: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._body = body
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """Title, body, two buttons."""
        with Vertical(classes="dialog-box"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield from self.compose_body()
            with Horizontal(classes="dialog-buttons"):
                yield Button(_button(self._no, "Esc"), id="no", variant="primary")
                yield Button(_button(self._yes, "y"), id="yes", variant="error")

    def compose_body(self) -> ComposeResult:
        """What stands between title and buttons."""
        yield Static(self._body, markup=False, classes="dialog-body")

    @on(Button.Pressed)
    def take_answer(self, event: Button.Pressed) -> None:
        """Answer by button."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer by key."""
        self.dismiss(answer)


class Ask(Modal[str | None]):
    """One line to type; None when it was declined."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="dialog.decline", tooltip="Change nothing"),
    ]

    def __init__(
        self,
        title: str,
        label: str,
        initial: str = "",
        validate: Validate | None = None,
        *,
        password: bool = False,
    ) -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._label = label
        self._initial = initial
        self._check = validate
        self._password = password

    def compose(self) -> ComposeResult:
        """Label, field, reason, two buttons."""
        with Vertical(classes="dialog-box"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Label(self._label, markup=False)
            yield Input(self._initial, password=self._password, id="answer")
            yield Static("", markup=False, classes="dialog-problem")
            with Horizontal(classes="dialog-buttons"):
                yield Button(_button("Never mind", "Esc"), id="no")
                yield Button(_button("OK", "Enter"), id="ok", variant="primary")

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def take_answer(self, event: Input.Submitted | Button.Pressed) -> None:
        """Take what was typed, or say why not."""
        event.stop()
        answer = self.query_one("#answer", Input).value
        try:
            problem = self._check(answer) if self._check else ""
        except PodError as error:
            problem = error.message
        if problem:
            self.query_one(".dialog-problem", Static).update(visible_lines(problem))
            self.query_one("#answer").focus()
        else:
            self.dismiss(answer)

    @on(Button.Pressed, "#no")
    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class Show(Modal[None]):
    """A text to read, as long as it may be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close", id="dialog.close", tooltip="Back"),
    ]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, title: str, text: str) -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, and a way back."""
        with Vertical(classes="dialog-box wide") as box:
            box.border_subtitle = pressable("Esc closes")
            yield Label(self._title, markup=False, classes="dialog-title")
            with VerticalScroll():
                yield Static(self._text, markup=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _button(label: str, key: str) -> Content:
    return Content(f"{label} [{key}]")
