"""A login node, and the real OpenSSH tools against it."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.queue import Queue
from podtui.demo.login.node import LoginNode


@dataclass
class Door:
    """One login node, a key that opens it, and what OpenSSH needs to know."""

    folder: Path
    owner: Owner
    engine: Engine
    quota: int = 64 * 2**20
    keys: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.owner.home

    async def open(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self.folder / "id")
        (self.folder / "id").chmod(0o600)
        self.key = key
        self.keys.append(key.export_public_key().decode())
        await self.open_node()

    async def open_node(self) -> None:
        self.node = LoginNode(
            engine=self.engine,
            owner=self.owner,
            hostname="login-29-45.pod.example",
            host_key=self.folder / "host_key",
            quota_bytes=self.quota,
            public_keys=lambda: self.keys,
        )
        self.port = await self.node.start()
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {self.node.host_key_line}\n")
        (self.folder / "config").write_text(
            f"Host pod\n HostName 127.0.0.1\n Port {self.port}\n User penguin\n"
            f" IdentityFile {self.folder}/id\n IdentitiesOnly yes\n BatchMode yes\n"
            f" UserKnownHostsFile {self.folder}/known\n StrictHostKeyChecking yes\n"
            " GlobalKnownHostsFile /dev/null\n LogLevel ERROR\n"
        )

    async def command(self, *words: str | bytes, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run an OpenSSH tool with the configuration; the words after the first are its own."""
        process = await asyncio.create_subprocess_exec(
            words[0],
            "-F",
            str(self.folder / "config"),
            *words[1:],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate(stdin)
        assert process.returncode is not None
        return process.returncode, out, err

    def connect(self, **options: object) -> "asyncssh.connect":
        """Connect with asyncssh."""
        settings = {
            "username": "penguin",
            "client_keys": [self.key],
            "known_hosts": str(self.folder / "known"),
            "config": None,
            "agent_path": None,
            **options,
        }
        return asyncssh.connect("127.0.0.1", self.port, **settings)

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    @staticmethod
    def is_alive(pid: int) -> bool:
        """Tell whether a process still runs; one that only waits to be reaped does not."""
        command = ["ps", "-o", "stat=", "-p", str(pid)]
        found = subprocess.run(command, capture_output=True, check=False).stdout
        return found.strip() != b"" and not found.startswith(b"Z")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    home = tmp_path / "home"
    home.mkdir()
    engine = Engine(tmp_path / "engine", queues=(Queue("M40", 12, 48),), slots=2, first_id=22783)
    await engine.start()
    door = Door(tmp_path, Owner("penguin", "zoo", home), engine)
    await door.open()
    yield door
    await door.node.close()
    await engine.close()
