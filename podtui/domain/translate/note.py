"""What a translation has to tell: nothing is dropped or bent without one of these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class NoteKind(Enum):
    """How much a note matters; LOST alone makes `--strict` fail."""

    LOST = "no equivalent"
    CHANGED = "meaning changed"
    CHECK = "please check"
    TOLD = "for information"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know about a translation.

    `line` is the line of the source (from 1, 0 where none is meant), `directive` the source's own
    words. `field` is the field of `Spec` it is about, by which the directive is found.
    """

    kind: NoteKind
    message: str
    line: int = 0
    directive: str = ""
    field: str = ""
