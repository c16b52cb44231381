"""Transfers of one command: all are tried, the first failure is the command's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Answer, Call
from podtui.cli.facts import transfer_facts
from podtui.cli.output import one_line
from podtui.cli.progress import transfer_bars
from podtui.domain.staging import StagePair
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.errors import PodError

if TYPE_CHECKING:
    from podtui.services.session import Session

_PATIENCE = 300.0  # seconds a command waits for a link that was cut under way


def to_carry(
    session: Session, cluster: str, direction: Direction, pairs: Sequence[StagePair]
) -> list[Transfer]:
    """One transfer a pair."""
    return [session.transfers.add(cluster, direction, p.local, p.remote) for p in pairs]


async def carry_all(call: Call, session: Session, transfers: Sequence[Transfer]) -> Answer:
    """Carry transfers out, a few at once; one that fails does not keep the others from it."""
    failures: list[PodError] = []

    async def carry(transfer: Transfer) -> None:
        try:
            await session.transfers.persist(transfer, _PATIENCE)
        except PodError as error:
            failures.append(error)

    call.out.if_interrupted = "What was not whole has no final name: start it again."
    async with transfer_bars(session, call.out), asyncio.TaskGroup() as group:
        for transfer in transfers:
            group.create_task(carry(transfer))
    for error in failures[1:]:
        call.out.note(f"podtui: {one_line(error.title)}: {one_line(error.message)}")
    wanted = {transfer.id for transfer in transfers}
    ended = [transfer for transfer in session.transfers.transfers if transfer.id in wanted]
    return Answer(
        {"transfers": [transfer_facts(transfer) for transfer in ended]},
        tuple(_line(one) for one in ended if one.state is TransferState.DONE),
        failures[0] if failures else None,
    )


def _line(transfer: Transfer) -> str:
    ends = [visible(transfer.source), visible(transfer.target)]
    files = f"{transfer.files_done} file{'s' * (transfer.files_done != 1)}"
    size = humanize.naturalsize(transfer.bytes_done, binary=True)
    return f"{ends[0]} → {ends[1]}  ({files}, {size}, verified)"
