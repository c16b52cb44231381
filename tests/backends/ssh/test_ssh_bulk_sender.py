"""Channel data in large pieces: the same bytes arrive, also while keys are renewed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import Any

import asyncssh
import pytest

from podtui.backends.ssh.bulk_sender import speed_up

from .conftest import Door, serve

SIZE = 6_000_000


async def digest(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Tell the hash of what comes in."""
    told = hashlib.sha256()
    while data := await process.stdin.read(1 << 16):
        told.update(data)
    process.stdout.write(told.hexdigest().encode())
    process.exit(0)


async def connect(port: int, key: asyncssh.SSHKey, **options: Any) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", port, username="ann", client_keys=[key], known_hosts=None, config=None,
        agent_path=None, **options,
    )  # fmt: skip


async def hash_there(connection: asyncssh.SSHClientConnection, data: bytes, step: int) -> str:
    process = await connection.create_process("hash", encoding=None)
    for start in range(0, len(data), step):
        process.stdin.write(data[start : start + step])
        await process.stdin.drain()
    process.stdin.write_eof()
    told = await process.stdout.read()
    await process.wait_closed()
    return told.decode()


@pytest.mark.parametrize("step", [1, 1000, 1 << 18])
async def test_the_same_bytes_arrive(door: Door, client_key: asyncssh.SSHKey, step: int) -> None:
    data = os.urandom(3000 if step == 1 else SIZE)
    async with serve(door, process_factory=digest) as served:
        options = {"encryption_algs": ["aes128-gcm@openssh.com"]}
        async with await connect(served.port, client_key, **options) as connection:
            assert speed_up(connection)
            assert await hash_there(connection, data, step) == hashlib.sha256(data).hexdigest()


async def test_a_server_may_take_larger_packets_than_we_send(
    door: Door, client_key: asyncssh.SSHKey
) -> None:
    data = os.urandom(SIZE)
    large = {"max_pktsize": 1 << 20, "window": 1 << 22}
    async with serve(door, process_factory=digest, **large) as served:
        options = {"encryption_algs": ["aes128-gcm@openssh.com"]}
        async with await connect(served.port, client_key, **options) as connection:
            assert speed_up(connection)
            told = await hash_there(connection, data, 1 << 20)
            assert told == hashlib.sha256(data).hexdigest()


async def test_keys_are_renewed_in_the_middle(door: Door, client_key: asyncssh.SSHKey) -> None:
    """Both ends renew: we after 300 kB, the server after 200 kB of its own, several at once."""
    async with serve(door, process_factory=digest, rekey_bytes=200_000) as served:
        options = {"encryption_algs": ["aes128-gcm@openssh.com"], "rekey_bytes": 300_000}
        async with await connect(served.port, client_key, **options) as connection:
            assert speed_up(connection)
            first = connection._send_encryption  # type: ignore[attr-defined]
            all_data = [os.urandom(SIZE // 3) for _ in range(3)]
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                told = [group.create_task(hash_there(connection, d, 30_000)) for d in all_data]
                for _ in range(50):  # other packets in between: requests on their own channels
                    connection.send_debug("still here", "", always_display=False)
                    await asyncio.sleep(0)
            for data, task in zip(all_data, told, strict=True):
                assert task.result() == hashlib.sha256(data).hexdigest()
            assert connection._send_encryption is not first  # type: ignore[attr-defined]


async def test_openssh_takes_it_too(sshd: Any) -> None:
    data = os.urandom(SIZE)
    key = asyncssh.read_private_key(sshd.identity)
    connection = await asyncssh.connect(
        "127.0.0.1", sshd.port, username=sshd.user, client_keys=[key], known_hosts=None,
        config=None, agent_path=None, encryption_algs=["aes128-gcm@openssh.com"],
        rekey_bytes=500_000,
    )  # fmt: skip
    async with connection:
        assert speed_up(connection)
        process = await connection.create_process("sha256sum", encoding=None)
        process.stdin.write(data)
        process.stdin.write_eof()
        told = await process.stdout.read()
        assert told.split()[0].decode() == hashlib.sha256(data).hexdigest()


async def test_what_it_cannot_serve_is_left_alone(
    door: Door, client_key: asyncssh.SSHKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(door, process_factory=digest) as served:
        options = {"encryption_algs": ["chacha20-poly1305@openssh.com"]}
        async with await connect(served.port, client_key, **options) as connection:
            assert not speed_up(connection)
            assert await hash_there(connection, b"x", 1) == hashlib.sha256(b"x").hexdigest()
        gcm = {"encryption_algs": ["aes128-gcm@openssh.com"]}
        async with await connect(served.port, client_key, **gcm) as connection:
            monkeypatch.delattr(connection, "_rekey_bytes_sent")
            assert not speed_up(connection)  # a later asyncssh may be made otherwise
            monkeypatch.undo()
