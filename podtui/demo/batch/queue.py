"""A queue and its limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """What a node of this queue offers, and the most a job may ask of the queue.

    `memory_gb` is per node; `max_walltime` is in seconds; None means no limit.
    """

    name: str
    cores_per_node: int
    memory_gb: int
    max_walltime: int | None = None
    max_cores: int | None = None
