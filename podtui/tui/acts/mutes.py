"""Jobs muted and told again: kept at once, so that the next start is as quiet."""

from __future__ import annotations

import asyncio

from textual import on
from textual.reactive import var

from podtui.domain.mutes import Mutes
from podtui.domain.text import visible
from podtui.tui.acts.base import ActBase
from podtui.tui.messages import MuteRequested


class MuteActs(ActBase):
    """`mutes` are the jobs whose ends are not told."""

    mutes: var[Mutes] = var(Mutes())

    def on_frame_drawn(self) -> None:
        """Take up what was kept."""
        self._keeping_mutes = asyncio.Lock()
        self.run_act(self._load_mutes(), "load mutes")

    async def _load_mutes(self) -> None:
        async with self._keeping_mutes:
            self.mutes = await asyncio.to_thread(self.session.mutes.load)

    @on(MuteRequested)
    def turn_mute(self, event: MuteRequested) -> None:
        """Mute the jobs; where all of them are muted, let their ends be told again."""
        self.run_act(self._turn_mute(event), "mute")

    async def _turn_mute(self, event: MuteRequested) -> None:
        async with self._keeping_mutes:  # what was kept is there first
            muted = all(row in self.mutes for row in event.rows)
            change = self.mutes.without if muted else self.mutes.with_all
            self.mutes = change(event.rows)
            await asyncio.to_thread(self.session.mutes.save, self.mutes)
        many = len(event.rows)
        what = f"{many} jobs" if many > 1 else visible(event.rows[0].job.key.id, 60)
        told = "is told again" if muted else "is not told: ∅ muted"
        self.tell(f"The end of {what} {told}.", "Notices")
