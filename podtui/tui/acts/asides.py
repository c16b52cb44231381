"""What stands under the cursor of each pane, for what is shown beside it, and what that asks."""

from __future__ import annotations

from textual import on
from textual.reactive import var

from podtui.backends.unattended import unattended
from podtui.domain.job import JobKey
from podtui.errors import PodError
from podtui.tui.acts.base import ActBase
from podtui.tui.acts.file_places import work_for
from podtui.tui.file_requests import EntryMet
from podtui.tui.folder import Standing
from podtui.tui.frame import BROAD
from podtui.tui.key_requests import KeyMet
from podtui.tui.keyring import KeyInSight
from podtui.tui.messages import JobMet, JobTailRequested

TAIL = 16 << 10
"""Bytes of an output's end."""


class AsideActs(ActBase):
    """Each is one value; None where nothing is under the cursor."""

    standing_job: var[JobKey | None] = var(None)
    standing_entry: var[Standing | None] = var(None)
    standing_key: var[KeyInSight | None] = var(None)
    beside: var[bool] = var(True)
    """Whether a wide terminal shows more about what is under the cursor."""

    def action_beside(self) -> None:
        """Show it, or leave the pane the whole width."""
        if self.size.width < BROAD:
            self.tell(f"There is room for it where the terminal has {BROAD} columns.", "Side panel")
            return
        self.beside = not self.beside
        self.screen_stack[0].set_class(not self.beside, "-no-aside")

    @on(JobMet)
    def note_job(self, event: JobMet) -> None:
        """Another job is under the cursor."""
        self.standing_job = event.key

    @on(EntryMet)
    def note_entry(self, event: EntryMet) -> None:
        """Another entry is under the cursor."""
        self.standing_entry = event.standing

    @on(KeyMet)
    def note_key(self, event: KeyMet) -> None:
        """Another key is under the cursor."""
        self.standing_key = event.met

    @on(JobTailRequested)
    def read_tail(self, event: JobTailRequested) -> None:
        """Read the end of a job's output where that costs no login."""
        work_for(event.asker, self._read_tail(event), "tail")

    async def _read_tail(self, event: JobTailRequested) -> None:
        await self._opened.wait()
        if not self.is_online(event.cluster):
            return
        try:
            with unattended():
                got: bytes | PodError = await self.session.files.read(
                    event.cluster, event.path, -TAIL, TAIL
                )
        except PodError as error:
            got = error
        event.answer(got)
