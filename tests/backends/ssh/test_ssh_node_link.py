"""A login node beside a service: its questions are for a person, and stop nothing else."""

from __future__ import annotations

import pytest

from podtui.backends.ssh.node_link import NodeLink
from podtui.backends.ssh.target import SshTarget
from podtui.backends.unattended import AttendedPrompter, unattended
from podtui.config.model import SshOptions
from podtui.errors import NodeAsks, NodeRefused, PersonNeeded
from podtui.paths import Paths

from .conftest import Door, Person, serve


def node(port: int, paths: Paths, person: Person) -> NodeLink:
    target = SshTarget("pod", "127.0.0.1", port, "ann", SshOptions(host_keys="accept-new"))
    return NodeLink(target, paths=paths, prompter=AttendedPrompter(person))


async def test_work_that_goes_on_by_itself_knocks_once_and_goes_on_after_the_login(
    paths: Paths, person: Person
) -> None:
    door = Door()
    door.password = "open"
    async with serve(door) as served:
        link = node(served.port, paths, person)
        for _ in range(3):
            with unattended(), pytest.raises(PersonNeeded) as caught:
                await link.run(["true"], timeout=20)
            assert isinstance(caught.value, NodeRefused)  # the service beside it stands
            assert caught.value.title == PersonNeeded.title
            assert caught.value.hint == NodeAsks.hint
        assert (len(door.begun), person.asked) == (1, [])
        person.answers = [["open"]]
        assert (await link.run(["echo", "1"], timeout=20)).stdout == b"1\n"
        with unattended():
            assert (await link.run(["echo", "2"], timeout=20)).stdout == b"2\n"
        assert len(person.asked) == 1
        await link.close()


async def test_a_refusal_is_a_refusal_whoever_asks(paths: Paths, person: Person) -> None:
    async with serve(Door()) as served:
        link = node(served.port, paths, person)
        with unattended(), pytest.raises(NodeRefused) as caught:
            await link.run(["true"], timeout=20)
        assert not isinstance(caught.value, PersonNeeded)
        await link.close()
