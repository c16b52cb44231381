"""A login that begins before anybody asks for it."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from podtui.errors import Cancelled

from .conftest import Door, LinkTo, Person, serve


async def test_who_asks_first_is_given_the_login_that_began_and_its_file_service(
    link_to: LinkTo, door: Door
) -> None:
    started = 0

    def sftp(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        nonlocal started
        started += 1
        return asyncssh.SFTPServer(channel)

    async with serve(door, sftp_factory=sftp) as served:
        link = link_to(port=served.port)
        link.begin(files=True)
        await link.sftp_asked()  # nobody else asks for it
        done, client = await asyncio.gather(link.run(["echo", "1"], timeout=20), link.sftp())
        assert (done.stdout, await client.isdir(b"/")) == (b"1\n", True)
        assert (door.logins, started) == (1, 1)


async def test_a_login_that_failed_before_anybody_asked_is_told_to_the_first_who_asks(
    link_to: LinkTo, person: Person
) -> None:
    door = Door()
    door.password = "open"
    person.answers = [Cancelled("No, thank you."), ["open"]]
    async with serve(door) as served:
        link = link_to(port=served.port)
        link.begin(files=True)
        await asyncio.wait(link._begun)
        with pytest.raises(Cancelled):
            await link.connect()
        assert len(person.asked) == 1
        await link.connect()  # asks again, as after any other failure
        assert (len(person.asked), door.logins) == (2, 1)


async def test_a_login_nobody_wanted_ends_with_the_link(
    link_to: LinkTo, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def never(*_: object) -> list[str]:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(person, "ask", never)
    door = Door()
    door.password = "open"
    async with serve(door) as served:
        link = link_to(port=served.port)
        link.begin(files=True)
        await asked.wait()
        await link.close()
        assert not link.connected
        assert door.logins == 0
