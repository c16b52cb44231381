"""How a job waited for goes: one line a phase, and the end when nobody can log in any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Never

from podtui.cli.output import one_line
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobKey
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.errors import LoginRequired

if TYPE_CHECKING:
    from podtui.services.session import Session

_LOOK_EVERY = 1.0  # seconds between looks into the journal: another podtui may drive the job

_TO_AND_FRO = (StagedPhase.NEW, StagedPhase.SUBMITTING, StagedPhase.UNKNOWN)


async def follow_phases(
    session: Session, tokens: Collection[str], keys: Collection[JobKey], say: Callable[[str], None]
) -> Never:
    """Tell each phase and trouble once, until cancelled."""
    teller = _Teller(session, frozenset(tokens), frozenset(keys), say)
    while True:
        seen = session.news.count
        await session.staging.load()
        teller.tell()
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


@dataclass(slots=True)
class _Teller:
    """What has been told, so that nothing is told twice.

    `trouble` holds what is told once only: while a cluster does not answer, a job goes to and fro
    between trying and waiting. `released` keeps when the cluster had answered last as a job began
    to be watched: that answer is from before its release.
    """

    session: Session
    tokens: frozenset[str]
    keys: frozenset[JobKey]
    say: Callable[[str], None]
    told: dict[str, str] = field(default_factory=dict)
    trouble: set[tuple[str, str]] = field(default_factory=set)
    released: dict[str, datetime | None] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell what is new."""
        for job in self.session.staging.jobs:
            if job.token in self.tokens:
                once = bool(job.error) or job.phase in _TO_AND_FRO
                self._line(job.job_id or f"({job.token})", self._phase(job), once=once)
        for answer in self.session.jobs.latest:
            for listed in answer.jobs:
                if listed.key in self.keys:
                    self._line(listed.id, listed.state.value)
            if answer.stale:
                trouble = f"{one_line(answer.title)}: {one_line(answer.error)}"
                self._line(answer.cluster, f"{trouble} (asked again)")
            elif answer.cluster in self.told:
                self._line(answer.cluster, "answers again")

    def _line(self, name: str, text: str, *, once: bool = False) -> None:
        if self.told.get(name) == text or (once and (name, text) in self.trouble):
            return
        if once:
            self.trouble.add((name, text))
        self.told[name] = text
        self.say(f"{one_line(name)}: {text}")

    def _phase(self, job: StagedJob) -> str:
        phase: str = job.phase.value
        if job.error and not job.phase.ended:
            return f"{phase}: {one_line(job.title)}: {one_line(job.error)} (tried again)"
        if job.phase is StagedPhase.WATCHING:
            return self._state(job) or self.told.get(job.job_id, phase)
        return phase

    def _state(self, job: StagedJob) -> str:
        """How the job is by an answer given since it is watched; empty until there is one."""
        for answer in self.session.jobs.latest:
            if answer.cluster == job.cluster:
                before = self.released.setdefault(job.token, answer.answered)
                listed = answer.jobs if answer.answered != before else ()
                states = [one.state for one in listed if one.key == job.key]
                return states[0].value if states else ""
        return ""
