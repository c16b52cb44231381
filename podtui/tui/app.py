"""The app: four panes, and the wiring between them and the session."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import TabbedContent, TabPane
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from podtui.domain.transfer import TransferState
from podtui.errors import PodError
from podtui.tui.acts.asides import AsideActs
from podtui.tui.acts.clusters import ClusterActs
from podtui.tui.acts.command_line import CommandActs
from podtui.tui.acts.configuring import ConfiguringActs
from podtui.tui.acts.history import HistoryActs
from podtui.tui.acts.jobs import JobActs
from podtui.tui.acts.keys import KeyActs
from podtui.tui.acts.logs import LogActs
from podtui.tui.acts.notices import NoticeActs
from podtui.tui.acts.operations import OperationActs
from podtui.tui.acts.submitting import SubmitActs
from podtui.tui.frame import BROAD, bound
from podtui.tui.panes import PANES, new_pane
from podtui.tui.panes.base import Pane
from podtui.tui.prompter import ScreenPrompter
from podtui.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from textual.timer import Timer

    from podtui.services.news import News
    from podtui.services.session import Session

_MANY = 2000  # jobs
_YOUNG = 10_000  # objects between two looks for garbage: a change of panes makes thousands
_TURN = 0.001  # seconds a thread that reads a long list goes on while a key waits for Python
_LOOK_EVERY = 0.1  # seconds between two looks at the news, at least


AWAY_SECONDS = 300.0
"""A terminal without focus for so long is looked at by nobody."""


class PodtuiApp(
    CommandActs,
    JobActs,
    LogActs,
    HistoryActs,
    ClusterActs,
    SubmitActs,
    KeyActs,
    OperationActs,
    ConfiguringActs,
    NoticeActs,
    AsideActs,
):
    """One terminal screen for every batch cluster, when the first frame stands."""

    _keeper: Worker[None] | None = None
    _leaving: Timer | None = None
    _frozen = 0  # jobs
    _answered = 0  # clusters

    def on_frame_drawn(self) -> None:
        """The session is opened; the panes come while the login waits for its cluster."""
        sys.setswitchinterval(_TURN)
        self._keeper = self.run_worker(self._keep_session(), name="session", group="session")

    async def _compose_panes(self) -> None:
        """The pane that is shown with what stands below all panes, then the others."""
        from podtui.tui.widgets.transfer_list import TransferStrip

        await self._compose_pane(self.first_pane)
        below = bound(TransferStrip(), PodtuiApp), KeyLine()
        await self.default_screen.mount(*below)  # the login may show a dialog over it
        for name in PANES:
            if name != self.first_pane:
                await self._compose_pane(name)
        self._start()
        await self.take_keys()

    async def _compose_pane(self, name: str) -> None:
        await self.query_one(f"#{name}", TabPane).mount(bound(new_pane(name), PodtuiApp))
        self._compose_aside(name)
        if name == self.query_one("#panes", TabbedContent).active:
            self.action_show_pane(name)  # its tab was chosen before it was there

    def on_resize(self) -> None:
        """There may be room beside the panes now."""
        self.call_after_refresh(self._compose_asides)

    def _compose_asides(self) -> None:
        for name in PANES:
            if self.query(f"#{name} > Pane"):
                self._compose_aside(name)

    def _compose_aside(self, name: str) -> None:
        """What stands beside a pane; only where there is room is anything imported for it."""
        tab = self.query_one(f"#{name}", TabPane)
        if self.size.width >= BROAD and not tab.query("Aside"):
            from podtui.tui.asides import new_aside

            tab.mount(new_aside(name))

    # Start and end

    def _start(self) -> None:
        gc.freeze()  # what is loaded stays: it need not be looked through again and again
        gc.set_threshold(_YOUNG)
        gc.enable()
        self._take_own_keys()
        for error in self._complaints:
            self.show_error(error)

    def _take_own_keys(self) -> None:
        if self.config.keys:  # to know all bindings, all screens are imported
            from podtui.tui.keymap import checked_keymap

            keymap, errors = checked_keymap(self.config.keys)
            self._complaints += errors
            self.set_keymap(keymap)

    async def _keep_session(self) -> None:
        """Open the session, keep it running and watched until the app ends."""
        try:
            session = await asyncio.to_thread(self._open_session, ScreenPrompter(self))
            async with AsyncExitStack() as stack:
                await _entered(stack, session)
                session.clusters.begin(self.cluster)
                await self._compose_panes()
                self._session = session
                session.transfers.ask = self.ask_conflict
                self._opened.set()
                if not self.config.clusters:
                    self.welcome()
                await self._keep_running(session)
        except PodError as error:  # without its journal podtui can keep no promise
            self.exit(return_code=error.exit_code, message=_told(error))

    async def _keep_running(self, session: Session) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(self._watch(session.news, self._look))
            group.create_task(self._watch(session.transfers.news, self._look_at_transfers))
            self._first_steps(session)

    async def _watch(self, news: News, look: Callable[[], None]) -> None:
        while True:
            seen = news.count
            look()
            await asyncio.sleep(_LOOK_EVERY)
            await news.after(seen)

    def _look(self) -> None:
        self.statuses = self.session.clusters.statuses()
        self.answers = self.session.jobs.latest
        self.rows = self.session.job_rows()
        self.tell_ends()
        answered = sum(status.answered is not None for status in self.statuses)
        if answered > self._answered or len(self.rows) > max(_MANY, 2 * self._frozen):
            self._answered, self._frozen = answered, len(self.rows)
            self.call_later(gc.freeze)  # jobs, and what a login imported: 50 ms a collection

    def _look_at_transfers(self) -> None:
        self.transfers = self.session.transfers.transfers
        self.tell_ends()

    def _first_steps(self, session: Session) -> None:
        """Connect the default cluster, and all that have staged jobs to be carried on."""
        wanted = {job.cluster for job in session.staging.jobs if not job.phase.ended}
        for name in session.clusters.names:
            if name == self.cluster or name in wanted:
                self.run_act(self._connect(name), f"connect {name}", group="connect")
        for warning in self.config.warnings:
            self.notify(warning, title="Configuration", severity="warning", markup=False)

    async def _connect(self, name: str) -> None:
        await self.session.clusters.connect(name)

    def on_app_blur(self) -> None:
        """Clusters are left alone when the terminal has been out of sight for a while."""
        self._stay()
        self._leaving = self.set_timer(AWAY_SECONDS, partial(self._look_at_jobs, anybody=False))

    def on_app_focus(self) -> None:
        """Somebody is back: what is old is asked for at once."""
        self._stay()
        self._look_at_jobs(anybody=True)

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.stop()

    def _look_at_jobs(self, *, anybody: bool) -> None:
        if self._session is not None:
            self._session.jobs.looking(anybody)

    async def on_unmount(self) -> None:
        """Let the session close its connections before the event loop goes."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(WorkerCancelled, WorkerFailed):  # the app itself tells a failure
                await self._keeper.wait()

    # Panes

    @on(TabbedContent.TabActivated, "#panes")
    def focus_pane(self, event: TabbedContent.TabActivated) -> None:
        """A pane that is shown has the focus, and so its keys in the footer."""
        for strip in self.query("TransferStrip"):
            strip.set_class(event.pane.id == "files", "-listed")
        for pane in event.pane.query(Pane):
            pane.take_focus()

    def action_show_pane(self, name: str) -> None:
        """Show a pane, and put the focus in it."""
        tabs = self.query_one("#panes", TabbedContent)
        tabs.active = name
        for pane in tabs.get_pane(name).query(Pane):
            pane.take_focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Panes cannot be switched under another screen."""
        alone = ("show_pane", "history", "add_cluster", "settings")
        if action in alone and len(self.screen_stack) > 1:
            return False
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show the help of what is in front."""
        from podtui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen.of(self.screen))

    def action_last_errors(self) -> None:
        """Show the last errors, whole."""
        from podtui.tui.screens.last_errors import LastErrorsScreen

        self.push_screen(LastErrorsScreen(self.errors.last))

    async def action_quit(self) -> None:
        """Leave; asks while files move that nobody carries on until the next start."""
        moving_states = (TransferState.RUNNING, TransferState.QUEUED)
        busy = [t for t in self.transfers if t.state in moving_states and not t.job]
        if busy and len(self.screen_stack) == 1:
            from podtui.tui.screens.dialogs import Confirm

            running = sum(t.state is TransferState.RUNNING for t in busy)
            waiting = f", {len(busy) - running} more wait" if len(busy) > running else ""
            body = (
                f"Transfers under way: {running}{waiting}. They stop, and go on where they stood "
                "when podtui is started again, as staged jobs do."
            )
            self.push_screen(Confirm("Quit podtui?", body, "Quit", "Stay"), self._quit_if)
        else:
            self._leave()

    def _quit_if(self, sure: bool | None) -> None:
        if sure:
            self._leave()

    def _leave(self) -> None:
        """Go; the shell then shows what goes on at the next start."""
        left = sum(
            not t.state.ended and t.state is not TransferState.PAUSED for t in self.transfers
        )
        what = "1 transfer goes" if left == 1 else f"{left} transfers go"
        told = f"{what} on when podtui is started again." if left else None
        self.exit(message=told)


async def _entered(stack: AsyncExitStack, session: Session) -> None:
    """Open the session whole: one that is wanted no more is closed again by `stack`, not half."""
    opening = asyncio.create_task(stack.enter_async_context(session))
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        await opening
        raise


def _told(error: PodError) -> str:
    return "\n".join(part for part in (f"{error.title}: {error.message}", error.hint) if part)
