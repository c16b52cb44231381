"""What the keys of the Jobs pane ask for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.reactive import reactive

from podtui.domain.job_changes import JobChange
from podtui.domain.job_line import JobLine
from podtui.domain.mutes import Mutes
from podtui.domain.text import visible
from podtui.tui import messages
from podtui.tui.lack import Lack
from podtui.tui.panes import job_targets
from podtui.tui.panes.base import Pane
from podtui.tui.panes.follow import follow_app
from podtui.tui.panes.job_table import JobTable
from podtui.tui.requests import CopyRequested

REQUEST_OF: dict[JobChange, type[messages.JobRequest]] = {
    JobChange.CANCEL: messages.CancelJobRequested,
    JobChange.HOLD: messages.HoldJobRequested,
    JobChange.RELEASE: messages.ReleaseJobRequested,
    JobChange.REQUEUE: messages.RequeueJobRequested,
    JobChange.RETRY: messages.RetryStagingRequested,
    JobChange.FORGET: messages.ForgetStagedRequested,
}
"""What is asked for where one job alone is changed."""


class JobActions(Pane):
    """Keys → requests. One plain job is asked about by itself, several and arrays together."""

    lacking: reactive[frozenset[Lack]] = reactive(frozenset(), layout=False)
    mutes: reactive[Mutes] = reactive(Mutes(), layout=False, init=False)

    @property
    def meant(self) -> Sequence[JobLine]:
        """The lines a key means."""
        raise NotImplementedError

    def action_submit(self) -> None:
        """A form for a new job."""
        self.post_message(messages.SubmitRequested())

    def action_cancel(self) -> None:
        """End what is meant."""
        self._change(JobChange.CANCEL)

    def action_hold(self) -> None:
        """Keep it from starting."""
        self._change(JobChange.HOLD)

    def action_release(self) -> None:
        """Let it start."""
        self._change(JobChange.RELEASE)

    def action_requeue(self) -> None:
        """Let it begin again later."""
        self._change(JobChange.REQUEUE)

    def action_retry(self) -> None:
        """Take its staging up again."""
        self._change(JobChange.RETRY)

    def action_forget(self) -> None:
        """Take it off the list."""
        self._change(JobChange.FORGET)

    def _change(self, change: JobChange) -> None:
        lines = self.meant
        if len(lines) == 1 and not lines[0].counts:
            self.post_message(REQUEST_OF[change](lines[0].row))
        elif lines:
            able, left_out = job_targets.sorted_out(change, lines, self.lacking)
            self.post_message(messages.JobsChangeRequested(change, able, left_out))

    def on_mount(self) -> None:
        """Follow what is muted."""
        follow_app(self, "mutes")

    def watch_mutes(self) -> None:
        """Show it in the table."""
        for table in self.query(JobTable):
            table.show_mutes(self.mutes)
            table.post_message(JobTable.CursorMoved(table))  # what is told of its line may differ

    def action_mute(self) -> None:
        """Tell no more of its end, or tell it again."""
        if rows := tuple(line.row for line in self.meant):
            self.post_message(messages.MuteRequested(rows))
        else:
            self.notify("There is no job to mute.", markup=False)

    def action_copy(self) -> None:
        """Put the ids on the clipboard, a line each."""
        ids = [line.key.id for line in self.meant]
        if ids:
            what = f"The id {ids[0]}" if len(ids) == 1 else f"{len(ids)} ids"
            self.post_message(CopyRequested("\n".join(ids), visible(what, 60)))
        else:
            self.notify("There is no job to copy the id of.", markup=False)

    def action_results(self) -> None:
        """How the last change of several went."""
        self.post_message(messages.ResultsRequested())

    def action_refresh(self) -> None:
        """Ask all clusters now."""
        self.post_message(messages.RefreshRequested())

    def action_scope(self) -> None:
        """Whose jobs are shown."""
        self.post_message(messages.ScopeRequested())
