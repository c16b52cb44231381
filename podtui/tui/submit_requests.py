"""What the form for a new job asks of the app: previews, templates, an editor, jobs once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from podtui.domain.job import Job, Preview
from podtui.errors import PodError

if TYPE_CHECKING:
    from podtui.services.staging import SubmitRequest


@dataclass
class PreviewRequested(Message):
    """What a submission becomes at its cluster, or why that cannot be told."""

    request: SubmitRequest
    answer: Callable[[Preview | PodError], None]


@dataclass
class TemplateRequested(Message):
    """Choose a template; its file's name and its bytes, when one was chosen."""

    answer: Callable[[str, bytes], None]


@dataclass
class TemplateKeptRequested(Message):
    """Keep a script among the person's own templates, under a name that is asked."""

    name: str
    content: bytes


@dataclass
class EditorRequested(Message):
    """Edit a script in $EDITOR; the bytes it left, when it left others."""

    name: str
    content: bytes
    answer: Callable[[bytes], None]


@dataclass
class ResubmitRequested(Message):
    """Open the form with the script of a job that was submitted here."""

    job: Job
