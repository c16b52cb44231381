"""What the frame, the Jobs pane and its screens ask of the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from podtui.domain.entry import Entry
from podtui.domain.job import Job, JobKey, ScriptDialect
from podtui.domain.job_changes import JobChange, Target
from podtui.domain.job_fold import Counts
from podtui.domain.job_table import JobRow
from podtui.domain.job_views import JobViews
from podtui.errors import PodError

if TYPE_CHECKING:
    from textual.widget import Widget

    from podtui.services.staging import SubmitRequest


@dataclass
class JobRequest(Message):
    """A request about one row of the job table."""

    row: JobRow


class CancelJobRequested(JobRequest):
    """End the job."""


class HoldJobRequested(JobRequest):
    """Keep the job from starting."""


class ReleaseJobRequested(JobRequest):
    """Let the job start."""


class RequeueJobRequested(JobRequest):
    """Put the running job back into the queue."""


class RetryStagingRequested(JobRequest):
    """Take the failed staging of the job up again."""


class ForgetStagedRequested(JobRequest):
    """Take the ended staged job out of the journal."""


@dataclass
class JobDetailsRequested(JobRequest):
    """Show everything about the job; of an array `counts` tells how many tasks stand where."""

    counts: Counts = ()


@dataclass
class JobsChangeRequested(Message):
    """Change these jobs, arrays or tasks; `left_out` were chosen too and cannot be, and why."""

    change: JobChange
    targets: tuple[Target, ...]
    left_out: tuple[tuple[Target, str], ...] = ()


class ResultsRequested(Message):
    """Show how the last change of several jobs went."""


class StopChangeRequested(Message):
    """Change no further one of several jobs."""


@dataclass
class LookRequest(Message):
    """A request about how the job table looks now."""

    views: JobViews


class LookChanged(LookRequest):
    """It looks like this from now on: keep it."""


class OrderRequested(LookRequest):
    """Choose what the table is sorted by."""


class ColumnsRequested(LookRequest):
    """Choose the columns."""


class ViewsRequested(LookRequest):
    """Take, keep or drop a named view."""


class SubmitRequested(Message):
    """Open the form for a new job."""


class RefreshRequested(Message):
    """Ask every cluster for its jobs now."""


class ScopeRequested(Message):
    """Choose whose jobs are watched."""


# Requests with an answer. The answer is a call back into the screen that asked; a screen that is
# gone by then ignores it.


@dataclass
class ScriptRequested(Message):
    """Read a job script; the bytes, or why not."""

    path: Path
    answer: Callable[[bytes | PodError], None]


@dataclass
class DialectsRequested(Message):
    """What scripts a cluster reads, the usual first."""

    cluster: str
    answer: Callable[[tuple[ScriptDialect, ...] | PodError], None]


@dataclass
class SubmissionRequested(Message):
    """Submit; `answer` is told the reason of a refusal, or None when podtui has taken it over.

    It says whether somebody reads the reason there.
    """

    request: SubmitRequest
    answer: Callable[[PodError | None], bool]


@dataclass
class LocalFolderRequested(Message):
    """List a folder of this machine."""

    path: Path
    answer: Callable[[tuple[Entry, ...] | PodError], None]


@dataclass
class CommandGiven(Message):
    """Do what a line of the command line says, for the widget `asker`; None, or why not."""

    asker: Widget
    line: str
    name: str
    argument: str
    answer: Callable[[PodError | None], None]


@dataclass
class JobMet(Message):
    """Another job is under the cursor of the table, or none."""

    key: JobKey | None


@dataclass
class JobTailRequested(Message):
    """The last bytes of a job's file, for the widget `asker`; nothing where the cluster is away."""

    asker: Widget
    cluster: str
    path: str
    answer: Callable[[bytes | PodError], None]


@dataclass
class MuteRequested(Message):
    """Tell no more of these jobs' ends; where none is told, tell them again."""

    rows: tuple[JobRow, ...]


@dataclass
class JobFactsRequested(Message):
    """All attributes of a job, now. `politely`: only where that costs no login."""

    key: JobKey
    answer: Callable[[Job | PodError], None]
    politely: bool = False
