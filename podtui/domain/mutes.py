"""Jobs whose ends nobody wants to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from podtui.domain.job import JobKey
from podtui.domain.job_fold import array_id
from podtui.domain.job_table import JobRow

MOST = 1000
"""Mutes that are kept: the latest."""


@dataclass(frozen=True, slots=True)
class Mutes:
    """Names of muted jobs, the oldest first; a muted array mutes each of its tasks.

    A staged job is known by its token too: it may be muted before it has an id.
    """

    names: Mapping[str, None] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, row: JobRow) -> bool:
        """Whether the end of the job in `row` is not told."""
        if not self.names:
            return False
        return any(name in self.names for name in names_of(row))

    def with_all(self, rows: Iterable[JobRow]) -> Mutes:
        """These, and the jobs of `rows`."""
        wanted = dict.fromkeys(name for row in rows for name in _own_names(row))
        kept = [name for name in self.names if name not in wanted]
        return mutes([*kept, *wanted])

    def without(self, rows: Iterable[JobRow]) -> Mutes:
        """These but for the jobs of `rows`, and the arrays these are tasks of."""
        dropped = {name for row in rows for name in names_of(row)}
        return mutes(name for name in self.names if name not in dropped)


def mutes(names: Iterable[str]) -> Mutes:
    """The latest of some names as mutes."""
    return Mutes(MappingProxyType(dict.fromkeys([*names][-MOST:])))


def names_of(row: JobRow) -> tuple[str, ...]:
    """All names under which the job of a row may be muted."""
    key = row.job.key
    array = array_id(key.id)
    above = (_name(JobKey(key.cluster, array)),) if array else ()
    return (*_own_names(row), *above)


def _own_names(row: JobRow) -> tuple[str, ...]:
    staged = row.staged
    token = (f"/{staged.token}",) if staged else ()
    return token if staged and staged.key is None else (_name(row.job.key), *token)


def _name(key: JobKey) -> str:
    return f"{key.cluster}/{key.id}"
