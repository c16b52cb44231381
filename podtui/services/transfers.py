"""Transfers: a queue that survives a restart, and whatever carries one out."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from podtui.backends.together import both
from podtui.domain.text import visible
from podtui.domain.transfer import PLAIN, Direction, Meter, Rules, Transfer, TransferState
from podtui.errors import InputError, PersonNeeded, PodError, Unreachable
from podtui.paths import private_folder
from podtui.services.books import Books
from podtui.services.bundling import begun_way
from podtui.services.carrying import Carrying
from podtui.services.clusters import ClusterService
from podtui.services.conflicts import Asker
from podtui.services.glob import expand
from podtui.services.journal import JournalUnwritable
from podtui.services.ledger import Ledger, Mark
from podtui.services.news import News
from podtui.services.plan import Total, count
from podtui.services.routes import Routes
from podtui.services.walk import Item

_AT_ONCE = 2  # transfers a cluster; sshd allows ten sessions a connection
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds between tries while a link is down
_WAITS = (Unreachable, PersonNeeded)
_S = TransferState


class TransferService:
    """Moves files between this machine and the clusters, and from one to another."""

    def __init__(self, clusters: ClusterService, ledger: Ledger, locks: Path) -> None:
        self._clusters = clusters
        self._ledger = ledger
        self._locks = locks
        self._routes = Routes(clusters, ledger)
        self._written: dict[str, Transfer] = {}  # what the ledger was last told of each
        self._order: tuple[str, ...] = ()
        self._transfers: dict[str, Transfer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._carried: set[str] = set()  # by whoever called `carry`, the queue or a staged job
        self._stopping: dict[str, TransferState] = {}  # what a stop was asked to leave
        self._slots: dict[str, asyncio.Semaphore] = {}
        self.ask: Asker | None = None
        self.news = News()

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """All that are known, in the order of the queue."""
        return tuple(self._transfers.values())

    async def load(self) -> None:
        """Take up what an earlier podtui left: what ran then waits for its turn again."""
        kept = await self._ledger.transfers()
        self._sweep_locks({one.id for one, _ in kept})
        for transfer, _ in kept:
            if transfer.id in self._transfers or transfer.job or self._taken(transfer.id):
                continue
            known = self._clusters.names
            if transfer.cluster in known and transfer.other in ("", *known):
                state = _S.QUEUED if transfer.state is _S.RUNNING else transfer.state
                self._transfers[transfer.id] = replace(transfer, state=state)
        self.news.tell()

    def add(
        self,
        cluster: str,
        direction: Direction,
        local: str,
        remote: str,
        *,
        other: str = "",
        exact: bool = False,
        rules: Rules = PLAIN,
    ) -> Transfer:
        """Put a transfer in the queue; `run` carries it out."""
        self._clusters.link(cluster)
        if other:
            self._clusters.link(other)
        transfer = Transfer(
            secrets.token_hex(4),
            cluster,
            direction,
            local,
            remote,
            other=other,
            exact=exact,
            rules=rules,
        )
        self.show(transfer)
        return transfer

    def cancel(self, transfer_id: str) -> None:
        """Stop a transfer; only its `.part` remains."""
        self._stop(transfer_id, _S.CANCELLED)

    def pause(self, transfer_id: str) -> None:
        """Stop a transfer until `retry`, which goes on where it stood."""
        self._stop(transfer_id, _S.PAUSED)

    def _stop(self, transfer_id: str, state: TransferState) -> None:
        transfer = self._transfers[transfer_id]
        if transfer.state.ended or transfer.job:
            return
        if task := self._tasks.get(transfer_id):
            self._stopping[transfer_id] = state
            task.cancel()
        else:
            self.show(replace(transfer, state=state))

    def retry(self, transfer_id: str) -> None:
        """Put a transfer that was paused, cancelled or has failed back in the queue.

        One of a staged job is its job's to retry.
        """
        old = self._transfers[transfer_id]
        if old.state in (_S.FAILED, _S.CANCELLED, _S.PAUSED) and not old.job:
            self.show(replace(old.anew(), state=_S.QUEUED))

    def move(self, transfer_id: str, by: int) -> None:
        """Move a transfer up (negative) or down in the queue."""
        ids = list(self._transfers)
        at = ids.index(transfer_id)
        ids.insert(max(0, min(len(ids) - 1, at + by)), ids.pop(at))
        self._transfers = {one: self._transfers[one] for one in ids}
        self.news.tell()

    async def forget_job(self, token: str) -> None:
        """Forget the transfers of a staged job: it has ended, and takes up none of them again."""
        for one in self.transfers:
            if one.job == token and one.state is not _S.RUNNING:
                del self._transfers[one.id]
        self.news.tell()
        await self._ledger.forget_job(token)

    async def clear_ended(self) -> None:
        """Forget the transfers that have ended."""
        ended = [one.id for one in self.transfers if one.state.ended]
        for one in ended:
            del self._transfers[one]
        self.news.tell()
        for one in ended:
            await self._ledger.forget(one)

    async def run(self) -> None:
        """Carry out the queue until cancelled; what runs then waits for the next start."""
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    seen = self.news.count
                    with suppress(JournalUnwritable):  # its disk is full: the next news tries again
                        await self._write_down()
                    for one in filter(self._may_start, self.transfers):
                        self._tasks[one.id] = group.create_task(self._queued(one.id))
                    await self.news.after(seen)
            finally:
                self._stopping = dict.fromkeys(self._tasks, _S.QUEUED) | self._stopping

    async def _write_down(self) -> None:
        """Keep the queue where a restart finds it; those that run are kept as they go."""
        for one in self.transfers:
            waits = one.state in (_S.QUEUED, _S.PAUSED, _S.CANCELLED)
            if waits and one.id not in self._carried and self._written.get(one.id) != one:
                await self._ledger.keep(one)
                self._written[one.id] = one
        order = tuple(self._transfers)
        if order != self._order:
            await self._ledger.order(order)
            self._order = order

    def _may_start(self, transfer: Transfer) -> bool:
        busy = sum(
            one.cluster == transfer.cluster and one.id in self._tasks for one in self.transfers
        )
        return (
            transfer.state is _S.QUEUED
            and transfer.id not in self._tasks
            and transfer.id not in self._carried
            and busy < _AT_ONCE
        )

    async def _queued(self, transfer_id: str) -> None:
        try:
            await self.persist(self._transfers[transfer_id])
        except (PodError, asyncio.CancelledError):
            pass  # the transfer's row tells; a cancelled `run` ends by itself
        finally:
            del self._tasks[transfer_id]
            self.news.tell()

    async def persist(self, transfer: Transfer, patience: float | None = None) -> Transfer:
        """Carry out a transfer; while a link is down, wait with growing pauses and go on.

        For ever; with `patience` only what had begun to move, and so many seconds: Unreachable
        then.
        """
        tries, moved, since = 0, 0, time.monotonic()
        while True:
            try:
                return await self._carry(transfer, waits=True)
            except _WAITS as error:
                transfer = self._transfers[transfer.id]
                if transfer.bytes_done > moved:
                    tries, moved, since = 0, transfer.bytes_done, time.monotonic()
                waited = time.monotonic() - since
                if patience is not None and (not moved or waited >= patience):
                    await self._fail(transfer, error)
                    raise
                ours = isinstance(error, PersonNeeded)  # nothing is sent there until the login
                pause = _PAUSES[0 if ours else min(tries, len(_PAUSES) - 1)]
                tries += not ours
                goes_on = "Goes on after the login." if ours else f"Tries again in {pause:g} s."
                note = f"{error.title}: {error.message} {goes_on}"
                transfer = replace(transfer.anew(), state=_S.RUNNING, note=note)
                self.show(transfer)
                with suppress(JournalUnwritable):
                    await self._ledger.keep(transfer)  # a restart goes on with it, too
                try:
                    await asyncio.sleep(pause)
                except asyncio.CancelledError:
                    await self._end(transfer.id, self._stopping.pop(transfer.id, _S.CANCELLED))
                    raise

    async def carry(self, transfer: Transfer, target: str = "") -> Transfer:
        """Carry out one transfer now, to exactly `target` if given; its row stays in the list."""
        return await self._carry(transfer, target)

    async def _carry(
        self, transfer: Transfer, target: str = "", *, waits: bool = False
    ) -> Transfer:
        """With `waits` a cut link is no failure yet."""
        self._carried.add(transfer.id)
        self._written.pop(transfer.id, None)
        try:
            async with self._own(transfer), AsyncExitStack() as slots:
                transfer = await self._take_up(transfer)
                for name in dict.fromkeys((transfer.cluster, transfer.other or transfer.cluster)):
                    slot = self._slots.setdefault(name, asyncio.Semaphore(_AT_ONCE))
                    await slots.enter_async_context(slot)
                return await self._perform(transfer, target)
        except PodError as error:
            if not (waits and isinstance(error, _WAITS)):
                await self._fail(transfer, error)
            raise
        except asyncio.CancelledError:
            await self._end(transfer.id, self._stopping.pop(transfer.id, _S.CANCELLED))
            raise
        finally:
            self._carried.discard(transfer.id)

    async def _take_up(self, transfer: Transfer) -> Transfer:
        """The transfer under the id of an earlier try of the same errand, and so where it stood."""
        rows = [one for one, _ in await self._ledger.transfers()]
        if transfer.id not in {one.id for one in rows}:
            for old in rows:
                if old.errand != transfer.errand or old.rules != transfer.rules:
                    continue
                if old.id in self._carried or self._taken(old.id):
                    raise InputError(
                        f"{visible(transfer.source, 120)!r} is on its way there already.",
                        title="Transfer under way",
                    )
                await self._ledger.keep(transfer, await self._ledger.mark(old.id))
                await self._ledger.forget(old.id)
                self._transfers.pop(old.id, None)
                break
        transfer = replace(transfer.anew(), state=_S.RUNNING)
        self.show(transfer)
        await self._ledger.keep(transfer)
        return transfer

    async def _fail(self, transfer: Transfer, error: PodError) -> None:
        reason = f"{error.title}: {error.message}"
        await self._end(transfer.id, _S.FAILED, error=reason, hint=error.hint)

    async def _end(self, transfer_id: str, state: TransferState, **why: str) -> None:
        latest = self._transfers.get(transfer_id)
        if latest is not None and latest.state is _S.DONE:  # it was whole when it was stopped
            self.show(latest)
            with suppress(JournalUnwritable):
                await self._ledger.forget(transfer_id)
        elif latest is not None:
            latest = replace(latest, state=state, rate=0.0, seconds_left=None, note="", **why)  # type: ignore[arg-type]
            self.show(latest)
            with suppress(JournalUnwritable):
                await self._ledger.keep(latest)

    def show(self, transfer: Transfer) -> None:
        """Put a transfer's latest state into the list."""
        self._transfers[transfer.id] = transfer
        self.news.tell()

    async def exact_target(self, transfer: Transfer) -> str:
        """The name the source will have at the other end: inside a folder that exists, like cp."""
        return await self._routes.exact_target(transfer)

    async def measure(self, transfer: Transfer) -> Total:
        """What `transfer` would move."""
        return await self._routes.measure(transfer)

    def foretell(self, transfer: Transfer) -> AsyncGenerator[tuple[Item, str | None], None]:
        """What `transfer` would do: each file or link and its place, None where it is left out."""
        return self._routes.foretell(transfer)

    async def expand(self, cluster: str, pattern: str) -> tuple[str, ...]:
        """The paths on a cluster that a pattern means; itself where it is none, or is a name."""
        async with self._clusters.files(cluster) as backend:
            return await expand(backend.files, pattern)

    async def limit_rate(self, cluster: str, rate: int) -> bool:
        """Let no more than `rate` bytes a second pass (0: any); whether the cluster can do that."""
        async with self._clusters.files(cluster) as backend:
            pace = backend.files.pace
        if pace is not None:
            pace.rate = rate
        return pace is not None

    async def _settled_target(self, transfer: Transfer, known: str) -> str:
        return known or await self.exact_target(transfer)

    async def _perform(self, transfer: Transfer, target: str) -> Transfer:
        mark = await self._ledger.mark(transfer.id)
        async with (
            self._routes.ends(transfer) as (source, end),
            self._routes.road(transfer, source, end).begun(target or mark.target) as road,
            begun_way(road, transfer.rules, transfer.source) as (path, way),
        ):
            target, total = await both(
                self._settled_target(transfer, target or mark.target),
                count(source, path, transfer.rules, mark.after),
            )
            mark = mark if mark.target == target else Mark(target=target)
            await self._ledger.keep(transfer, mark)
            running = Books(self.show, transfer, Meter(total.bytes))
            running.tell(bytes_total=total.bytes, files_total=total.files)
            carrying = Carrying(
                road,
                transfer.rules,
                running.told,
                lambda latest: self._ledger.keep(running.transfer, latest),
                self.ask,
                transfer.id,
                way,
            )
            await carrying.carry(path, target, total, mark)
        done = self._transfers[transfer.id] = running.done()
        with suppress(JournalUnwritable):  # then a restart finds it done
            await self._ledger.forget(transfer.id)
        self.news.tell()  # its row stands already, or was cleared meanwhile
        return done

    @asynccontextmanager
    async def _own(self, transfer: Transfer) -> AsyncIterator[None]:
        """Be the only process that carries it; the lock ends with the process."""
        lock = self._lock(transfer.id)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise InputError(f"Another podtui carries transfer {transfer.id} now.") from None
        except OSError as error:
            raise JournalUnwritable(f"{lock.lock_file}: {error.strerror}.") from None
        try:
            yield
        finally:
            lock.release()

    def _lock(self, transfer_id: str) -> FileLock:
        return FileLock(private_folder(self._locks) / f"transfer-{transfer_id}.lock", mode=0o600)

    def _sweep_locks(self, known: set[str]) -> None:
        """Take away the locks of transfers nobody knows any more."""
        for file in self._locks.glob("transfer-*.lock"):
            name = file.name.removeprefix("transfer-").removesuffix(".lock")
            if name not in known and name not in self._transfers and not self._taken(name):
                file.unlink(missing_ok=True)

    def _taken(self, transfer_id: str) -> bool:
        lock = self._lock(transfer_id)
        try:
            lock.acquire(blocking=False)
        except (Timeout, OSError):
            return True
        lock.release()
        return False
