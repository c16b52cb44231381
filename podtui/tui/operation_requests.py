"""What the screens of operations ask of the app: messages that bubble up to it.

An answer is a call back into the screen that asked; one that is gone by then ignores it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from podtui.domain.operation import Operation, OperationResult
from podtui.errors import PodError


@dataclass
class OperationsRequested(Message):
    """Show what a cluster's service runs beside jobs."""

    cluster: str


@dataclass
class OperationListRequested(Message):
    """All operations of a cluster."""

    cluster: str
    answer: Callable[[tuple[Operation, ...] | PodError], None]


@dataclass
class OperationFactsRequested(Message):
    """One operation with its help and options."""

    cluster: str
    operation: Operation
    answer: Callable[[Operation | PodError], None]


@dataclass
class OperationRunRequested(Message):
    """Run one, after asking where it may change something; None answers that it was not run.

    What it did is told by a notice when `asker` is gone by then.
    """

    asker: Widget
    cluster: str
    operation: Operation
    values: Mapping[str, str]
    answer: Callable[[OperationResult | PodError | None], None]
