"""One running podtui: its configuration, its clusters, its services."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from podtui.backends.base import Prompter
from podtui.backends.clock import utc_now
from podtui.backends.unattended import unattended
from podtui.config.model import ClusterConfig, Config
from podtui.domain.job_table import JobRow
from podtui.paths import Paths
from podtui.services.bookmarks import BookmarkStore
from podtui.services.clusters import Clock, OpenBackend
from podtui.services.command_history import CommandHistory
from podtui.services.editing import EditingService
from podtui.services.file_session import FileSession
from podtui.services.history import HistoryService
from podtui.services.job_changes import JobChangeService
from podtui.services.jobs import JobService
from podtui.services.journal import Journal
from podtui.services.key_pairs import KeyPairService
from podtui.services.key_rotation import RotationService
from podtui.services.keys import KeyService
from podtui.services.known_hosts import KnownHostService
from podtui.services.logs import LogService
from podtui.services.mutes import MuteStore
from podtui.services.nodes import NodeService
from podtui.services.operations import OperationService
from podtui.services.previews import PreviewService
from podtui.services.staging import StagingService
from podtui.services.views import ViewStore


class Session(FileSession):
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
        super().__init__(config, paths, prompter, clock=clock, opener=opener)
        self.journal = Journal(paths.journal)
        self.jobs = JobService(self.clusters, clock, self.news)
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

    async def _open_books(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(self.journal)
        await super()._open_books(stack)
        await stack.enter_async_context(self.history)
        await self.staging.load()

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
