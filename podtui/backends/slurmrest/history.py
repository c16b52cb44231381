"""Ended jobs, from Slurm's database through slurmrestd (/slurmdb/)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from podtui.backends.slurmrest.read_jobs import read_history, token_in
from podtui.backends.slurmrest.versions import Feature
from podtui.backends.slurmrest.wire import Wire
from podtui.domain.job import Job
from podtui.errors import BadAnswer, NotFound, NotOffered, Unreachable

LOOK_BACK = timedelta(days=7)
"""How far back a lost submission is looked for."""
_SECONDS = 180.0
_NO_HISTORY = "This slurmrestd has no /slurmdb/: ended jobs are known for minutes only."


class History:
    """What the database tells. `lack` says why it does not, `there` whether it may ever."""

    def __init__(self, cluster: str, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._cluster = cluster
        self._wire = wire
        self._clock = clock
        self.lack = "Not asked yet."
        self.there = True

    async def probe(self) -> str:
        """Why there is no history, "" when there is; asked with the smallest question there is."""
        api = self._wire.api
        small = "ping/" if api is not None and api.has(Feature.HISTORY_PING) else "tres/"
        try:
            await self._wire.read(self._wire.database(small))
        except NotFound:
            self.lack, self.there = _NO_HISTORY, False
        except NotOffered as error:
            self.lack, self.there = error.message, False
        except (Unreachable, BadAnswer) as error:
            self.lack, self.there = error.message, True
        else:
            self.lack, self.there = "", True
        return self.lack

    async def jobs_of(self, number: str) -> tuple[Job, ...]:
        """All records of one job, an array's tasks included; none where there is no history."""
        if not self.there:
            return ()
        reply = await self._rows(f"job/{number}", ())
        return tuple(reply)

    async def find(self, token: str, user: str) -> tuple[str, ...]:
        """The jobs of the last days that carry `token` in their comment."""
        api = self._wire.api
        since = (self._clock() - LOOK_BACK).strftime("%Y-%m-%d")
        query = [("start_time", since), ("skip_steps", "true")]
        if api is not None and api.has(Feature.HISTORY_BY_USER) and user:
            query.append(("users", user))
        found = await self._rows("jobs/", tuple(query), lambda job: token_in(job) == token)
        return tuple(job.id for job in found)

    async def _rows(
        self,
        path: str,
        query: tuple[tuple[str, str], ...],
        keep: Callable[[Job], bool] = lambda _: True,
    ) -> list[Job]:
        kept: list[Job] = []
        read = partial(read_history, self._cluster)

        def take(record: dict[str, Any]) -> bool | None:
            job = read(record)
            if job is not None and keep(job):
                kept.append(job)
            return None if job is None else True

        await self._wire.rows(self._wire.database(path), "jobs", take, query, seconds=_SECONDS)
        return kept
