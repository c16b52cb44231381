"""What can be done to the job of a screen: the table's keys, with the table's questions."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from podtui.domain.job import Job
from podtui.domain.job_changes import JobChange, Target
from podtui.domain.job_fold import Counts
from podtui.domain.job_table import JobRow
from podtui.tui.acts.base import ActBase
from podtui.tui.messages import JobsChangeRequested
from podtui.tui.panes import job_reasons, job_targets
from podtui.tui.panes.job_actions import REQUEST_OF
from podtui.tui.reasoned import Reasoned

_CHANGES = ("cancel", "hold", "release", "requeue")


class JobChanging(Screen[None], Reasoned):
    """Ends, holds, releases and requeues the job of `row`; of an array with `counts` all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Cancel", id="job.cancel", tooltip="End the job; its entry stays"),
        Binding("h", "hold", "Hold", id="job.hold", tooltip="Keep the job from starting"),
        Binding("r", "release", "Release", id="job.release", tooltip="Let a held job start"),
        Binding(
            "R",
            "requeue",
            "Requeue",
            False,
            id="job.requeue",
            tooltip="End the running job and let it begin again later",
        ),
    ]

    def __init__(self, row: JobRow, counts: Counts) -> None:
        super().__init__()
        self._row = row
        self._counts = counts
        self._facts: Job | None = None

    def on_mount(self) -> None:
        """Learn what a cluster turns out not to do."""
        self.watch(self.app, "lacking", self.refresh_bindings, init=False)

    def why_not(self, action: str) -> str:
        """Why the job cannot be changed so; to an array it can where one task allows it."""
        if action not in _CHANGES or not isinstance(self.app, ActBase):
            return ""
        row = self._known
        if said := job_targets.lacked(action, row.job.cluster, self.app.lacking):
            return said
        tasks = (replace(row, job=replace(row.job, state=state)) for state, _ in self._counts)
        why = job_reasons.why_not(action, row)
        return "" if any(not job_reasons.why_not(action, task) for task in tasks) else why

    @property
    def _known(self) -> JobRow:
        """The row; with what the cluster told of the job alone, where that is as new."""
        facts = self._facts
        if facts is None or not (facts.over or facts.state is self._row.job.state):
            return self._row
        return replace(self._row, job=facts)

    def action_cancel(self) -> None:
        """End the job."""
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

    def _change(self, change: JobChange) -> None:
        if self._counts:
            target = Target(self._known, self._counts)
            self.post_message(JobsChangeRequested(change, (target,)))
        else:
            self.post_message(REQUEST_OF[change](self._known))
