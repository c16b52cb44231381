"""What comes in large pieces: the same bytes, however they are cut, and while keys are renewed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from podtui.backends.ssh.bulk_receiver import receive_fast, receive_fast_sftp
from podtui.backends.ssh.bulk_sender import speed_up, speed_up_sftp
from podtui.backends.ssh.sftp import SftpFiles
from podtui.errors import Unreachable

from .conftest import Door, LinkTo, Sshd, serve

DATA = random.Random(3).randbytes(6_000_000)
GCM = ["aes128-gcm@openssh.com"]
Change = Callable[[bytes], list[bytes]]


async def tell(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Print the data, then what came in."""
    for start in range(0, len(DATA), 50_000):
        process.stdout.write(DATA[start : start + 50_000])
        await process.stdout.drain()
    process.stdout.write(await process.stdin.read())
    process.exit(0)


async def connect(port: int, key: asyncssh.SSHKey, **options: Any) -> asyncssh.SSHClientConnection:
    options.setdefault("encryption_algs", GCM)
    return await asyncssh.connect(
        "127.0.0.1", port, username="ann", client_keys=[key], known_hosts=None, config=None,
        agent_path=None, **options,
    )  # fmt: skip


async def printed(connection: asyncssh.SSHClientConnection, typed: bytes) -> bytes:
    process = await connection.create_process("tell", encoding=None)
    process.stdin.write(typed)
    process.stdin.write_eof()
    told: bytes = await process.stdout.read()
    await process.wait_closed()
    return told


@asynccontextmanager
async def line_to(port: int, change: Change) -> AsyncIterator[int]:
    """A line whose far end's bytes arrive as `change` says."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

        async def copy(
            source: asyncio.StreamReader, target: asyncio.StreamWriter, how: Change
        ) -> None:
            try:
                while data := await source.read(65536):
                    for piece in how(data):
                        target.write(piece)
                        await target.drain()
                        await asyncio.sleep(0)
            except OSError:
                pass
            finally:
                target.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(copy(reader, far_writer, lambda data: [data]))
            group.create_task(copy(far_reader, writer, change))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def chopped() -> Change:
    """Pieces of 1 to 3,000 bytes."""
    dice = random.Random(4)

    def cut(data: bytes) -> list[bytes]:
        pieces = []
        while data:
            size = dice.choice((1, 3, 20, 3000))
            pieces.append(data[:size])
            data = data[size:]
        return pieces

    return cut


@pytest.mark.parametrize("fast_out", [False, True])
async def test_the_same_bytes_come_while_both_ends_renew_keys(
    door: Door, client_key: asyncssh.SSHKey, fast_out: bool
) -> None:
    async with (
        serve(door, process_factory=tell, rekey_bytes=200_000) as served,
        await connect(served.port, client_key, rekey_bytes=300_000) as connection,
    ):
        assert receive_fast(connection)
        assert not fast_out or speed_up(connection)
        first = connection._recv_encryption
        typed = [os.urandom(700_000) for _ in range(3)]
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            tasks = [group.create_task(printed(connection, one)) for one in typed]
        for one, task in zip(typed, tasks, strict=True):
            assert task.result() == DATA + one
        assert connection._recv_encryption is not first


async def test_it_may_come_in_pieces_of_any_size(door: Door, client_key: asyncssh.SSHKey) -> None:
    async with (
        serve(door, process_factory=tell, rekey_bytes=900_000) as served,
        line_to(served.port, chopped()) as port,
        await connect(port, client_key) as connection,
    ):
        assert receive_fast(connection)
        assert await printed(connection, b"end") == DATA + b"end"


async def test_other_requests_are_answered_in_between(
    files: SftpFiles, near: Path, far: Path
) -> None:
    (far / "a").write_bytes(DATA)
    asked = 0

    async def ask() -> None:
        nonlocal asked
        while True:
            told = await files.stat(f"{far}/a")
            assert told is not None
            assert told.size == len(DATA)
            assert [one.name for one in await files.list_folder(str(far))] == ["a"]
            asked += 1

    asking = asyncio.create_task(ask())
    while not asked:
        await asyncio.sleep(0)
    for _ in range(5):
        told = await files.download(f"{far}/a", near / "b", "sha256", lambda _: None)
        assert told == hashlib.sha256(DATA).hexdigest()
    assert not asking.done()
    asking.cancel()
    assert (near / "b").read_bytes() == DATA


async def test_a_byte_changed_on_the_way_ends_the_connection(
    sshd: Sshd, link_to: LinkTo, near: Path, far: Path
) -> None:
    (far / "a").write_bytes(DATA)
    passed = 0

    def spoil(data: bytes) -> list[bytes]:
        nonlocal passed
        passed += len(data)
        wrong = passed > 2_000_000
        return [data[:-1] + bytes([data[-1] ^ 1]) if wrong else data]

    async with line_to(sshd.port, spoil) as port:
        files = SftpFiles(link_to(port=port, user=sshd.user, identity_file=sshd.identity))
        async with asyncio.timeout(30):
            with pytest.raises(Unreachable):
                await files.download(f"{far}/a", near / "b", "sha256", lambda _: None)
    assert not (near / "b").exists() or (near / "b").stat().st_size < 2_000_000


async def test_what_it_cannot_serve_is_left_alone(
    door: Door, client_key: asyncssh.SSHKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(door, process_factory=tell, sftp_factory=True) as served:
        other = ["chacha20-poly1305@openssh.com"]
        async with await connect(served.port, client_key, encryption_algs=other) as connection:
            receive_fast(connection)  # every packet goes on as it came
            assert await printed(connection, b"x") == DATA + b"x"
        async with await connect(served.port, client_key) as connection:
            monkeypatch.delattr(connection, "_recv_seq")
            assert not receive_fast(connection)  # a later asyncssh may be made otherwise
            monkeypatch.undo()
            async with connection.start_sftp_client() as client:
                assert not receive_fast_sftp(client)
                assert not speed_up_sftp(client)


async def test_through_another_connection(door: Door, client_key: asyncssh.SSHKey) -> None:
    async with (
        serve(door, process_factory=tell) as served,
        await connect(served.port, client_key) as outer,
    ):
        assert receive_fast(outer)
        assert speed_up(outer)
        async with await connect(served.port, client_key, tunnel=outer) as inner:
            assert not receive_fast(inner)
            assert speed_up(inner)
            assert await printed(inner, DATA) == DATA + DATA
