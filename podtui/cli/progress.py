"""Transfers as moving bars on a terminal, as a line a second elsewhere, as events for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Never

import humanize

from podtui.cli.output import Output
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from podtui.services.file_session import FileSession

_ARROWS = {Direction.UPLOAD: "↑", Direction.DOWNLOAD: "↓", Direction.COPY: "⇄"}
_LONGEST = 40  # columns for a name
_SECONDS = 1.0  # between two lines


@asynccontextmanager
async def transfer_bars(session: FileSession, out: Output) -> AsyncIterator[None]:
    """Show the session's transfers on standard error while the block lasts."""
    async with AsyncExitStack() as stack:
        if out.as_json or not out.stderr.isatty():
            telling = _tell(session, out)
        else:
            bars = _bars(out)
            stack.enter_context(bars)
            stack.enter_context(out.moving(lambda text: _say(bars, text), lambda: _stopped(bars)))
            telling = _follow(session, bars)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        shown = group.create_task(telling)
        try:
            yield
        finally:
            shown.cancel()


async def _tell(session: FileSession, out: Output) -> Never:
    """A line a second on standard error for what is under way: a JSON object with --json."""
    while True:
        await asyncio.sleep(_SECONDS)
        for transfer in session.transfers.transfers:
            if transfer.state is TransferState.RUNNING:
                out.note(json.dumps(_event(transfer)) if out.as_json else _sentence(transfer))


def _event(transfer: Transfer) -> dict[str, object]:
    return {
        "event": "progress",
        "id": transfer.id,
        "source": transfer.source,
        "target": transfer.target,
        "current": transfer.current,
        "bytes": transfer.bytes_done,
        "bytes_total": transfer.bytes_total,
        "files": transfer.files_done,
        "files_total": transfer.files_total,
        "bytes_a_second": round(transfer.rate),
        "seconds_left": transfer.seconds_left and round(transfer.seconds_left, 1),
        "note": transfer.note,
    }


def _sentence(transfer: Transfer) -> str:
    if transfer.note:
        return f"{_name(transfer)}: {visible(transfer.note)}"
    done, total, rate = (
        humanize.naturalsize(size, binary=True)
        for size in (transfer.bytes_done, transfer.bytes_total, transfer.rate)
    )
    left = transfer.seconds_left
    end = f", {humanize.naturaldelta(left)} left" if left is not None else ""
    return f"{_name(transfer)} {_word(transfer)} {done} of {total}, {rate}/s{end}"


def _say(bars: Progress, text: str) -> None:
    bars.console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _stopped(bars: Progress) -> Iterator[None]:
    bars.stop()
    try:
        yield
    finally:
        bars.start()


def _bars(out: Output) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=out.stderr),
    )


async def _follow(session: FileSession, bars: Progress) -> Never:
    rows: dict[str, TaskID] = {}
    while True:
        seen = session.transfers.news.count
        for transfer in session.transfers.transfers:
            _show(transfer, bars, rows)
        await session.transfers.news.after(seen)


def _show(transfer: Transfer, bars: Progress, rows: dict[str, TaskID]) -> None:
    if transfer.state is TransferState.QUEUED:
        return
    if transfer.id not in rows:
        rows[transfer.id] = bars.add_task(_name(transfer), total=None)
    bars.update(
        rows[transfer.id],
        completed=transfer.bytes_done,
        total=transfer.bytes_total or None,
        description=f"{_name(transfer)} {_word(transfer)}",
    )


def _name(transfer: Transfer) -> str:
    name = transfer.source.rstrip("/").rpartition("/")[2]
    return f"{_ARROWS[transfer.direction]} {visible(name, _LONGEST)}"


def _word(transfer: Transfer) -> str:
    if transfer.state.ended:
        return transfer.state.value
    if transfer.files_total > 1:
        return f"{transfer.files_done}/{transfer.files_total} files"
    return ""
