"""Transfers: a queue, and for each file `.part` → verify → final name."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from podtui.backends.base import Files
from podtui.backends.together import all_done
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Meter, Transfer, TransferState
from podtui.errors import (
    FileTrouble,
    HashMismatch,
    LimitExceeded,
    NoSpace,
    NotFound,
    PodError,
    SourceChanged,
    Unreachable,
)
from podtui.services.clusters import ClusterService
from podtui.services.news import News
from podtui.services.plan import Plan, PlannedFile, plan_download, plan_upload

_AT_ONCE = 2  # transfers a cluster; sshd allows ten sessions a connection
_FILES_AT_ONCE = 4  # files of one transfer
_LONGEST_NAME = 255 - len(".podtui.part")
Report = Callable[[Transfer], None]


def part_name(path: str) -> str:
    """Where a file is written before it is whole and verified: beside its final name."""
    folder, slash, name = path.rpartition("/")
    raw = os.fsencode(name)
    if len(raw) > _LONGEST_NAME:
        name = hashlib.sha256(raw).hexdigest()[:32]
    return f"{folder}{slash}{name}.podtui.part"


@dataclass(slots=True)
class _Running:
    """One transfer's books while it runs."""

    transfer: Transfer
    meter: Meter
    report: Report
    parts: set[str] = field(default_factory=set)  # begun, and not yet under their final names

    def moved(self, count: int) -> None:
        if self.meter.add(count, time.monotonic()):
            self.tell()

    def tell(self, **changes: object) -> None:
        figures: dict[str, object] = {
            "bytes_done": self.meter.done,
            "rate": self.meter.rate,
            "seconds_left": self.meter.seconds_left,
        }
        self.transfer = replace(self.transfer, **(figures | changes))  # type: ignore[arg-type]
        self.report(self.transfer)


