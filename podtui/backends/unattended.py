"""Work that goes on by itself asks nobody: polls, staged jobs and the queue of transfers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from podtui.backends.base import Prompter, Question
from podtui.domain.text import visible
from podtui.errors import PersonNeeded

_UNATTENDED = ContextVar("_UNATTENDED", default=False)


@contextmanager
def unattended() -> Iterator[None]:
    """Within, and in the tasks begun within, a question to a person raises PersonNeeded.

    A one-time code is good for half a minute: a dialog that a cut link opens behind somebody's
    back would be answered too late, and be opened again and again.
    """
    before = _UNATTENDED.set(True)
    try:
        yield
    finally:
        _UNATTENDED.reset(before)


def nobody_here() -> bool:
    """Whether this is work that goes on by itself."""
    return _UNATTENDED.get()


class AttendedPrompter:
    """Asks by another Prompter where a person wanted what is under way, else nobody."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """The person's answers; PersonNeeded in work that goes on by itself."""
        if nobody_here():
            asked = "; ".join(one.text.strip().rpartition("\n")[2] for one in questions)
            raise PersonNeeded(f"A login to {cluster} asks: {visible(asked or title, 200)}")
        return await self._prompter.ask(cluster, title, questions)

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        """Whether the person trusts the key; PersonNeeded in work that goes on by itself."""
        if nobody_here():
            raise PersonNeeded(
                f"{visible(host, 120)} shows a key never seen before, {visible(fingerprint, 120)}."
            )
        return await self._prompter.trust_host(cluster, host, algorithm, fingerprint)
