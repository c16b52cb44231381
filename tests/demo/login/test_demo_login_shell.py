"""Commands and shells over the real ssh, and over asyncssh."""

import asyncio
import hashlib
import random
import shutil

import asyncssh
import pytest

from podtui.demo.login.node import LoginNode

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH here")


async def test_a_command_runs_in_the_home_and_its_status_comes_back(door):
    code, out, err = await door.command(
        "ssh", "pod", 'pwd; echo "$USER $LOGNAME $HOME"; echo oops >&2; exit 7'
    )
    assert code == 7
    assert out.decode() == f"{door.home}\npenguin penguin {door.home}\n"
    assert err == b"oops\n"


async def test_the_environment_is_not_the_pods_own(door, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_POD", "x")
    _, out, _ = await door.command("ssh", "pod", "env")
    assert b"SECRET_OF_THE_POD" not in out


async def test_the_batch_tools_work(door):
    code, out, err = await door.command("ssh", "pod", "qsub -N hi", stdin=b"echo done\n")
    assert (code, out, err) == (0, b"22783.pod\n", b"")
    job = door.engine.job("22783.pod")
    assert job.owner == door.owner
    assert job.attributes()["Job_Owner"] == "penguin@login-29-45.pod.example"
    await door.until(lambda: door.engine.job("22783.pod").state == "C")
    _, out, _ = await door.command("ssh", "pod", "cat hi.o22783; qstat 22783 | tail -1; qstat 9")
    assert out.startswith(b"done\n22783.pod")


async def test_streams_of_any_length_flow_both_ways(door):
    data = random.Random(1).randbytes(20 * 2**20)
    code, out, _ = await door.command("ssh", "pod", "tee copy | sha256sum", stdin=data)
    assert code == 0
    assert out.decode().split()[0] == hashlib.sha256(data).hexdigest()
    _, out, _ = await door.command("ssh", "pod", "cat copy")
    assert out == data


async def test_a_program_that_stops_reading_does_not_hang_the_client(door):
    code, out, _ = await door.command("ssh", "pod", "head -c 5", stdin=b"x" * 2**20)
    assert (code, out) == (0, b"xxxxx")


async def test_a_script_on_standard_input_is_a_shell_of_its_own(door):
    code, out, _ = await door.command("ssh", "pod", stdin=b"cd /\npwd\nexit 3\n")
    assert (code, out) == (3, b"/\n")


async def test_a_killed_command_is_told_as_killed(door):
    async with door.connect() as connection:
        result = await connection.run("kill -TERM $$")
        assert result.exit_signal[0] == "TERM"


async def test_the_client_can_send_signals(door):
    async with (
        door.connect() as connection,
        connection.create_process(
            "trap 'echo caught; exit 4' USR1; echo ready; while :; do sleep 0.01; done"
        ) as process,
    ):
        assert await process.stdout.readline() == "ready\n"
        process.send_signal("USR1")
        result = await process.wait()
        assert (result.stdout, result.exit_status) == ("caught\n", 4)


async def test_a_terminal_is_a_real_one(door):
    async with (
        door.connect() as connection,
        connection.create_process(term_type="xterm", term_size=(91, 33)) as process,
    ):
        process.stdin.write("tty; stty size; echo $TERM-$((40+2))\n")
        seen = await process.stdout.readuntil("xterm-42")
        assert "/dev/pts/" in seen
        assert "33 91" in seen
        assert "penguin@login-29-45" in seen
        process.change_terminal_size(120, 50)
        process.stdin.write("stty size; echo size-told\n")
        assert "50 120" in await process.stdout.readuntil("\nsize-told")
        process.stdin.write("sh -c 'echo awake-$((2+2)); exec sleep 60'\n")
        await process.stdout.readuntil("awake-4")
        process.stdin.write("\x03")
        process.stdin.write("echo still-$((1+1))\n")
        await process.stdout.readuntil("still-2")
        process.stdin.write("sleep 3 & jobs; exit 5\n")
        assert (await process.wait()).exit_status == 5


async def test_ssh_with_a_terminal_and_a_command(door):
    code, out, _ = await door.command("ssh", "-tt", "pod", "tty; exit 6")
    assert code == 6
    assert out.startswith(b"/dev/pts/")


async def test_processes_end_when_the_client_goes(door):
    process = await asyncio.create_subprocess_exec(
        "ssh",
        "-F",
        str(door.folder / "config"),
        "pod",
        "echo $$; sleep 60; true",
        stdout=asyncio.subprocess.PIPE,
    )
    pid = int(await process.stdout.readline())
    assert door.is_alive(pid)
    process.kill()
    await process.communicate()
    await door.until(lambda: not door.is_alive(pid))


async def test_what_ignores_the_hangup_ends_with_the_node(door):
    async with door.connect() as connection:
        process = await connection.create_process("trap '' HUP; echo $$; sleep 60; sleep 60")
        pid = int(await process.stdout.readline())
    assert door.is_alive(pid)
    await door.node.close()
    assert not door.is_alive(pid)
    await door.open_node()


async def test_only_the_keys_pushed_open_the_door(door):
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        await door.connect(client_keys=[stranger])
    with pytest.raises(asyncssh.PermissionDenied):
        await door.connect(username="root")
    with pytest.raises(asyncssh.PermissionDenied):
        await door.connect(client_keys=None, password="penguin")
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    door.keys.append("not a key at all")
    door.keys.append(rsa.export_public_key().decode())
    async with door.connect(client_keys=[rsa]) as connection:
        assert (await connection.run("echo in")).stdout == "in\n"
    door.keys.clear()
    code, _, err = await door.command("ssh", "pod", "true")
    assert code == 255
    assert b"Permission denied (publickey)" in err


async def test_the_host_key_is_made_once_and_closed_to_others(door):
    line = door.node.host_key_line
    assert line.startswith("ssh-ed25519 AAAA")
    assert (door.folder / "host_key").stat().st_mode & 0o777 == 0o600
    await door.node.close()
    await door.open_node()
    assert door.node.host_key_line == line


async def test_a_port_is_kept_when_free_and_another_taken_when_not(door):
    def node(port: int) -> LoginNode:
        return LoginNode(
            engine=door.engine,
            owner=door.owner,
            hostname="other",
            host_key=door.folder / "other_key",
            quota_bytes=1,
            public_keys=tuple,
            port=port,
        )

    second = node(door.port)
    port = await second.start()
    await second.close()
    assert port != door.port
    third = node(port)
    assert await third.start() == port
    await third.close()


async def test_nothing_but_loopback_and_no_forwarding(door):
    async with door.connect() as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", door.port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)
