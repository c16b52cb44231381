"""One running podtui: its configuration, its clusters, its services."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Self

from podtui.backends.base import Prompter
from podtui.backends.clock import utc_now
from podtui.backends.open import open_backend
from podtui.backends.unattended import AttendedPrompter, unattended
from podtui.config.model import ClusterConfig, Config
from podtui.domain.job_table import JobRow
from podtui.paths import Paths, private_folder
from podtui.services.bookmarks import BookmarkStore
from podtui.services.clusters import Clock, ClusterService, OpenBackend
from podtui.services.command_history import CommandHistory
from podtui.services.editing import EditingService
from podtui.services.files import FileService
from podtui.services.history import HistoryService
from podtui.services.job_changes import JobChangeService
from podtui.services.jobs import JobService
from podtui.services.journal import Journal
from podtui.services.key_pairs import KeyPairService
from podtui.services.key_rotation import RotationService
from podtui.services.keys import KeyService
from podtui.services.known_hosts import KnownHostService
from podtui.services.ledger import Ledger
from podtui.services.logs import LogService
from podtui.services.mutes import MuteStore
from podtui.services.news import News
from podtui.services.nodes import NodeService
from podtui.services.operations import OperationService
from podtui.services.previews import PreviewService
from podtui.services.staging import StagingService
from podtui.services.transfers import TransferService
from podtui.services.views import ViewStore


class Session:
    """`async with Session(…) as session:`; `run` keeps polls, staged jobs and transfers going."""

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
        self.journal = Journal(paths.journal)
        asker = AttendedPrompter(prompter)
        self.clusters = ClusterService(
            config.clusters,
            opener or (lambda cluster: open_backend(cluster, paths, asker, clock)),
            clock,
            self.news,
        )
        self.jobs = JobService(self.clusters, clock, self.news)
        self.ledger = Ledger(paths.state / "transfers.db")
        self.transfers = TransferService(self.clusters, self.ledger, paths.state / "locks")
        self.files = FileService(self.clusters, paths.home)
        self.previews = PreviewService(self.files)
        self.editing = EditingService(self.clusters, paths.state / "edits")
        self.bookmarks = BookmarkStore(paths.state / "files.json")
        self.keys = KeyService(self.clusters, paths)
        self.key_pairs = KeyPairService(self.clusters, self.keys)
        self.rotations = RotationService(self.clusters, self.keys, paths, clock)
        self.known_hosts = KnownHostService(self.clusters, paths)
        self.operations = OperationService(self.clusters)
        self.nodes = NodeService(self.clusters, self.keys, self.jobs.refresh)
        self.staging = StagingService(
            self.clusters, self.jobs, self.transfers, self.journal, paths, clock, self.news
        )
        self.logs = LogService(self.clusters)
        self.history = HistoryService(
            paths.history, self.clusters, self.jobs, self.staging, clock, self.news
        )
        self.job_changes = JobChangeService(self.jobs, self.staging)
        self.commands = CommandHistory(paths.state / "commands.json")
        self.views = ViewStore(paths.state / "views.json")
        self.mutes = MuteStore(paths.state / "mutes.json")
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        private_folder(self.paths.state)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.journal)
            await stack.enter_async_context(self.ledger)
            await stack.enter_async_context(self.history)
            stack.push_async_callback(self.clusters.close)
            await self.staging.load()
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def job_rows(self) -> tuple[JobRow, ...]:
        """All jobs of all clusters, as last told, with their staging."""
        return self.jobs.rows(self.staging.jobs)

    async def poll(self) -> None:
        """Keep asking every connected cluster for its jobs, until cancelled; new ones too."""
        polled: set[str] = set()
        with unattended():
            async with asyncio.TaskGroup() as group:
                while True:
                    seen = self.news.count
                    for name in self.clusters.names:
                        if name not in polled:
                            polled.add(name)
                            group.create_task(self.jobs.poll(name))
                    await self.news.after(seen)

    def add_cluster(self, config: ClusterConfig) -> None:
        """Know and poll a further cluster from now on; AlreadyThere when one has its name."""
        self.jobs.add(config.name)
        self.clusters.add(config)

    async def change_cluster(self, config: ClusterConfig, *, link: bool) -> bool:
        """Go by a cluster's other configuration from now on; with `link` its connection ends.

        Whether it is to be connected again.
        """
        if not link:
            self.clusters.retune(config)
            self.jobs.refresh(config.name)
            return False
        return await self.clusters.replace(config)

    async def remove_cluster(self, name: str) -> None:
        """Let go of a cluster that is configured no more; its jobs are shown no more."""
        await self.clusters.retire(name)
        self.jobs.forget(name)

    async def run(self) -> None:
        """Polls, staged jobs and the transfer queue, until cancelled. They ask nobody anything."""
        with unattended():
            async with asyncio.TaskGroup() as group:
                group.create_task(self.poll())
                group.create_task(self.staging.carry())
                group.create_task(self.history.keep())
                await self.transfers.load()
                group.create_task(self.transfers.run())
