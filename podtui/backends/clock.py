"""The clock, handed to whoever needs the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the time, aware and UTC."""


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)
