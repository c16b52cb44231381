"""What a service runs beside jobs: listed, described, run; and when a person is asked first."""

from __future__ import annotations

from collections.abc import Mapping

from podtui.domain.operation import Operation, OperationResult
from podtui.errors import InputError
from podtui.services.clusters import ClusterService

INPUT = "input"
"""The name under which an operation's input stands among its values."""


class OperationService:
    """The operations of the clusters that offer them."""

    def __init__(self, clusters: ClusterService) -> None:
        self._clusters = clusters

    async def all(self, cluster: str) -> tuple[Operation, ...]:
        """All operations, by group and name; NotOffered with the reason where there are none."""
        async with self._clusters.call(cluster) as backend:
            found = await backend.operations.operations()
        return tuple(sorted(found, key=lambda one: (one.group, one.name)))

    async def describe(self, cluster: str, operation: Operation) -> Operation:
        """One with its help and its options."""
        async with self._clusters.call(cluster) as backend:
            return await backend.operations.describe(operation)

    async def run(
        self, cluster: str, operation: Operation, values: Mapping[str, str]
    ) -> OperationResult:
        """Run one that was described; OutcomeUnknown when the answer is lost."""
        async with self._clusters.call(cluster) as backend:
            return await backend.operations.run(operation, values)


def named(title: str) -> Operation:
    """The operation `GROUP/NAME`, to be described."""
    group, _, name = title.partition("/")
    if not group or not name:
        raise InputError(f"{title!r} is no operation.", hint="Write GROUP/NAME.")
    return Operation(group, name)


def asks_first(operation: Operation, values: Mapping[str, str]) -> bool:
    """Whether a person must agree: it changes something, or a value holds a command of its own.

    A shell there reads the values: what stands between backticks is run.
    """
    return operation.changes or any("`" in value for value in values.values())
