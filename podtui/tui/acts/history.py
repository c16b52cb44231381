"""Past jobs: what is remembered of one, all of them, searched."""

from __future__ import annotations

from textual import on

from podtui.domain.history import PastJob
from podtui.domain.job_table import JobRow
from podtui.errors import PodError
from podtui.tui import log_requests as requests
from podtui.tui.acts.base import ActBase


class HistoryActs(ActBase):
    """The history is on this machine: no cluster is asked."""

    @on(requests.JobStatesRequested)
    def tell_states(self, event: requests.JobStatesRequested) -> None:
        """What is remembered of one job."""
        self.run_act(self._tell_states(event), "job states")

    async def _tell_states(self, event: requests.JobStatesRequested) -> None:
        history = self.session.history
        event.answer((await history.get(event.key), await history.states(event.key)))

    def action_history(self) -> None:
        """Open the list of past jobs."""
        from podtui.tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen())

    @on(requests.PastJobsRequested)
    def search_history(self, event: requests.PastJobsRequested) -> None:
        """Look for jobs by words."""
        self.run_act(self._search_history(event), "history", "history")

    async def _search_history(self, event: requests.PastJobsRequested) -> None:
        try:
            got: tuple[PastJob, ...] | PodError = await self.session.history.search(event.words)
        except PodError as error:
            got = error
        event.answer(got)

    @on(requests.PastJobRequested)
    def open_past_job(self, event: requests.PastJobRequested) -> None:
        """Everything about a past job; one that is listed still is shown as it is now."""
        from podtui.tui.screens.job import JobScreen

        key = event.past.job.key
        row = next((row for row in self.rows if row.job.key == key), JobRow(event.past.job))
        self.push_screen(JobScreen(row, event.past))
