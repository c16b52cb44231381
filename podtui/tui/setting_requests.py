"""What the screens that change podtui itself ask of the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from podtui.domain.cluster import ClusterStatus
from podtui.errors import PodError


@dataclass
class ClusterTrialRequested(Message):
    """Log in to a cluster that is not configured yet; how it stands, or why it cannot be used."""

    name: str
    keys: dict[str, str]
    answer: Callable[[ClusterStatus | PodError], None]


@dataclass
class ClusterKeepingRequested(Message):
    """Write a cluster into the configuration and use it; None, or why it cannot be."""

    name: str
    keys: dict[str, str]
    answer: Callable[[PodError | None], None]
