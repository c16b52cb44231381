"""`podtui clusters`: every configured cluster and how we stand with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import cluster_facts
from podtui.cli.list_cost import told_cost
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.domain.cluster import Facet
from podtui.errors import PodError

if TYPE_CHECKING:
    from podtui.domain.cluster import ClusterStatus
    from podtui.services.session import Session

_HEAD = ("Cluster", "Kind", "Link", "User", "Controller", "Offers")


async def list_clusters(call: Call, session: Session) -> Answer:
    """Connect to all clusters at once, or to the one that is named."""
    if call.args.cluster:
        statuses = [await session.clusters.connect(call.cluster)]
    else:
        statuses = await _ask_all(session)
    polls = await _polls(session, statuses) if call.args.verbose else {}
    table = ascii_table(_HEAD, [_row(status) for status in statuses])
    reasons = [
        f"{status.name}: {one_line(status.title)}: {one_line(status.error)}"
        + (f" → {one_line(status.hint)}" if status.hint else "")
        for status in statuses
        if status.error
    ]
    if not statuses:
        table = ("No cluster is configured. `podtui demo` opens one of your own.",)
    facts = [cluster_facts(status) for status in statuses]
    told = [{**one, "polls": polls[one["name"]]} if one["name"] in polls else one for one in facts]
    lines = [f"{name}: polls: {one_line(cost)}" for name, cost in polls.items()]
    return Answer(told, (*table, *reasons, *lines))


async def _polls(session: Session, statuses: list[ClusterStatus]) -> dict[str, str]:
    """By cluster what a poll costs, or why it does not work; all are asked at once."""

    async def ask(name: str) -> str:
        try:
            return await told_cost(session, name)
        except PodError as error:
            return f"{error.title}: {error.message}"

    asked = [one.name for one in statuses if one.offer(Facet.JOBS).offered]
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(ask(name)) for name in asked}
    return {name: task.result() for name, task in tasks.items()}


async def _ask_all(session: Session) -> list[ClusterStatus]:
    async def ask(name: str) -> None:
        with suppress(PodError):  # kept in the cluster's status
            await session.clusters.connect(name)

    async with asyncio.TaskGroup() as group:
        for name in session.clusters.names:
            group.create_task(ask(name))
    return list(session.clusters.statuses())


def _row(status: ClusterStatus) -> tuple[str, ...]:
    offered = ", ".join(offer.facet.value for offer in status.offers if offer.offered)
    controller = status.controller.name if status.controller else ""
    return (status.name, status.kind, status.link.value, status.user, controller, offered)
