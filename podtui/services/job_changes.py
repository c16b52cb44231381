"""One change to one job or to many: a few at once on each cluster, an outcome for each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from podtui.domain.job_changes import Ending, JobChange, Outcome, Target
from podtui.domain.staging import StagedPhase
from podtui.errors import LoginRequired, OutcomeUnknown, PodError, Unreachable
from podtui.services.jobs import JobService
from podtui.services.staging import StagingService

_AT_ONCE = 4  # calls at the same time to one cluster: sshd allows ten sessions a connection


class JobChangeService:
    """Changes jobs, and what is staged with them."""

    def __init__(self, jobs: JobService, staging: StagingService) -> None:
        self._jobs = jobs
        self._staging = staging

    async def change(self, change: JobChange, target: Target) -> None:
        """Do it to one; the cluster is asked anew by whoever called."""
        key, staged = target.key, target.row.staged
        if change is JobChange.CANCEL:
            await self._jobs.cancel(key, look=False)
            await self._staging.cancelled(*key)
        elif change is JobChange.HOLD:
            await self._jobs.hold(key, look=False)
        elif change is JobChange.RELEASE:
            await self._jobs.release(key, look=False)
        elif change is JobChange.REQUEUE:
            await self._jobs.requeue(key, look=False)
        elif staged is None:
            raise AssertionError("only a staged job is retried or forgotten")
        elif change is JobChange.RETRY:
            await self._staging.retry(staged.token)
        elif staged.phase is StagedPhase.NEW:
            await self._staging.drop_unsent(staged.token)
        else:
            await self._staging.forget(staged.token)

    async def change_all(
        self,
        change: JobChange,
        targets: Sequence[Target],
        told: Callable[[Outcome], None],
        going: Callable[[], bool] = lambda: True,
    ) -> None:
        """Do it to all of them, telling each outcome; when no longer `going`, begin no further one.

        A cluster that does not answer, or wants a login, is not tried for the rest of its jobs.
        """
        waiting: dict[str, deque[Target]] = {}
        for target in targets:
            waiting.setdefault(target.key.cluster, deque()).append(target)
        try:
            async with asyncio.TaskGroup() as group:
                for queue in waiting.values():
                    for _ in range(min(_AT_ONCE, len(queue))):
                        group.create_task(self._work_off(change, queue, told, going))
        finally:
            for cluster in waiting:
                self._jobs.refresh(cluster)

    async def _work_off(
        self,
        change: JobChange,
        queue: deque[Target],
        told: Callable[[Outcome], None],
        going: Callable[[], bool],
    ) -> None:
        while queue and going():
            target = queue.popleft()
            try:
                await self.change(change, target)
            except PodError as error:
                lost = isinstance(error, OutcomeUnknown)
                ending = Ending.UNKNOWN if lost else Ending.FAILED
                told(Outcome(target, ending, error.message, error.hint))
                if isinstance(error, Unreachable | LoginRequired):
                    while queue:
                        told(Outcome(queue.popleft(), Ending.NOT_TRIED, error.message, error.hint))
            else:
                told(Outcome(target, Ending.DONE))
