"""State by glyph AND word: colour only underlines what both say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.job import JobState, StageState

if TYPE_CHECKING:
    from textual.app import App


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state looks: one cell, a word, and the name of a colour of the theme."""

    glyph: str
    word: str
    colour: str

    def style(self, app: App[Any]) -> str:
        """The colour as the present theme has it."""
        return app.theme_variables.get(self.colour, "")

    @property
    def text(self) -> str:
        """Glyph and word."""
        return f"{self.glyph} {self.word}"


_LINK = {
    LinkState.IDLE: ("○", "foreground"),
    LinkState.CONNECTING: ("◌", "primary"),
    LinkState.ONLINE: ("●", "success"),
    LinkState.STALE: ("◐", "warning"),
    LinkState.LOGIN: ("▲", "warning"),
    LinkState.FAILED: ("✗", "error"),
}
_JOB = {
    JobState.HELD: ("‖", "warning"),
    JobState.QUEUED: ("○", "foreground"),
    JobState.RUNNING: ("▶", "primary"),
    JobState.SUSPENDED: ("◐", "warning"),
    JobState.COMPLETED: ("✓", "success"),
    JobState.FAILED: ("✗", "error"),
    JobState.CANCELLED: ("⊘", "foreground"),
    JobState.TIMEOUT: ("✗", "error"),
    JobState.UNKNOWN: ("?", "warning"),
}
_STAGE = {
    StageState.NONE: ("–", "foreground"),
    StageState.WAITING: ("○", "foreground"),
    StageState.ACTIVE: ("▶", "primary"),
    StageState.FINISHED: ("✓", "success"),
    StageState.FAILED: ("✗", "error"),
}


def link_mark(state: LinkState) -> Mark:
    """How a link to a cluster looks."""
    glyph, colour = _LINK[state]
    return Mark(glyph, state.value, colour)


def cluster_mark(status: ClusterStatus) -> Mark:
    """How a cluster looks: its link, unless it was detached and nobody asks for its jobs."""
    return Mark("◑", "detached", "warning") if status.detached else link_mark(status.link)


def job_mark(state: JobState) -> Mark:
    """How a job looks."""
    glyph, colour = _JOB[state]
    return Mark(glyph, state.value, colour)


def stage_mark(state: StageState) -> Mark:
    """How one direction of staging looks."""
    glyph, colour = _STAGE[state]
    return Mark(glyph, "done" if state is StageState.FINISHED else state.value, colour)


def bar(fraction: float, width: int) -> str:
    """A bar of exactly `width` cells."""
    full = round(max(0.0, min(fraction, 1.0)) * width)
    return "━" * full + "╌" * (width - full)
