"""Transfers of one command: all are tried, the first failure is the command's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Answer, Call
from podtui.cli.conflict_asker import conflict_asker
from podtui.cli.facts import transfer_facts
from podtui.cli.output import one_line
from podtui.cli.progress import transfer_bars
from podtui.domain.staging import StagePair
from podtui.domain.text import parse_size, visible
from podtui.domain.transfer import (
    PLAIN,
    Conflict,
    Direction,
    Links,
    Rules,
    Transfer,
    TransferState,
    Transport,
)
from podtui.errors import InputError, NotOffered, PodError

if TYPE_CHECKING:
    from podtui.services.file_session import FileSession

_PATIENCE = 300.0  # seconds a command waits for a link that was cut under way


def to_carry(
    session: FileSession,
    cluster: str,
    direction: Direction,
    pairs: Sequence[StagePair],
    rules: Rules = PLAIN,
) -> list[Transfer]:
    """One transfer a pair."""
    add = session.transfers.add
    return [add(cluster, direction, p.local, p.remote, rules=rules) for p in pairs]


def rules_of(call: Call) -> Rules:
    """What the options of a transfer say."""
    args = call.args
    return Rules(
        Conflict(getattr(args, "conflict", Conflict.OVERWRITE.value)),
        Links(args.links),
        Transport(args.transport),
        not args.no_times,
    )


def between(call: Call, session: FileSession, rules: Rules, *, exact: bool = False) -> Transfer:
    """The transfer between the two ends named on the command line."""
    source, target = _end(call, call.args.source), _end(call, call.args.target)
    if source.cluster and target.cluster:
        direction, cluster = Direction.COPY, source.cluster
        local, remote, other = target.path, source.path, target.cluster
    elif source.cluster:
        direction, cluster = Direction.DOWNLOAD, source.cluster
        local, remote, other = target.path, source.path, ""
    elif target.cluster:
        direction, cluster = Direction.UPLOAD, target.cluster
        local, remote, other = source.path, target.path, ""
    else:
        raise InputError(
            "Both ends are on this machine.",
            hint="Write CLUSTER:PATH for a path on a cluster, such as pod:~/data.",
        )
    return session.transfers.add(
        cluster, direction, local, remote, other=other, exact=exact, rules=rules
    )


@dataclass(frozen=True, slots=True)
class _End:
    cluster: str
    path: str


def _end(call: Call, text: str) -> _End:
    """`CLUSTER:PATH` where the configuration has that cluster; else a path of this machine."""
    name, colon, path = text.partition(":")
    if colon and name in {cluster.name for cluster in call.config.clusters}:
        return _End(name, path or "~")
    return _End("", text)


async def move_all(call: Call, session: FileSession, transfers: Sequence[Transfer]) -> Answer:
    """Carry transfers out as the options say; with --dry-run tell what would be done."""
    if call.args.limit_rate:
        await _limit(call, session, transfers)
    if call.args.dry_run:
        return await _foretell(session, transfers)
    session.transfers.ask = conflict_asker(call.out)
    return await carry_all(call, session, transfers)


async def _limit(call: Call, session: FileSession, transfers: Sequence[Transfer]) -> None:
    rate = parse_size(call.args.limit_rate)
    for name in {name for one in transfers for name in (one.cluster, one.other) if name}:
        if not await session.transfers.limit_rate(name, rate):
            raise NotOffered(f"The service of {name} cannot be slowed down.")


async def _foretell(session: FileSession, transfers: Sequence[Transfer]) -> Answer:
    steps: list[dict[str, object]] = []
    lines: list[str] = []
    total = 0
    for transfer in transfers:
        async with aclosing(session.transfers.foretell(transfer)) as items:
            async for item, place in items:
                source = item.below(transfer.source)
                steps.append({"source": source, "target": place, "bytes": item.size})
                if place is None:
                    lines.append(f"leave  {visible(source)}  ({item.left_out or 'there already'})")
                else:
                    total += item.size
                    size = humanize.naturalsize(item.size, binary=True)
                    lines.append(f"send   {visible(source)} → {visible(place)}  ({size})")
    sent = sum(step["target"] is not None for step in steps)
    lines.append(f"{sent} of {len(steps)} files, {humanize.naturalsize(total, binary=True)}")
    return Answer({"steps": steps}, tuple(lines))


async def carry_all(call: Call, session: FileSession, transfers: Sequence[Transfer]) -> Answer:
    """Carry transfers out, a few at once; one that fails does not keep the others from it."""
    failures: list[PodError] = []

    async def carry(transfer: Transfer) -> None:
        try:
            await session.transfers.persist(transfer, _PATIENCE)
        except PodError as error:
            failures.append(error)

    call.out.if_interrupted = (
        "What had come is kept beside its place as NAME.podtui.part: the same command goes on "
        "with it, and who does not want it may remove it."
    )
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
    left = f", {transfer.skipped} left as they were" if transfer.skipped else ""
    note = f"; {visible(transfer.note)}" if transfer.note else ""
    return f"{ends[0]} → {ends[1]}  ({files}, {size}, verified{left}{note})"
