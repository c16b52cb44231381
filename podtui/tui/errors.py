"""The last errors, kept whole: a toast goes away, the reason does not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from podtui.domain.text import visible
from podtui.errors import PodError

KEPT = 20


@dataclass(frozen=True, slots=True)
class KeptError:
    """An error as it was shown, and when; the text is harmless already."""

    when: datetime
    title: str
    reason: str
    hint: str

    @property
    def text(self) -> str:
        """Reason and next step, a line each."""
        return f"{self.reason}\n{self.hint}" if self.hint else self.reason


def sentences(message: str, hint: str, limit: int = 400) -> str:
    """Reason and next step in one line: what others say has no full stop of its own."""
    reason = visible(message.strip(), limit)
    if reason and hint and reason[-1] not in ".!?:…":
        reason += "."
    return f"{reason} {visible(hint, 200)}".strip()


def in_a_line(error: PodError, limit: int = 400) -> str:
    """`sentences` of an error; harmless."""
    return sentences(error.message, error.hint, limit)


class ErrorLog:
    """The last twenty errors, newest first."""

    def __init__(self) -> None:
        self._kept: deque[KeptError] = deque(maxlen=KEPT)

    def keep(self, error: PodError, when: datetime) -> KeptError:
        """Remember an error; what came from outside is made harmless here."""
        reason = "\n".join(visible(line) for line in error.message.splitlines())
        kept = KeptError(when, visible(error.title), reason, visible(error.hint))
        self._kept.appendleft(kept)
        return kept

    @property
    def last(self) -> tuple[KeptError, ...]:
        """What is remembered, newest first."""
        return tuple(self._kept)
