"""One change to many jobs: asked once, done a few at a time, told for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

from textual import on
from textual.reactive import var

from podtui.domain.job import JobKey
from podtui.domain.job_changes import Ending, JobChange, JobRun, Outcome, Target, tally
from podtui.domain.text import visible
from podtui.errors import Refused
from podtui.tui import messages
from podtui.tui.acts.base import ActBase
from podtui.tui.screens.dialogs import Confirm

_LISTED = 10  # jobs that are named in a question
_EVERY = 0.1  # seconds between two looks at the outcomes
_GROUP = "change jobs"
_EFFECT = {
    JobChange.CANCEL: "They end now. What was staged stays, and so do the entries of staged jobs.",
    JobChange.HOLD: "They do not start until they are released.",
    JobChange.RELEASE: "They start when it is their turn.",
    JobChange.REQUEUE: "They end now and begin again later: what they have done so far is lost.",
    JobChange.RETRY: "Their staging goes on where it stopped.",
    JobChange.FORGET: "podtui forgets their scripts and staging; the cluster and all files stay.",
}


class JobChangeActs(ActBase):
    """Cancel, hold, release, requeue, retry, forget: several jobs, arrays as a whole."""

    job_run: var[JobRun | None] = var(None)
    _stopped = False

    @on(messages.JobsChangeRequested)
    def change_jobs(self, event: messages.JobsChangeRequested) -> None:
        """Ask, naming what will be hit, then do it."""
        if self.job_run is not None and not self.job_run.ended:
            self.show_error(
                Refused(
                    "The last change of several jobs is not through yet.",
                    title="One at a time",
                    hint="Press e to see how far it is, or to stop it.",
                )
            )
        elif event.targets:
            self.run_act(self._change_jobs(event), _GROUP, _GROUP)

    async def _change_jobs(self, event: messages.JobsChangeRequested) -> None:
        change, targets = event.change, event.targets
        title = f"{change.value.capitalize()} {_how_many(targets)}?"
        question = Confirm(title, question_text(event), change.value.capitalize(), "Leave them")
        if not await self.push_screen_wait(question):
            return
        outcomes = {target.key: Outcome(target) for target in targets}
        self._stopped = False
        self._show_run(change, outcomes.values(), ended=False)
        self.show_results()
        try:
            async with asyncio.TaskGroup() as group:
                looking = group.create_task(self._keep_showing(change, outcomes))
                await self.session.job_changes.change_all(change, targets, partial(_note, outcomes))
                looking.cancel()
        finally:
            self._show_run(change, outcomes.values(), ended=True)
        self._tell_end(change)

    async def _keep_showing(self, change: JobChange, outcomes: dict[JobKey, Outcome]) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            self._show_run(change, outcomes.values(), ended=False)

    def _show_run(self, change: JobChange, outcomes: Iterable[Outcome], *, ended: bool) -> None:
        self.job_run = JobRun(change, tuple(outcomes), ended)

    def _tell_end(self, change: JobChange) -> None:
        run = self.job_run
        assert run is not None
        done, all_of_them = run.count(Ending.DONE), len(run.outcomes)
        if done == all_of_them:
            self.tell(f"{_how_many([o.target for o in run.outcomes])}: {change.done}.")
        else:
            self.notify(
                f"{done:,} of {all_of_them:,} {change.done}; e tells the rest.",
                severity="warning",
                markup=False,
            )

    @on(messages.ResultsRequested)
    def show_results(self) -> None:
        """How it went, or goes, for each."""
        from podtui.tui.screens.job_results import JobResultsScreen

        self.push_screen(JobResultsScreen())

    @on(messages.StopChangeRequested)
    def stop_change(self) -> None:
        """Begin no further one; those under way come to their end."""
        self._stopped = True


def question_text(event: messages.JobsChangeRequested) -> str:
    """What will be hit: how many stand where on each cluster, the first ten by name."""
    targets = event.targets
    lines = []
    for cluster, states in tally(targets):
        counted = ", ".join(f"{number:,} {state.value}" for state, number in states)
        lines.append(f"{visible(cluster, 24)}: {counted}")
    lines.append("")
    lines.extend(f"  {_named(target)}" for target in targets[:_LISTED])
    if len(targets) > _LISTED:
        lines.append(f"  and {len(targets) - _LISTED:,} more")
    lines.extend(("", _EFFECT[event.change]))
    if event.left_out:
        reason = event.left_out[0][1]
        lines.append(f"Left out: {len(event.left_out):,}. {visible(reason, 160)}")
    return "\n".join(lines)


def _named(target: Target) -> str:
    job = target.row.job
    whole = f", all {target.tasks:,} tasks of the array" if target.tasks else ""
    return f"{visible(job.id, 40)} {visible(job.name, 40)} ({job.state.value}{whole})"


def _how_many(targets: Sequence[Target]) -> str:
    if len(targets) == 1:
        name = visible(targets[0].row.job.id, 40)
        return f"the whole array {name}" if targets[0].tasks else f"job {name}"
    return f"{len(targets):,} jobs"


def _note(outcomes: dict[JobKey, Outcome], outcome: Outcome) -> None:
    outcomes[outcome.target.key] = outcome
