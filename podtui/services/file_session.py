"""One running podtui as far as files go: its clusters, and transfers to and from them.

A command that only moves files is done with this much: the rest takes as long to import as the
login to a cluster nearby.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Self

from podtui.backends.base import Prompter
from podtui.backends.clock import utc_now
from podtui.backends.open import open_backend
from podtui.backends.unattended import AttendedPrompter
from podtui.config.model import Config
from podtui.paths import Paths, private_folder
from podtui.services.clusters import Clock, ClusterService, OpenBackend
from podtui.services.files import FileService
from podtui.services.ledger import Ledger
from podtui.services.news import News
from podtui.services.transfers import TransferService


class FileSession:
    """`async with FileSession(…) as session:`; all connections end with it."""

    def __init__(
        self,
        config: Config,
        paths: Paths,
        prompter: Prompter,
        *,
        clock: Clock = utc_now,
        opener: OpenBackend | None = None,
    ) -> None:
        self.config = config
        self.paths = paths
        self.clock = clock
        self.news = News()
        asker = AttendedPrompter(prompter)
        self.clusters = ClusterService(
            config.clusters,
            opener or (lambda cluster: open_backend(cluster, paths, asker, clock)),
            clock,
            self.news,
        )
        self.ledger = Ledger(paths.state / "transfers.db")
        self.transfers = TransferService(self.clusters, self.ledger, paths.state / "locks")
        self.files = FileService(self.clusters, paths.home)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        private_folder(self.paths.state)
        async with AsyncExitStack() as stack:
            await self._open_books(stack)
            stack.push_async_callback(self.clusters.close)
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _open_books(self, stack: AsyncExitStack) -> None:
        """Open what is kept on disk; the connections end before it is closed."""
        await stack.enter_async_context(self.ledger)
