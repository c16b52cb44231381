"""Job scripts from one scheduler's directives into another's; nothing is dropped silently."""

from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.script import (
    Translation,
    guess_source,
    note_line,
    translate,
    unified_diff,
)

__all__ = [
    "Note",
    "NoteKind",
    "Translation",
    "guess_source",
    "note_line",
    "translate",
    "unified_diff",
]
