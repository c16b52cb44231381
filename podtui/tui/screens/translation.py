"""A script of another scheduler, offered translated: what changes, and what there is to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Label, Static

from podtui.domain.job import ScriptDialect
from podtui.domain.script_checks import without_crlf
from podtui.domain.text import visible
from podtui.domain.translate import (
    NoteKind,
    Translation,
    guess_source,
    note_line,
    translate,
)
from podtui.domain.translate.dialect import label
from podtui.errors import InputError
from podtui.tui.screens.diff import diff_text
from podtui.tui.screens.modal import Modal

_NOTE_COLOURS = {NoteKind.LOST: "error", NoteKind.CHECK: "warning"}


def translation_to(content: bytes, target: ScriptDialect) -> Translation | None:
    """The script for `target`, with the line ends a shell reads.

    None where nothing else changes or nobody knows what it is for.
    """
    text = without_crlf(content.decode("utf-8", "surrogateescape"))
    try:
        found = translate(text, guess_source(text), target)
    except InputError:
        return None
    return None if found.script == text else found


class TranslationScreen(Modal[bool]):
    """The changes as a diff, and every note; whether to take the translated script."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Take it", id="translation.yes", tooltip="Take it so"),
        Binding("escape,n", "answer(False)", "Back", id="translation.no", tooltip="Take nothing"),
    ]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, script: str, name: str, found: Translation, yes: str) -> None:
        super().__init__(classes="dialog")
        self._script = script
        self._file = name
        self._found = found
        self._yes = yes

    def compose(self) -> ComposeResult:
        """From what to what, the notes, the diff, two buttons."""
        found = self._found
        colours = self.app.theme_variables
        ends = f"{label(found.source)} → {label(found.target)}"
        with Vertical(classes="dialog-box wide tall"):
            yield Label(f"{visible(self._file, 60)}: {ends}", markup=False, classes="dialog-title")
            with VerticalScroll():
                yield Static(_notes(found, colours), markup=False)
                yield Static(self._diff(colours), markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Back [Esc]"), id="no")
                yield Button(Content(f"{self._yes} [y]"), id="yes", variant="primary")

    def _diff(self, colours: Mapping[str, str]) -> Text:
        found = self._found
        return diff_text(self._script, found.script, self._file, label(found.target), colours)

    @on(Button.Pressed)
    def take_answer(self, event: Button.Pressed) -> None:
        """Answer by button."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer by key."""
        self.dismiss(answer)


def _notes(found: Translation, colours: Mapping[str, str]) -> Text:
    """What was lost first: it decides."""
    if not found.notes:
        return Text("Everything in it has an equivalent there.", "dim")
    ordered = sorted(found.notes, key=lambda note: note.kind is not NoteKind.LOST)
    lines = [Text(note_line(n), colours.get(_NOTE_COLOURS.get(n.kind, ""), "")) for n in ordered]
    return Text("\n").join([*lines, Text()])
