"""How a job waited for goes: one line a phase, and the end when nobody can log in any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Never

from podtui.cli.output import one_line
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobKey
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import LoginRequired

if TYPE_CHECKING:
    from podtui.services.session import Session

_LOOK_EVERY = 1.0  # seconds between looks into the journal: another podtui may drive the job


async def follow_phases(
    session: Session, tokens: Collection[str], keys: Collection[JobKey], say: Callable[[str], None]
) -> Never:
    """Tell each phase and trouble once, until cancelled."""
    told: dict[str, str] = {}
    while True:
        seen = session.news.count
        await session.staging.load()
        for name, line in _lines(session, tokens, keys):
            if told.get(name) != line:
                told[name] = line
                say(f"{one_line(name)}: {line}")
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await session.news.after(seen)
        except TimeoutError:
            pass


async def follow_link(session: Session, clusters: Collection[str]) -> Never:
    """Raise LoginRequired when a cluster wants a new login: here nobody can give it one."""
    while True:
        seen = session.news.count
        for name in clusters:
            status = session.clusters.status(name)
            if status.link is LinkState.LOGIN:
                raise LoginRequired(status.error, title=status.title, hint=status.hint)
        await session.news.after(seen)


def _lines(
    session: Session, tokens: Collection[str], keys: Collection[JobKey]
) -> list[tuple[str, str]]:
    states = {job.key: job.state.value for one in session.jobs.latest for job in one.jobs}
    lines = []
    for job in session.staging.jobs:
        if job.token in tokens:
            lines.append((job.job_id or f"({job.token})", _phase(job, states)))
    lines += [(key.id, states[key]) for key in keys if key in states]
    for answer in session.jobs.latest:
        if answer.stale:
            trouble = f"{one_line(answer.title)}: {one_line(answer.error)} (asked again)"
            lines.append((answer.cluster, trouble))
        elif answer.answered:
            lines.append((answer.cluster, "answers"))
    return lines


def _phase(job: StagedJob, states: dict[JobKey, str]) -> str:
    if job.phase is StagedPhase.WATCHING and job.key in states:
        return states[job.key]
    if job.error and not job.phase.ended:
        return f"{job.phase.value}: {one_line(job.title)}: {one_line(job.error)} (tried again)"
    return job.phase.value
