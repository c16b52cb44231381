"""One change to many jobs: asked once, done a few at a time, told for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from textual import on
from textual.reactive import var

from podtui.domain.job import JobKey
from podtui.domain.job_changes import Ending, JobChange, JobRun, Outcome
from podtui.errors import Refused
from podtui.tui import messages
from podtui.tui.acts.base import ActBase
from podtui.tui.screens.job_question import JobQuestion, how_many

_EVERY = 0.1  # seconds between two looks at the outcomes
_GROUP = "change jobs"


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
        if not await self.push_screen_wait(JobQuestion(change, targets, event.left_out)):
            return
        outcomes = {target.key: Outcome(target) for target in targets}
        self._stopped = False
        self._show_run(change, outcomes.values(), ended=False)
        self.show_results()
        try:
            async with asyncio.TaskGroup() as group:
                looking = group.create_task(self._keep_showing(change, outcomes))
                await self.session.job_changes.change_all(
                    change, targets, partial(_note, outcomes), lambda: not self._stopped
                )
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
            self.tell(f"{how_many([o.target for o in run.outcomes])}: {change.done}.")
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


def _note(outcomes: dict[JobKey, Outcome], outcome: Outcome) -> None:
    outcomes[outcome.target.key] = outcome
