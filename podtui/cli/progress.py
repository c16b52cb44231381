"""Transfers as moving bars on a terminal; in a pipe there is nothing to move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Never

from podtui.cli.output import Output
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from podtui.services.session import Session

_ARROWS = {Direction.UPLOAD: "↑", Direction.DOWNLOAD: "↓", Direction.COPY: "⇄"}
_LONGEST = 40  # columns for a name


@asynccontextmanager
async def transfer_bars(session: Session, out: Output) -> AsyncIterator[None]:
    """Show the session's transfers on standard error while the block lasts."""
    if not out.stderr.isatty():
        yield
        return
    bars = _bars(out)
    async with AsyncExitStack() as stack:
        stack.enter_context(bars)
        stack.enter_context(out.moving(lambda text: _say(bars, text), lambda: _stopped(bars)))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        shown = group.create_task(_follow(session, bars))
        try:
            yield
        finally:
            shown.cancel()


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


async def _follow(session: Session, bars: Progress) -> Never:
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
