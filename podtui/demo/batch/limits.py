"""Which queue a request goes to, and whether it fits there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from podtui.demo.batch.directives import Dialect
from podtui.demo.batch.queue import Queue
from podtui.demo.batch.rejected import submit_error
from podtui.demo.batch.request import Request

_GIB = 1024**3


def _exceeds(what: str) -> NoReturn:
    raise submit_error(f"Job exceeds queue resource limits MSG=cannot {what}", 188)


def place(request: Request, queues: Sequence[Queue], dialect: Dialect) -> tuple[Request, Queue]:
    """Give the request, as placed, and its queue: the one it names, else the first.

    Raises Rejected in TORQUE's words when the queue is unknown or the request over its limits.
    """
    queue = next((q for q in queues if request.queue in {None, q.name}), None)
    if queue is None:
        raise submit_error("Unknown queue MSG=cannot locate queue", 172)
    asked = dict(request.resources)
    if dialect == "SGE" or ("procs" in asked and "nodes" not in asked):
        request = _spread(request, queue)
    if any(cores > queue.cores_per_node for _, cores in request.chunks):
        _exceeds(
            "locate feasible nodes (nodes file is empty, all systems are busy, "
            "or no nodes have the requested feature)"
        )
    if queue.max_cores is not None and request.cores > queue.max_cores:
        _exceeds("satisfy queue max procct requirement")
    if request.memory is not None and request.memory > queue.memory_gb * _GIB * request.nodes:
        _exceeds("satisfy queue max mem requirement")
    if queue.max_walltime is not None:
        if request.walltime is not None and request.walltime > queue.max_walltime:
            _exceeds("satisfy queue max walltime requirement")
        if request.walltime is None:
            request = replace(request, walltime=queue.max_walltime)
    return request, queue


def _spread(request: Request, queue: Queue) -> Request:
    """Lay slots that may be anywhere over as many nodes as they need."""
    slots = request.cores
    full, rest = divmod(slots, queue.cores_per_node)
    chunks = ((full, queue.cores_per_node),) if full else ()
    return replace(request, chunks=(*chunks, (1, rest)) if rest else chunks)
