"""Queues and machines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from podtui.backends.schedulers.base import Output
from podtui.domain.queue import ComputeNode, Queue
from podtui.errors import BadAnswer, Unreachable

from .recorded import ADAPTER, recorded


def _queues(*parts: bytes) -> tuple[Queue, ...]:
    return ADAPTER.parse_queues(Output(0, b"".join(parts)))


def _nodes(data: bytes) -> tuple[ComputeNode, ...]:
    return ADAPTER.parse_nodes(Output(0, data))


def test_a_full_queue_without_a_limit() -> None:
    (queue,) = _queues(recorded("queues-full.xml"), recorded("queue-configuration.txt"))
    assert queue == Queue("all.q", open=True, state="open", cores=4, cores_free=0)


def test_a_queues_time_limit() -> None:
    configuration = recorded("queue-configuration.txt").replace(
        b"h_rt                  INFINITY", b"h_rt                  48:00:00,[node1=1:0:0], \\\n  x"
    )
    (queue,) = _queues(recorded("queues-full.xml"), configuration)
    assert queue.max_walltime == timedelta(days=2)


def test_a_disabled_queue() -> None:
    data = recorded("queues-full.xml").replace(
        b"<manual_intervention>0<", b"<manual_intervention>4<"
    )
    (queue,) = _queues(data)
    assert (queue.open, queue.state) == (False, "4 disabled")


def test_a_machine_that_is_full() -> None:
    (node,) = _nodes(recorded("machines-with-jobs-between.xml"))
    assert node == ComputeNode(
        "localhost",
        usable=True,
        state="up",
        cores=4,
        cores_free=0,
        memory=24064,
        memory_free=22426,
        queues=("all.q",),
        properties=("lx-amd64",),
    )


def test_machines_that_take_no_jobs() -> None:
    data = recorded("machines-with-jobs-between.xml")
    (alarmed,) = _nodes(data.replace(b"'state_string'><", b"'state_string'>au<"))
    assert (alarmed.usable, alarmed.state, alarmed.cores_free) == (False, "all.q: au", 0)
    (silent,) = _nodes(data.replace(b"'load_avg'>1.99<", b"'load_avg'>-<"))
    assert (silent.usable, silent.state) == (False, "does not answer")
    (bare,) = _nodes(recorded("machines-without-queues.xml"))
    assert (bare.usable, bare.cores, bare.queues) == (False, 2, ())


def test_no_answer() -> None:
    away = Output(1, b"", recorded("list-qmaster-away.stderr.txt"))
    for parse in (ADAPTER.parse_queues, ADAPTER.parse_nodes):
        with pytest.raises(Unreachable):
            parse(away)
        with pytest.raises(BadAnswer):
            parse(Output(0, b"welcome to the cluster\n"))
