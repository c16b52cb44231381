"""The one question before several jobs are changed: it names what will be hit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from podtui.domain.job_changes import JobChange, Target, tally
from podtui.domain.text import visible
from podtui.tui.screens.dialogs import Confirm

_LISTED = 10  # jobs that are named
_EFFECT = {
    JobChange.CANCEL: "They end now; what was staged stays, and so do the entries here.",
    JobChange.HOLD: "They do not start until they are released.",
    JobChange.RELEASE: "They start when it is their turn.",
    JobChange.REQUEUE: "They end now and begin again later: what they have done is lost.",
    JobChange.RETRY: "Their staging goes on where it stopped.",
    JobChange.FORGET: "podtui forgets scripts and staging; the cluster and all files stay.",
}


class JobQuestion(Confirm):
    """How many stand where on each cluster, the first ten by name, and what is left out."""

    CSS = """
    JobQuestion > .dialog-box { padding: 0 2; min-width: 60; max-height: 100%; }
    JobQuestion .targets { height: auto; max-height: 40vh; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup,up", "look(-1)", "Up", show=False, id="question.up"),
        Binding("pagedown,down", "look(1)", "Down", show=False, id="question.down"),
    ]

    def __init__(
        self, change: JobChange, targets: Sequence[Target], left_out: Sequence[tuple[Target, str]]
    ) -> None:
        verb = change.value.capitalize()
        super().__init__(f"{verb} {how_many(targets)}?", "", verb, "Leave them")
        self._change = change
        self._targets = targets
        self._left_out = left_out

    def compose_body(self) -> ComposeResult:
        """What it means, and which they are."""
        yield Static(self._meaning(), markup=False, classes="dialog-body")
        with VerticalScroll(classes="targets", can_focus=False):
            yield Static("\n".join(listed(self._targets)), markup=False)

    def _meaning(self) -> str:
        lines = []
        for cluster, states in tally(self._targets):
            counted = ", ".join(f"{number:,} {state.value}" for state, number in states)
            lines.append(f"{visible(cluster, 24)}: {counted}")
        lines.append(_EFFECT[self._change])
        if self._left_out:
            reason = visible(self._left_out[0][1], 120)
            lines.append(f"Left out: {len(self._left_out):,}. {reason}")
        return "\n".join(lines)

    def action_look(self, by: int) -> None:
        """See more of the names."""
        self.query_one(".targets", VerticalScroll).scroll_relative(y=by, animate=False)


def listed(targets: Sequence[Target]) -> list[str]:
    """The first ten by name, and how many more there are."""
    names = [_named(target) for target in targets[:_LISTED]]
    more = len(targets) - _LISTED
    return [*names, f"and {more:,} more"] if more > 0 else names


def how_many(targets: Sequence[Target]) -> str:
    """`37 jobs`, `the whole array 9`, `job 22784`."""
    if len(targets) == 1:
        name = visible(targets[0].row.job.id, 40)
        return f"the whole array {name}" if targets[0].tasks else f"job {name}"
    return f"{len(targets):,} jobs"


def _named(target: Target) -> str:
    job = target.row.job
    whole = f", all {target.tasks:,} tasks" if target.tasks else ""
    return f"{visible(job.id, 40)} {visible(job.name, 40)} ({job.state.value}{whole})"
