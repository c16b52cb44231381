"""One connection a cluster: shared, restored, bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
import pytest

from podtui.backends.ssh import connection
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.target import SshTarget
from podtui.config.model import SshOptions
from podtui.errors import BadAnswer, Cancelled, ConfigError, LoginRequired, Unreachable
from podtui.paths import Paths

from .conftest import Door, LinkTo, Person, Sshd, serve, shell, wire_to


async def test_twenty_callers_make_one_login_and_one_question(
    link_to: LinkTo, person: Person
) -> None:
    door = Door()
    door.password = "open"
    person.answers = [["open"]]
    async with serve(door) as served:
        link = link_to(port=served.port)
        done = await asyncio.gather(*(link.run(["echo", str(n)], timeout=20) for n in range(20)))
        assert [int(one.stdout) for one in done] == list(range(20))
        assert (door.logins, len(person.asked)) == (1, 1)


async def test_a_declined_login_is_told_to_all_who_waited_and_asked_once(
    link_to: LinkTo, person: Person
) -> None:
    door = Door()
    door.password = "open"
    person.answers = [Cancelled("No, thank you.")]
    async with serve(door) as served:
        link = link_to(port=served.port)
        told = await asyncio.gather(*(link.connect() for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in told] == [Cancelled] * 5
        assert len(person.asked) == 1


async def test_the_next_caller_after_a_cut_gets_a_new_connection(
    link_to: LinkTo, client_key: asyncssh.SSHKey
) -> None:
    door = Door()
    door.keys = (client_key.convert_to_public(),)
    started = asyncio.Event()

    async def process(process: asyncssh.SSHServerProcess[bytes]) -> None:
        if process.command == "hang":
            started.set()
        else:
            await shell(process)

    async with serve(door, process_factory=process) as served, wire_to(served.port) as wire:
        link = link_to(port=wire.port)
        waiting = asyncio.create_task(link.run(["hang"], timeout=60))
        await started.wait()
        wire.cut()
        with pytest.raises(Unreachable):
            await waiting
        assert (await link.run(["echo", "again"], timeout=20)).stdout == b"again\n"
        assert door.logins == 2


async def test_a_command_gets_its_words_its_input_and_its_exit_code(
    link_to: LinkTo, sshd: Sshd
) -> None:
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    words = ["a b", "it's", "$HOME", "*", "", "\udcff"]
    done = await link.run(["printf", "%s|", *words], timeout=20)
    assert done.stdout == b"a b|it's|$HOME|*||\xff|"
    big = bytes(range(256)) * 10_000
    done = await link.run(["sh", "-c", "cat; echo no >&2; exit 7"], input=big, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (7, big, b"no\n")
    done = await link.run(["sh", "-c", "kill -9 $$"], timeout=20)
    assert done.returncode != 0


async def test_a_command_that_takes_too_long_is_given_up_and_the_link_stays(
    link_to: LinkTo, sshd: Sshd
) -> None:
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    with pytest.raises(Unreachable, match=r"did not finish sleep within 0\.2 s"):
        await link.run(["sleep", "600"], timeout=0.2)
    assert (await link.run(["echo", "here"], timeout=20)).stdout == b"here\n"


async def test_output_without_end_is_refused(
    link_to: LinkTo, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LARGEST_OUTPUT", 1 << 20)
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    with pytest.raises(BadAnswer, match="printed over 1 MiB"):
        await link.run(["yes"], timeout=20)
    assert (await link.run(["true"], timeout=20)).returncode == 0


async def test_more_commands_than_sshd_allows_sessions_take_turns(
    link_to: LinkTo, sshd: Sshd
) -> None:
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    await link.sftp()
    done = await asyncio.gather(*(link.run(["sleep", "0.1"], timeout=20) for _ in range(24)))
    assert {one.returncode for one in done} == {0}


async def test_a_session_sshd_has_not_counted_out_yet_costs_no_command(
    link_to: LinkTo, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podtui.backends.ssh.connection.CHANNELS", 10)  # all that sshd allows
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    done = await asyncio.gather(*(link.run(["true"], timeout=20) for _ in range(50)))
    assert {one.returncode for one in done} == {0}


async def test_nobody_there_is_unreachable(link_to: LinkTo) -> None:
    async with serve(Door()) as served:
        port = served.port
    with pytest.raises(Unreachable):
        await link_to(port=port).connect()


async def test_a_server_that_says_nothing_is_unreachable(
    link_to: LinkTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podtui.backends.ssh.patience.NETWORK_SECONDS", 0.1)
    closed = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closed.wait()
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as mute:
        with pytest.raises(Unreachable, match="did not answer within"):
            await link_to(port=mute.sockets[0].getsockname()[1]).connect()
        closed.set()


async def test_time_stands_still_for_the_network_while_a_person_thinks(
    link_to: LinkTo, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podtui.backends.ssh.patience.NETWORK_SECONDS", 5.0)
    monkeypatch.setattr("podtui.backends.ssh.patience.PERSON_SECONDS", 0.1)
    thinking = asyncio.Event()

    async def never(*about: object) -> list[str]:
        thinking.set()
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(person, "ask", never)
    door = Door()
    door.password = "open"
    async with serve(door) as served:
        with pytest.raises(LoginRequired, match="Nobody answered"):
            await link_to(port=served.port).connect()
    assert thinking.is_set()


async def test_proxy_jump_of_the_ssh_configuration_is_followed(
    link_to: LinkTo, person: Person, client_key: asyncssh.SSHKey
) -> None:
    jump, login = Door(), Door()
    jump.keys = login.keys = (client_key.convert_to_public(),)
    async with serve(jump) as first, serve(login) as second:
        link = link_to("cluster", None, user=None, host_keys="ask")
        (link._paths.ssh / "config").write_text(
            f"Host cluster\n  HostName 127.0.0.1\n  Port {second.port}\n  User ann\n"
            f"  ProxyJump bob@jump\nHost jump\n  HostName 127.0.0.1\n  Port {first.port}\n"
        )
        assert (await link.run(["echo", "inside"], timeout=20)).stdout == b"inside\n"
        assert (jump.begun, login.begun) == (["bob"], ["ann"])
        names = [f"[127.0.0.1]:{served.port}" for served in (first, second)]
        assert [shown[0] for shown in person.shown] == names  # each hop's own key, asked for
        known = (link._paths.ssh / "known_hosts").read_text().splitlines()
        assert [line.split()[0] for line in known] == names
        await link.close()
        assert not link.connected


async def test_a_circle_of_jumps_is_a_mistake_in_the_configuration(link_to: LinkTo) -> None:
    link = link_to("a", None)
    (link._paths.ssh / "config").write_text("Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
    with pytest.raises(ConfigError, match="circle"):
        await link.connect()


async def test_a_login_node_that_moved_is_looked_up_again(
    paths: Paths, person: Person, client_key: asyncssh.SSHKey
) -> None:
    old, new = Door(), Door()
    old.keys = new.keys = (client_key.convert_to_public(),)
    ports: list[int] = []

    async def where() -> SshTarget:
        return SshTarget("pod", "127.0.0.1", ports[-1], "ann", SshOptions(host_keys="accept-new"))

    link = SshLink(where, paths=paths, prompter=person)
    async with serve(old) as first:
        ports.append(first.port)
        await link.connect()
        assert link.host == "127.0.0.1"
    async with serve(new) as second:
        ports.append(second.port)
        while link.connected:  # until our side has noticed the end
            await asyncio.sleep(0)
        await link.connect()
        await link.close()
        await link.close()
    assert (old.logins, new.logins) == (1, 1)


async def test_a_caller_who_leaves_during_the_login_does_not_end_it_for_the_next(
    link_to: LinkTo, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = asyncio.Event()
    answer = person.ask

    async def first_never(*about: Any) -> list[str]:
        if not asking.is_set():
            asking.set()
            await asyncio.Event().wait()
        return await answer(*about)

    monkeypatch.setattr(person, "ask", first_never)
    person.answers = [["open"]]
    door = Door()
    door.password = "open"
    async with serve(door) as served:
        link = link_to(port=served.port)
        leaving = asyncio.create_task(link.connect())
        staying = asyncio.create_task(link.connect())
        await asking.wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        await staying
    assert door.logins == 1
