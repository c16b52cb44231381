"""How long a login may take: seconds for the network, minutes for a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from podtui.backends.base import Prompter, Question
from podtui.errors import LoginRequired, Unreachable

NETWORK_SECONDS = 20.0
PERSON_SECONDS = 300.0


class PatientPrompter:
    """A Prompter during whose questions the deadline of the login under way is far."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._timeout: asyncio.Timeout | None = None
        self._asking = False

    @asynccontextmanager
    async def deadline(self, host: str) -> AsyncIterator[None]:
        """Around one login: Unreachable when `host` is too slow, LoginRequired when a person is."""
        try:
            async with asyncio.timeout(NETWORK_SECONDS) as self._timeout:
                yield
        except TimeoutError:
            if self._timeout is None or not self._timeout.expired():
                raise
            if self._asking:
                raise LoginRequired(
                    f"Nobody answered the questions of {host} within "
                    f"{PERSON_SECONDS / 60:.0f} minutes."
                ) from None
            raise Unreachable(f"{host} did not answer within {NETWORK_SECONDS:.0f} s.") from None
        finally:
            self._timeout = None
            self._asking = False

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """Put the questions, with time to think."""
        self._asking = True
        self._put_off(PERSON_SECONDS)
        answers = await self._prompter.ask(cluster, title, questions)
        self._asking = False
        self._put_off(NETWORK_SECONDS)
        return answers

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        """Show the key; no login is under way then."""
        return await self._prompter.trust_host(cluster, host, algorithm, fingerprint)

    def _put_off(self, seconds: float) -> None:
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + seconds)
