"""How a cluster asks the person at the keyboard: dialogs over whatever is shown, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from podtui.errors import Cancelled
from podtui.tui.requests import PromptRequested, PromptWithdrawn
from podtui.tui.screens.login import HostKeyScreen, QuestionsScreen

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from podtui.backends.base import Question


class ScreenPrompter:
    """Implements the backends' `Prompter` with modal screens.

    It is called from any task: it only posts to the app, which shows the dialog in its own context.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """One answer to each question; Cancelled when the person declines."""
        answers = await self._shown(QuestionsScreen(cluster, title, tuple(questions)))
        if answers is None:
            raise Cancelled(
                f"{title} of {cluster} was not answered.",
                title="Login cancelled",
                hint="Connect again when you want to log in.",
            )
        return list(answers)

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        """Whether the person trusts a host key seen for the first time."""
        return bool(await self._shown(HostKeyScreen(cluster, host, algorithm, fingerprint)))

    async def _shown(self, screen: Screen[Any]) -> Any:
        """The screen's result; the next dialog waits its turn, one nobody waits for goes away."""
        async with self._turn:
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._app.post_message(PromptRequested(screen, answer))
            try:
                return await answer
            except asyncio.CancelledError:
                self._app.post_message(PromptWithdrawn(screen))
                raise
