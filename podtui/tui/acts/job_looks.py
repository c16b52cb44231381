"""How the job table looks: chosen on screens, kept from one start to the next."""

from __future__ import annotations

import asyncio

from textual import on
from textual.reactive import var

from podtui.domain.job_views import JobViews
from podtui.tui import messages
from podtui.tui.acts.base import ActBase


class JobLookActs(ActBase):
    """Columns, order, named views, filters typed lately."""

    job_views: var[JobViews] = var(JobViews())

    def on_frame_drawn(self) -> None:
        """Take up what was kept."""
        self._keeping = asyncio.Lock()
        self.run_act(self._load_views(), "load views")

    async def _load_views(self) -> None:
        before = self.job_views
        views = await asyncio.to_thread(self.session.views.load)
        if self.job_views is before:  # nobody was quicker
            self.job_views = views

    @on(messages.LookChanged)
    def change_look(self, event: messages.LookChanged) -> None:
        """Look like it, and keep it."""
        self._have_views(event.views)

    def _have_views(self, views: JobViews) -> None:
        self.job_views = views
        self.run_act(self._keep_views(), "keep views")

    async def _keep_views(self) -> None:
        async with self._keeping:  # the last is written last
            await asyncio.to_thread(self.session.views.save, self.job_views)

    @on(messages.OrderRequested)
    def choose_order(self, event: messages.OrderRequested) -> None:
        """Ask what to sort by."""
        from podtui.tui.screens.job_order import OrderScreen

        self.push_screen(OrderScreen(event.views), self._have_chosen)

    @on(messages.ColumnsRequested)
    def choose_columns(self, event: messages.ColumnsRequested) -> None:
        """Ask which columns."""
        from podtui.tui.screens.job_columns import ColumnsScreen

        self.push_screen(ColumnsScreen(event.views), self._have_chosen)

    @on(messages.ViewsRequested)
    def choose_view(self, event: messages.ViewsRequested) -> None:
        """Ask which view."""
        from podtui.tui.screens.job_views import ViewsScreen

        self.push_screen(ViewsScreen(event.views), self._have_chosen)

    def _have_chosen(self, views: JobViews | None) -> None:
        if views is not None:
            self._have_views(views)
