"""What the frame and the Jobs pane ask of the app."""

from __future__ import annotations

from textual.message import Message

from podtui.services.jobs import JobRow


class JobRequested(Message):
    """A request about one row of the job table."""

    def __init__(self, row: JobRow) -> None:
        super().__init__()
        self.row = row


class CancelJobRequested(JobRequested):
    """End the job."""


class HoldJobRequested(JobRequested):
    """Keep the job from starting."""


class ReleaseJobRequested(JobRequested):
    """Let the job start."""


class RetryStagingRequested(JobRequested):
    """Take the failed staging of the job up again."""


class ForgetStagedRequested(JobRequested):
    """Take the ended staged job out of the journal."""


class JobDetailsRequested(JobRequested):
    """Show everything about the job."""


class SubmitRequested(Message):
    """Open the form for a new job."""


class RefreshRequested(Message):
    """Ask every cluster for its jobs now."""


class ScopeRequested(Message):
    """Watch other people's jobs: a unix group's, or one's own again when `group` is empty."""

    def __init__(self, group: str) -> None:
        super().__init__()
        self.group = group