class TransferService:
    """Moves files between this machine and the clusters."""

    def __init__(self, clusters: ClusterService) -> None:
        self._clusters = clusters
        self._transfers: dict[str, Transfer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._carried: set[str] = set()  # by whoever called `carry`, the queue or a staged job
        self._slots = {name: asyncio.Semaphore(_AT_ONCE) for name in clusters.names}
        self.news = News()

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """All transfers since the start, oldest first."""
        return tuple(self._transfers.values())

    def add(self, cluster: str, direction: Direction, local: str, remote: str) -> Transfer:
        """Put a transfer in the queue; `run` carries it out."""
        self._clusters.link(cluster)
        transfer = Transfer(secrets.token_hex(4), cluster, direction, local, remote)
        self._keep(transfer)
        return transfer

    def cancel(self, transfer_id: str) -> None:
        """Stop a transfer; only its `.part` remains."""
        transfer = self._transfers[transfer_id]
        if task := self._tasks.get(transfer_id):
            task.cancel()
        elif not transfer.state.ended:
            self._keep(replace(transfer, state=TransferState.CANCELLED))

    def retry(self, transfer_id: str) -> None:
        """Put a transfer that has failed or was cancelled back in the queue.

        One of a staged job is its job's to retry.
        """
        old = self._transfers[transfer_id]
        if old.state in (TransferState.FAILED, TransferState.CANCELLED) and not old.job:
            self._keep(Transfer(old.id, old.cluster, old.direction, old.local, old.remote))

    def clear_ended(self) -> None:
        """Forget the transfers that have ended."""
        self._transfers = {k: t for k, t in self._transfers.items() if not t.state.ended}
        self.news.tell()

    async def run(self) -> None:
        """Carry out the queue until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                seen = self.news.count
                for transfer in self.transfers:
                    if transfer.state is TransferState.QUEUED and self._nobodys(transfer.id):
                        self._tasks[transfer.id] = group.create_task(self._queued(transfer))
                await self.news.after(seen)

    def _nobodys(self, transfer_id: str) -> bool:
        return transfer_id not in self._tasks and transfer_id not in self._carried

    async def _queued(self, transfer: Transfer) -> None:
        try:
            await self.carry(transfer)
        except (PodError, asyncio.CancelledError):
            pass  # the transfer's row tells; a cancelled `run` ends by itself
        finally:
            del self._tasks[transfer.id]
            self.news.tell()

    async def carry(self, transfer: Transfer, target: str = "") -> Transfer:
        """Carry out one transfer now, to exactly `target` if given; its row stays in the list."""
        self._carried.add(transfer.id)
        self._keep(transfer)
        try:
            async with self._slots[transfer.cluster]:
                exact = target or await self.exact_target(transfer)
                return await self._perform(transfer, exact)
        except PodError as error:
            reason = f"{error.title}: {error.message}"
            self._end(transfer.id, TransferState.FAILED, error=reason, hint=error.hint)
            raise
        except asyncio.CancelledError:
            self._end(transfer.id, TransferState.CANCELLED)
            raise
        finally:
            self._carried.discard(transfer.id)

    def _end(self, transfer_id: str, state: TransferState, **why: str) -> None:
        if latest := self._transfers.get(transfer_id):
            self._keep(replace(latest, state=state, rate=0.0, seconds_left=None, **why))  # type: ignore[arg-type]

    def _keep(self, transfer: Transfer) -> None:
        self._transfers[transfer.id] = transfer
        self.news.tell()

    async def exact_target(self, transfer: Transfer) -> str:
        """The name the source will have at the other end: inside a folder that exists, like cp."""
        if transfer.direction is Direction.DOWNLOAD:
            here = Path(transfer.local).expanduser().absolute()
            inside = here.is_dir() or transfer.local.endswith("/")
            return str(here / _last(transfer.remote) if inside else here)
        async with self._clusters.call(transfer.cluster) as backend:
            there = await backend.files.resolve(transfer.remote)
            entry = await backend.files.stat(there)
        inside = transfer.remote.endswith("/") or (entry is not None and entry.is_folder)
        name = Path(transfer.local).expanduser().absolute().name
        return f"{there.rstrip('/')}/{name}" if inside else there

    async def plan(self, transfer: Transfer, target: str) -> Plan:
        """What `transfer` would move to exactly `target`."""
        if transfer.direction is Direction.UPLOAD:
            return await plan_upload(Path(transfer.local).expanduser().absolute(), target)
        async with self._clusters.call(transfer.cluster) as backend:
            source = await backend.files.resolve(transfer.remote)
            return await plan_download(backend.files, source, Path(target))

    async def _perform(self, transfer: Transfer, target: str) -> Transfer:
        plan = await self.plan(transfer, target)
        running = _Running(transfer, Meter(plan.bytes), self._keep)
        running.tell(
            state=TransferState.RUNNING,
            bytes_total=plan.bytes,
            files_total=len(plan.files),
        )
        async with self._clusters.call(transfer.cluster) as backend:
            await self._check_space(transfer, backend.files, plan, target)
            await self._make_folders(transfer.direction, backend.files, plan, target)
            move = self._upload if transfer.direction is Direction.UPLOAD else self._download
            algo = self._clusters.config(transfer.cluster).staging.hash_algo
            try:
                await _each(plan.files, lambda file: move(running, backend.files, file, algo))
            except PodError as error:
                await _sweep(running, backend.files, error)
                raise
        running.tell(state=TransferState.DONE, current="", seconds_left=0.0)
        return running.transfer

    async def _check_space(self, transfer: Transfer, files: Files, plan: Plan, target: str) -> None:
        if transfer.direction is Direction.UPLOAD:
            space = await files.space(await _nearest_there(files, target))
            free, where = (space.free if space else None), transfer.cluster
        else:
            free, where = await asyncio.to_thread(_free_here, Path(target)), "this machine"
        if free is not None and plan.bytes > free:
            free += await _in_parts(transfer.direction, files, plan)
        if free is not None and plan.bytes > free:
            raise NoSpace(
                f"{plan.bytes:,} bytes are to go to {visible(target, 200)!r}, "
                f"and {where} has {free:,} free there."
            )

    async def _make_folders(
        self, direction: Direction, files: Files, plan: Plan, target: str
    ) -> None:
        parent = target.rpartition("/")[0] or "/"
        for folder in (parent, *plan.folders):
            if direction is Direction.UPLOAD:
                await files.make_folder(folder)
            else:
                await asyncio.to_thread(_make_local_folder, Path(folder))

    async def _upload(self, running: _Running, files: Files, file: PlannedFile, algo: str) -> None:
        part = part_name(file.target)
        running.parts.add(part)
        running.tell(current=file.target)
        sent = await files.upload(Path(file.source), part, algo, running.moved)
        there = await files.hash(part, algo)
        if sent != there:
            raise _mismatch(file.target, algo, sent, there)
        await files.rename(part, file.target)
        running.parts.discard(part)
        running.tell(files_done=running.transfer.files_done + 1)

    async def _download(
        self, running: _Running, files: Files, file: PlannedFile, algo: str
    ) -> None:
        part = Path(part_name(file.target))
        running.parts.add(str(part))
        running.tell(current=file.target)
        received = await files.download(file.source, part, algo, running.moved)
        try:
            there = await files.hash(file.source, algo)
        except NotFound:
            raise SourceChanged(
                f"{visible(file.source, 200)!r} vanished while it was read."
            ) from None
        if received != there:
            raise _mismatch(file.source, algo, there, received)
        running.parts.discard(str(part))  # whole: kept even where it cannot get its name
        await asyncio.to_thread(_settle, part, Path(file.target))
        running.tell(files_done=running.transfer.files_done + 1)


def check_limit(name: str, plans: tuple[Plan, ...], limit: int) -> None:
    """LimitExceeded when the plans together are over `limit` bytes (0 = unlimited)."""
    total = sum(plan.bytes for plan in plans)
    if limit and total > limit:
        raise LimitExceeded(
            f"{total:,} bytes are over {name} = {limit:,}.",
            hint=f"Raise {name} in the configuration, or move less. Nothing was transferred.",
        )


async def _each(files: tuple[PlannedFile, ...], move: Callable[[PlannedFile], object]) -> None:
    """Move all files, a few at once; the first failure ends the others and is raised alone."""
    todo = iter(files)

    async def lane() -> None:
        for file in todo:
            await move(file)  # type: ignore[misc]

    lanes = range(min(_FILES_AT_ONCE, len(files)))
    await all_done(*(asyncio.ensure_future(lane()) for _ in lanes))


async def _sweep(running: _Running, files: Files, error: PodError) -> None:
    """Take away what a failure left half-written: it would only fill the disk."""
    for part in running.parts:
        if running.transfer.direction is Direction.DOWNLOAD:
            with suppress(OSError):
                await asyncio.to_thread(Path(part).unlink)
        elif not isinstance(error, Unreachable):
            with suppress(PodError):
                await files.remove(part)


async def _in_parts(direction: Direction, files: Files, plan: Plan) -> int:
    """Bytes that an earlier try left in `.part` files, which this one writes anew."""
    total = 0
    for file in plan.files:
        part = part_name(file.target)
        if direction is Direction.UPLOAD:
            entry = await files.stat(part)
            total += entry.size if entry else 0
        else:
            with suppress(OSError):
                total += (await asyncio.to_thread(os.stat, part)).st_size
    return total


def _mismatch(name: str, algo: str, sent: str, received: str) -> HashMismatch:
    return HashMismatch(
        f"{visible(name, 200)!r}: {algo} of what was sent is {sent}, of what arrived {received}."
    )


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


async def _nearest_there(files: Files, path: str) -> str:
    """The innermost folder above `path` that exists on the cluster."""
    folder = path.rpartition("/")[0]
    while folder and await files.stat(folder) is None:
        folder = folder.rpartition("/")[0]
    return folder or "/"


def _free_here(path: Path) -> int | None:
    for folder in path.parents:
        with suppress(OSError):
            return shutil.disk_usage(folder).free
    return None


def _make_local_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileTrouble(f"{str(folder)!r} cannot be made: {error.strerror}.") from None


def _settle(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError as error:
        raise FileTrouble(
            f"{visible(str(target), 200)!r} cannot be written: {error.strerror}.",
            hint=f"The whole, verified file is at {part}.",
        ) from None
