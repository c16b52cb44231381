"""The directives of a Spec while they are written, and what has to be told about them."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import label
from podtui.domain.translate.lines import quoted
from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.spec import Spec


@dataclass(frozen=True, slots=True)
class Written:
    """Directives without their prefix, shell commands for the top of the body, and notes."""

    options: tuple[str, ...]
    commands: tuple[str, ...]
    notes: tuple[Note, ...]


class Sheet:
    """What is written so far. `at_submit`: the script goes to the submission's folder by itself."""

    def __init__(self, spec: Spec, dialect: ScriptDialect, *, at_submit: bool = False) -> None:
        self.spec = spec
        self.dialect = dialect
        self.label = label(dialect)
        self.at_submit = at_submit
        self.options: list[str] = []
        self.commands: list[str] = []
        self.notes: list[Note] = []

    def option(self, flag: str, value: str = "") -> None:
        """Write one directive."""
        mark = "=" if flag.startswith("--") else " "
        self.options.append(f"{flag}{mark}{quoted(value)}" if value else flag)

    def tell(self, kind: NoteKind, field: str, message: str, directive: str = "") -> None:
        """Tell something about a field of the Spec, or about one of its directives."""
        self.notes.append(Note(kind, message, directive=directive, field=field))

    def lost(self, field: str, message: str, directive: str = "") -> None:
        """Tell that a field cannot be said."""
        self.tell(NoteKind.LOST, field, message, directive)

    def changed(self, field: str, message: str, directive: str = "") -> None:
        """Tell that a field now means something else."""
        self.tell(NoteKind.CHANGED, field, message, directive)

    def written(self) -> Written:
        """All of it."""
        return Written(tuple(self.options), tuple(self.commands), tuple(self.notes))
