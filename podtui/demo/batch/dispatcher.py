"""What the engine does between requests: sees jobs end, lets others go, starts what fits."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from podtui.demo.batch import outcome
from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.roster import Roster
from podtui.demo.batch.scheduling import startable, verdict
from podtui.demo.batch.spool import Spool

_KEPT = 7 * 86400  # seconds a finished job stays visible
_POLL = 1.0  # seconds between looks at running jobs when nobody calls
_CLAIM_WAIT = 10.0  # seconds after which a runner that never came is started again


class Dispatcher:
    """Moves the jobs of a roster on; `tools_for` gives the batch tools' folder of an owner."""

    def __init__(
        self, roster: Roster, spool: Spool, slots: int, tools_for: Callable[[Owner], Path]
    ) -> None:
        self._roster = roster
        self._spool = spool
        self._slots = slots
        self._tools_for = tools_for
        self._wake = asyncio.Event()
        self._closing = False
        self._launched: dict[str, float] = {}
        self._dependents_due = True

    def wake(self) -> None:
        """Look again, soon."""
        self._wake.set()

    def submitted(self) -> None:
        """Look at a new job, and at what it may depend on."""
        self._dependents_due = True
        self._wake.set()

    def close(self) -> None:
        """Let `serve` come to its end."""
        self._closing = True
        self._wake.set()

    async def serve(self) -> None:
        """Take up what ran before; then look, start and wait until closed."""
        self._spool.keep_only(self._roster.sequences_in_use())
        next_purge = 0.0
        for job in self._roster.running_jobs():
            if job.state == "E":
                self._spool.ask_to_end(job)
            if not self._spool.is_claimed(job):
                await self._launch(job)
        while not self._closing:
            self._wake.clear()
            now = time.time()
            if now >= next_purge:
                self._spool.forget(self._roster.forget_before(now - _KEPT))
                next_purge = now + 3600
            self._collect()
            self._settle_dependencies()
            await self._start_jobs(now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience(now)):
                    await self._wake.wait()

    def _patience(self, now: float) -> float:
        """Seconds until something may have to be done that nobody announces."""
        if self._roster.running:
            return _POLL
        moments = [job.submission.request.not_before or 0 for job in self._roster.pending_jobs()]
        return max(0.01, min([3600.0, *(moment - now for moment in moments if moment > now)]))

    def _collect(self) -> None:
        """See how running jobs fare, and end those that have ended."""
        changed = []
        for job in self._roster.running_jobs():
            claimed = self._spool.is_claimed(job)  # this order: a claim is locked from its birth
            lives = self._spool.runner_lives(job)
            result = self._spool.result(job)
            if result is not None:
                changed.append(outcome.ended(job, result))
            elif lives and job.session_id is None:
                started = self._spool.started(job)
                if started is not None:
                    changed.append(
                        replace(job, session_id=started["pid"], start_time=started["start"])
                    )
            elif claimed and not lives:
                self._spool.end_orphans(job)
                changed.append(outcome.lost(job))
        self._roster.put(changed)
        self.after_end([job for job in changed if job.state == "C"])

    def after_end(self, ended: Iterable[BatchJob]) -> None:
        """Clear up after jobs that have ended."""
        sequences = set()
        for job in ended:
            self._dependents_due = True
            self._launched.pop(job.id, None)
            self._spool.clear(job)
            sequences.add(job.submission.sequence)
        for sequence in sequences:
            if all(task.state == "C" for task in self._roster.tasks(sequence)):
                self._spool.drop_script(sequence)

    def _settle_dependencies(self) -> None:
        """Let go what waited for an end that came; delete what waits for one that cannot come."""
        while self._dependents_due:
            self._dependents_due = False
            changed = [
                settled
                for job in self._roster.pending_jobs()
                if "s" in job.holds and (settled := self._settled(job)) is not None
            ]
            self._roster.put(changed)
            self.after_end([job for job in changed if job.state == "C"])

    def _settled(self, job: BatchJob) -> BatchJob | None:
        waiting = False
        for kind, ids in job.submission.request.depend:
            for text in ids:
                key = self._roster.find(text)
                answer = "met" if key is None else verdict(kind, self._roster.group(text))
                if answer == "never":
                    return outcome.deletion(
                        job, f"Job deleted: its dependency {kind}:{text} can never be satisfied"
                    )
                waiting = waiting or answer == "waiting"
        return None if waiting else job.with_holds(job.holds.replace("s", ""))

    async def _start_jobs(self, now: float) -> None:
        chosen = [
            replace(
                job,
                state="R",
                nonce=secrets.token_hex(16),
                start_time=now,
                comment=job.comment or time.strftime("Job started on %a %b %d at %H:%M"),
            )
            for job in startable(
                self._roster.pending_jobs(), self._roster.running_jobs(), self._slots, now
            )
        ]
        self._roster.put(chosen)
        late = time.monotonic() - _CLAIM_WAIT
        again = [
            job
            for job in self._roster.running_jobs()
            if self._launched.get(job.id, late + 1) < late and not self._spool.is_claimed(job)
        ]
        async with asyncio.TaskGroup() as group:
            for job in (*chosen, *again):
                group.create_task(self._launch(job))

    async def _launch(self, job: BatchJob) -> None:
        """Start a runner; when the machine has no room for it, a later look tries again."""
        self._launched[job.id] = time.monotonic()
        with contextlib.suppress(OSError):
            await self._spool.launch(job, self._tools_for(job.owner))
