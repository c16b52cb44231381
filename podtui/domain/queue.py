"""Queues (partitions) and the machines behind them, as a scheduler tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue; cores in all, None where the scheduler does not tell. `state` is its own word."""

    name: str
    open: bool
    state: str = ""
    cores: int | None = None
    cores_free: int | None = None
    running: int | None = None
    waiting: int | None = None
    max_walltime: timedelta | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class ComputeNode:
    """One machine jobs run on; memory in MB. `usable` is False when it takes no jobs now."""

    name: str
    usable: bool
    state: str = ""
    cores: int | None = None
    cores_free: int | None = None
    memory: int | None = None
    memory_free: int | None = None
    queues: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
