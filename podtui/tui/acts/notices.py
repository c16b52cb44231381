"""Ends of jobs and transfers, told: on the screen, by the bell, on the desktop."""

from __future__ import annotations

from podtui.domain.text import visible
from podtui.services.notices import Ends, Notice
from podtui.tui.acts.mutes import MuteActs

_DESKTOP_LIMIT = 200  # characters; some terminals drop a longer sequence


class NoticeActs(MuteActs):
    """What the settings `notify`, `bell` and `desktop` ask for."""

    def on_frame_drawn(self) -> None:
        """What is there at first has not ended just now."""
        self._ends = Ends(self.config.notify)

    def tell_ends(self) -> None:
        """Tell what has ended since the last look."""
        self._ends.wanted, self._ends.muted = self.config.notify, self.mutes
        notices = (*self._ends.of_jobs(self.rows), *self._ends.of_transfers(self.transfers))
        for notice in notices:
            self.notify(
                notice.text,
                title=notice.title,
                severity="error" if notice.bad else "information",
                markup=False,
            )
            if sequence := desktop_sequence(self.config.desktop, notice):
                self.write_to_terminal(sequence)
        if notices and self.config.bell:
            self.bell()

    def write_to_terminal(self, sequence: str) -> None:
        """Send a sequence of ours past the screen, between two frames."""
        if self._driver is not None:
            self._driver.write(sequence)


def desktop_sequence(kind: str, notice: Notice) -> str:
    """What asks a terminal for a desktop notification: OSC 9 (iTerm2's) or OSC 777 (urxvt's).

    Text that came from a cluster holds no control character, so it cannot end the sequence.
    """
    title, text = (visible(part, _DESKTOP_LIMIT) for part in (notice.title, notice.text))
    if kind == "osc9":
        return f"\x1b]9;{title}: {text}\x07"
    if kind == "osc777":
        return f"\x1b]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}\x07"
    return ""
