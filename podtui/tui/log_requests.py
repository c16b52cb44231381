"""What the screens of one job and of past jobs ask of the app: messages that bubble up to it.

An answer is a call back into the widget that asked. Reading a file belongs to that widget: it
ends when the widget goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.widget import Widget

from podtui.domain.history import PastJob, SeenState
from podtui.domain.job import Job, JobKey
from podtui.domain.log_view import LogWindow, Wanted
from podtui.errors import PodError

if TYPE_CHECKING:
    from podtui.services.logs import LogNews, LogSearch

FOLLOW, SEARCH = "follow", "search"
"""The groups of workers that read for a widget; it cancels those it wants no more."""


@dataclass
class LogRequest(Message):
    """Something about a file on a cluster, for the widget `asker`."""

    asker: Widget
    cluster: str
    path: str


@dataclass
class LogFollowRequested(LogRequest):
    """Tell the file's end, and what is added to it, until the worker is cancelled."""

    known: LogWindow | None
    answer: Callable[[LogNews | PodError], None]


@dataclass
class LogStretchRequested(LogRequest):
    """Read a stretch: `where` is "end", "at" (around `offset`), "earlier" or "later"."""

    where: str
    window: LogWindow
    answer: Callable[[LogWindow | PodError], None]
    offset: int = 0


@dataclass
class LogSearchRequested(LogRequest):
    """Look through the rest of the file; None is the end without a find."""

    wanted: Wanted
    offset: int
    back: bool
    answer: Callable[[LogSearch | PodError | None], None]


@dataclass
class LogSaveRequested(Message):
    """Ask where to, and fetch the whole file."""

    cluster: str
    path: str


@dataclass
class LogPagerRequested(Message):
    """Show the file in the person's own pager."""

    cluster: str
    path: str


@dataclass
class JobShellRequested(Message):
    """Open a shell where the job runs."""

    job: Job


@dataclass
class JobStatesRequested(Message):
    """The states a job was seen in, and what is remembered of it."""

    key: JobKey
    answer: Callable[[tuple[PastJob | None, tuple[SeenState, ...]] | PodError], None]


@dataclass
class PastJobsRequested(Message):
    """The past jobs that have all of `words`, the latest first."""

    words: tuple[str, ...]
    answer: Callable[[tuple[PastJob, ...] | PodError], None]


@dataclass
class PastJobRequested(Message):
    """Show everything about a past job."""

    past: PastJob


def stop(asker: Widget, group: Any) -> None:
    """Let go of what is being read for `asker`."""
    asker.workers.cancel_group(asker, group)
