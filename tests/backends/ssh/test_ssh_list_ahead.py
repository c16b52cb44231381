"""Jobs asked for by what a login node told last time, while it tells it anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.backend import SshBackend
from podtui.backends.ssh.last_probe import LastProbe
from podtui.config.model import SshConfig
from podtui.domain.job import Scope
from podtui.errors import BadAnswer, Unreachable
from podtui.paths import Paths

from .conftest import Person

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOOLS = "tool=squeue /usr/bin/squeue\ntool=sbatch /usr/bin/sbatch\nslurm=slurm 23.02.1\n"


class Node:
    """A login node's shell: what it is asked, and when it answers what it is."""

    def __init__(self, user: str = "ann") -> None:
        self.told: Output | Exception = Output(0, f"user={user}\nzone=+0100\n{TOOLS}".encode())
        self.lists: list[Output | Exception] = []
        self.asked: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def script(
        self, text: str, *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        self.asked.append("what")
        await self.answers.wait()
        return _given(self.told)

    async def run_heard(
        self, argv: Sequence[str], *, timeout: float, hear: Callable[[bytes], None]
    ) -> Output:
        self.asked.append("list")
        return _given(self.lists.pop(0) if self.lists else Output(0, b""))


def _given(told: Output | Exception) -> Output:
    if isinstance(told, Exception):
        raise told
    return told


def backend(paths: Paths, node: Node, *, follows: bool = True) -> SshBackend:
    one = SshBackend(SshConfig(name="c", host="h"), paths, Person(), lambda: NOW)
    one._shell = node  # type: ignore[assignment]
    one.list_follows = follows
    return one


@pytest.fixture
async def known(paths: Paths) -> Paths:
    """The node was here before."""
    first = Node()
    await backend(paths, first).connect()
    assert first.asked == ["what"]
    return paths


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def _list_asked(node: Node) -> None:
    await _until(lambda: "list" in node.asked)


async def test_jobs_are_asked_for_before_the_node_has_told_what_it_is(known: Paths) -> None:
    node = Node()
    node.answers.clear()
    one = backend(known, node)
    connecting = asyncio.create_task(one.connect())
    await _list_asked(node)
    assert one.site is None
    node.answers.set()
    await connecting
    assert one.site is not None
    await one.jobs.list_jobs(Scope())
    assert node.asked == ["what", "list"]
    await one.jobs.list_jobs(Scope())
    assert node.asked == ["what", "list", "list"]
    await one.close()


async def test_a_mistaken_memory_is_dropped_and_mends_itself(known: Paths) -> None:
    for number, asked in enumerate((["what", "list", "list"], ["what", "list"])):
        node = Node("bob")
        node.answers.clear()
        one = backend(known, node)
        connecting = asyncio.create_task(one.connect())
        await _list_asked(node)
        node.answers.set()
        await connecting
        assert one.site is not None
        assert one.site.user == "bob"
        await one.jobs.list_jobs(Scope())
        assert node.asked == asked, number


async def test_a_list_that_fails_ahead_is_asked_for_again_and_then_tells_why(known: Paths) -> None:
    node = Node()
    node.lists = [Unreachable("gone"), Unreachable("gone for good")]
    one = backend(known, node)
    await one.connect()
    with pytest.raises(Unreachable, match="gone for good"):
        await one.jobs.list_jobs(Scope())


async def test_other_peoples_jobs_are_asked_for_anew(known: Paths) -> None:
    node = Node()
    one = backend(known, node)
    await one.connect()
    node.asked.clear()
    await one.jobs.list_jobs(Scope(everybody=True))
    await one.jobs.list_jobs(Scope())
    assert node.asked == ["list", "list"]


async def test_nothing_is_asked_ahead_where_no_list_follows_or_nothing_is_known(
    known: Paths, tmp_path: Path
) -> None:
    node = Node()
    await backend(known, node, follows=False).connect()
    kept = LastProbe(known.state, "c")
    kept.keep(Output(0, b"no answer of a login node"))
    await backend(known, node).connect()
    assert node.asked == ["what", "what"]
    assert LastProbe(tmp_path / "none", "c/../d").load() is None


async def test_a_node_that_does_not_tell_what_it_is_ends_what_was_asked_ahead(known: Paths) -> None:
    node = Node()
    node.told = BadAnswer("no")
    others = asyncio.all_tasks()
    with pytest.raises(BadAnswer):
        await backend(known, node).connect()
    assert asyncio.all_tasks() == others
