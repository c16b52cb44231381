"""A Spec while its directives are read, and which directive told what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.spec import Memory, Spec

_LIST = re.compile(r"""((?:\\.|'[^']*'|"[^"]*"|[^,])*)(?:,|$)""", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Draft:
    """The Spec so far, the notes, and for each field the options it comes from.

    `counts` are numbers that only together make a layout.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.notes: list[Note] = []
        self.origins: dict[str, list[Option]] = {}
        self.counts: dict[str, int] = {}

    def put(self, option: Option, **fields: Any) -> None:
        """Set fields; a directive of before that told one of them is told to be replaced."""
        before = [old for name in fields for old in self.origins.get(name, [])]
        for old in dict.fromkeys(before):
            self.note(NoteKind.TOLD, old, f"is replaced by line {option.line}: {option.text}")
        self.add(option, **fields)
        for name in fields:
            self.origins[name] = [option]

    def add(self, option: Option, **fields: Any) -> None:
        """Set fields to what several directives tell together."""
        self.spec = replace(self.spec, **fields)
        for name in fields:
            self.origins.setdefault(name, []).append(option)

    def add_memory(self, option: Option, memory: Memory) -> None:
        """Set an amount of memory; another of its kind was replaced, and that is told."""
        kept = []
        for one in self.spec.memory:
            if (one.basis, one.virtual) != (memory.basis, memory.virtual):
                kept.append(one)
            else:
                self.note(NoteKind.TOLD, option, "replaces another one of before")
        self.add(option, memory=(*kept, replace(memory, told_by=option.text)))

    def note(self, kind: NoteKind, option: Option, message: str) -> None:
        """Tell something about a directive."""
        self.notes.append(Note(kind, message, option.line, option.text))

    def lost(self, option: Option, why: str) -> None:
        """Tell that a directive cannot be carried over."""
        self.note(NoteKind.LOST, option, why)


Read: TypeAlias = Callable[[Draft, Option], None]
"""Reads one option into a draft; raises Unreadable for a value it cannot read."""


def split_list(text: str) -> list[str]:
    r"""The parts of a comma list; commas in quotes and behind a backslash do not part."""
    parts = [match[1] for match in _LIST.finditer(text) if match[1]]
    return [_unquoted(part.strip()) for part in parts]


def _unquoted(part: str) -> str:
    return re.sub(r"""\\(.)|'([^']*)'|"([^"]*)\"""", lambda m: m[1] or m[2] or m[3] or "", part)


def variables(text: str, draft: Draft, option: Option) -> tuple[tuple[str, str | None], ...]:
    """The (name, value) pairs of a comma list; what is no variable is told."""
    found: list[tuple[str, str | None]] = []
    for part in split_list(text):
        name, mark, value = part.partition("=")
        if _NAME.fullmatch(name):
            found.append((name, value if mark else None))
        else:
            draft.lost(option, f"{part!r} is no variable")
    return tuple(found)
