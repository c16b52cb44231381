"""A client on a disk of 24 MB, run as a process in a mount namespace of its own.

    python -m tests.story.small_disk STORY CONFIG DISK

DISK is a tmpfs of that size. Each story asserts for itself and ends with exit code 0.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from podtui.domain.staging import StagedJob, StagedPhase
from podtui.domain.transfer import Transfer
from podtui.errors import NoSpace, PodError
from podtui.services.moving import Road
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.bad import (
    DOWN,
    SECONDS,
    check_told,
    files_below,
    staged_request,
    until,
    write_script,
)
from tests.story.pod import session

BLOCK = 4096


def fill(disk: Path) -> None:
    """Write until not one block is left."""
    with (disk / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * BLOCK)


def free(disk: Path) -> None:
    (disk / "filler").unlink()


async def refused(what: Awaitable[object]) -> None:
    """`what` ends with NoSpace, told well."""
    try:
        await what
    except NoSpace as error:
        told = error
    else:
        raise AssertionError("it was not refused")
    check_told(told, "No space left")


def coming(disk: Path, name: str) -> Transfer:
    return Transfer(name, "pod", DOWN, str(disk / "got" / name), f"~/{name}")


async def downloads(config: Path, disk: Path) -> None:
    """`big` fits never; `a` and `b` fit each, and not both."""
    async with session(config, disk.parent / "state") as podtui:
        await refused(podtui.transfers.carry(coming(disk, "big")))
        assert files_below(disk) == []
        told = await asyncio.gather(
            *(podtui.transfers.carry(coming(disk, name)) for name in "ab"), return_exceptions=True
        )
        failed = {name: e for name, e in zip("ab", told, strict=True) if isinstance(e, Exception)}
        assert failed, "both fitted"
        for error in failed.values():
            assert isinstance(error, PodError), repr(error)
            check_told(error, "No space left")
        assert files_below(disk) == [f"got/{name}" for name in "ab" if name not in failed]
        for path in list((disk / "got").iterdir()):
            path.unlink()
        for name in failed:
            await podtui.transfers.carry(coming(disk, name))
            assert (disk / "got" / name).stat().st_size == 14_000_000
            (disk / "got" / name).unlink()


async def folder(config: Path, disk: Path) -> None:
    """The disk, with the ledger on it, fills up half-way through a folder: no whole file is lost.

    It says where they are; the next try brings the rest.
    """
    async with session(config, disk / "state") as podtui:
        wanted = coming(disk, "set")
        move, moves = Road.move, iter(range(4))

        async def moving(road: Road, *what: Any) -> None:
            if next(moves, None) is None and not (disk / "filler").exists():
                await asyncio.to_thread(fill, disk)
            await move(road, *what)

        Road.move = moving  # type: ignore[method-assign]
        await refused(podtui.transfers.carry(wanted))
        Road.move = move  # type: ignore[method-assign]
        (row,) = podtui.transfers.transfers
        assert f"What is whole is kept in {disk}/got/set.podtui.part" in row.hint
        assert not (disk / "got" / "set").exists()
        free(disk)
        kept = list((disk / "got" / "set.podtui.part").iterdir())
        assert kept
        done = await podtui.transfers.carry(coming(disk, "set"))
        assert done.state.value == "done"
        assert files_below(disk / "got") == [f"set/{number}" for number in range(8)]
        assert not podtui.transfers.transfers[1:]


async def no_row(podtui: Session, job_count: int) -> None:
    assert podtui.staging.jobs == ()
    assert await podtui.journal.all() == ()
    assert len((await podtui.jobs.fetch("pod")).jobs) == job_count


async def journal(config: Path, disk: Path) -> None:
    """The disk of the journal is full before a job is submitted."""
    script = write_script(disk.parent, "noted")
    async with session(config, disk / "state") as podtui:
        fill(disk)
        await podtui.clusters.connect("pod")  # though its token cannot be kept
        await refused(podtui.staging.submit(SubmitRequest("pod", script, hold=True)))
        await no_row(podtui, 0)
        free(disk)
        assert (await podtui.staging.submit(SubmitRequest("pod", script, hold=True))).job_id


async def midway(config: Path, disk: Path) -> None:
    """It fills up after the job was written down as being sent, and is freed a while later."""
    request = staged_request(disk.parent, "midway", os.urandom(1000))
    async with session(config, disk / "state") as podtui:
        await podtui.clusters.connect("pod")
        save = podtui.journal.save

        async def saving(job: StagedJob, *, revive: bool = False) -> bool:
            saved = await save(job, revive=revive)
            if job.phase is StagedPhase.SUBMITTING:
                fill(disk)
            return saved

        podtui.journal.save = saving  # type: ignore[method-assign]
        await refused(podtui.staging.submit(request))
        (row,) = await podtui.journal.all()
        assert row.phase is StagedPhase.SUBMITTING
        podtui.journal.save = save  # type: ignore[method-assign]
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            running = group.create_task(podtui.run())
            await until(podtui.news, lambda: podtui.staging.jobs[0].title == "No space left")
            free(disk)
            ended = await podtui.staging.finish(row.token)
            running.cancel()
        assert ended.succeeded, ended.error
        assert (disk.parent / "out.dat").read_bytes() == (disk.parent / "in.dat").read_bytes()
        assert len((await podtui.jobs.fetch("pod")).jobs) == 1


STORIES: dict[str, Callable[[Path, Path], Awaitable[None]]] = {
    "downloads": downloads,
    "folder": folder,
    "journal": journal,
    "midway": midway,
}

if __name__ == "__main__":

    async def main() -> None:
        async with asyncio.timeout(SECONDS - 10):  # before the test's own: it tells where it stood
            await STORIES[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))

    asyncio.run(main())
