"""Where a transfer comes from and goes to: its two ends, its exact target, what it would do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

from podtui.backends.base import Backend
from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.transfer import Conflict, Direction, Transfer
from podtui.errors import InputError
from podtui.services.clusters import ClusterService
from podtui.services.conflicts import Conflicts
from podtui.services.ledger import Ledger
from podtui.services.moving import Road
from podtui.services.plan import Total, count
from podtui.services.walk import End, Item, walk


class Routes:
    """Finds the two ends of transfers, on this machine and on the clusters."""

    def __init__(self, clusters: ClusterService, ledger: Ledger) -> None:
        self._clusters = clusters
        self._ledger = ledger
        self._here = LocalFiles()

    async def exact_target(self, transfer: Transfer) -> str:
        """The name the source will have at the other end: inside a folder that exists, like cp."""
        if transfer.direction is Direction.DOWNLOAD:
            here = await self._here.resolve(transfer.local)
            entry = await self._here.stat(here)
        else:
            async with self._clusters.files(transfer.other or transfer.cluster) as backend:
                here = await backend.files.resolve(transfer.target)
                entry = await backend.files.stat(here)
        if transfer.exact:
            return here
        if transfer.source.rstrip("/").rpartition("/")[2] == ".":
            return here  # what is in the folder is meant, not the folder
        inside = transfer.target.endswith("/") or (entry is not None and entry.is_folder)
        if not inside:
            return here
        return f"{here.rstrip('/')}/{await self._source_name(transfer)}"

    async def _source_name(self, transfer: Transfer) -> str:
        """The last name of the source's whole path: that of `~` is the home's own."""
        if transfer.direction is Direction.UPLOAD:
            whole = await self._here.resolve(transfer.source)
            if whole.endswith("/.."):
                whole = str(await asyncio.to_thread(Path(whole).resolve))
        else:
            async with self._clusters.files(transfer.cluster) as backend:
                whole = await backend.files.resolve(transfer.source)
        name = whole.rstrip("/").rpartition("/")[2]
        if not name:
            raise InputError("The root folder has no name to give its copy.")
        return name

    async def measure(self, transfer: Transfer) -> Total:
        """What `transfer` would move."""
        async with self.ends(transfer) as (source, _):
            path = await source.resolve(transfer.source)
            return await count(source, path, transfer.rules)

    async def foretell(self, transfer: Transfer) -> AsyncGenerator[tuple[Item, str | None], None]:
        """What `transfer` would do: each file or link and its place, None where it is left out.

        What would be asked about is told as if it were replaced. Nothing is changed.
        """
        target = await self.exact_target(transfer)
        rule = transfer.rules.conflict
        async with self.ends(transfer) as (source, end):
            path = await source.resolve(transfer.source)
            road = self.road(transfer, source, end)
            conflicts = Conflicts(road, Conflict.OVERWRITE if rule is Conflict.ASK else rule, None)
            async with aclosing(walk(source, path, transfer.rules.links)) as items:
                async for item in items:
                    if item.kind is EntryKind.FOLDER:
                        continue
                    place = item.below(target)
                    found = await conflicts.place(item, item.below(path), place)
                    yield item, None if item.left_out else found

    @asynccontextmanager
    async def ends(self, transfer: Transfer) -> AsyncIterator[tuple[End, End]]:
        """The source and the target."""
        async with AsyncExitStack() as stack:
            backend: Backend = await stack.enter_async_context(
                self._clusters.files(transfer.cluster)
            )
            if transfer.direction is Direction.UPLOAD:
                yield self._here, backend.files
                return
            target: End = self._here
            if transfer.direction is Direction.COPY:
                other = await stack.enter_async_context(self._clusters.files(transfer.other))
                target = other.files
            yield backend.files, target

    def road(self, transfer: Transfer, source: End, target: End) -> Road:
        """The way between two ends, with what the clusters are like."""
        far = transfer.other or transfer.cluster
        parts = isinstance(target, LocalFiles) or self._clusters.manner(far).parts
        return Road(
            source,
            target,
            "this machine" if isinstance(target, LocalFiles) else far,
            self._clusters.config(transfer.cluster).staging.hash_algo,
            self._ledger,
            parts,
            transfer.rules.keep,
        )
