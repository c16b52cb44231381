"""What every act stands on: the session, the state bound down, one place for errors."""

from __future__ import annotations

import weakref
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual.reactive import var
from textual.worker import Worker

from podtui.backends.unattended import unattended
from podtui.config.survey import Reading
from podtui.domain.cluster import LinkState
from podtui.domain.job import Scope
from podtui.domain.job_table import ClusterJobs, JobRow
from podtui.domain.transfer import Transfer
from podtui.errors import Cancelled, HostKeyChanged, PodError
from podtui.tui.errors import ErrorLog
from podtui.tui.frame import Frame
from podtui.tui.key_requests import HostKeyChangeMet
from podtui.tui.lack import Lack

if TYPE_CHECKING:
    from podtui.services.session import Session

_TOAST_SECONDS = 8.0


class ActBase(Frame):
    """The app as its acts see it. The vars are replaced as whole values and bound down."""

    rows: var[tuple[JobRow, ...]] = var(())
    answers: var[tuple[ClusterJobs, ...]] = var(())
    transfers: var[tuple[Transfer, ...]] = var(())
    scope: var[Scope] = var(Scope())
    lacking: var[frozenset[Lack]] = var(frozenset())

    @cached_property
    def errors(self) -> ErrorLog:
        """The last ones."""
        return ErrorLog()

    @cached_property
    def reading(self) -> Reading:
        """How the configuration was read."""
        return self._reading() if self._reading else Reading(self._paths)

    @property
    def session(self) -> Session:
        """The services; there inside every act, because acts wait until it is open."""
        assert self._session is not None, "the session is not open yet"
        return self._session

    def now(self) -> datetime:
        """The session's clock; the system's until it is open. Aware UTC."""
        return self._session.clock() if self._session else datetime.now(UTC)

    def is_online(self, cluster: str) -> bool:
        """Whether a cluster answers, so that asking it needs no login; this machine always does."""
        links = {status.name: status.link for status in self.statuses}
        return not cluster or links.get(cluster) is LinkState.ONLINE

    def run_act(
        self, work: Coroutine[Any, Any, None], name: str, group: str = "acts"
    ) -> Worker[None]:
        """Do `work` in a worker of the app, which outlives panes and screens.

        A PodError is shown, once, here; anything else is a bug and ends the app with its
        traceback. `work` begins when the session is open.
        """

        async def begin() -> None:
            await self._act(work)

        worker: Worker[None] = self.run_worker(begin, name=name, group=group)
        weakref.finalize(worker, work.close)  # never begun when it is cancelled at once
        return worker

    async def _act(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await self._opened.wait()
            await work
        except Cancelled:
            pass  # a person said no: they know
        except PodError as error:
            self.show_error(error)

    def show_error(self, error: PodError) -> None:
        """Show title, reason and next step, and keep them for the list of the last errors."""
        kept = self.errors.keep(error, self.now())
        if isinstance(error, HostKeyChanged) and error.change is not None:
            self.post_message(HostKeyChangeMet(error.change))
            return
        self.notify(
            kept.text, title=kept.title, severity="error", timeout=_TOAST_SECONDS, markup=False
        )

    def tell(self, text: str, title: str = "") -> None:
        """Show a short piece of good news; `text` must have gone through `visible()`."""
        self.notify(text, title=title, markup=False)


async def by_itself(ask: Callable[[str], Awaitable[None]], cluster: str) -> None:
    """Ask a cluster what nobody asked for: when the link is cut meanwhile, it opens no prompt."""
    with unattended():
        await ask(cluster)
