"""A login node that lies: an SFTP server over the pod's home that spoils what it is told to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

from podtui.backends.base import Files
from podtui.backends.pod.backend import PodBackend
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.target import SshTarget
from podtui.config.model import ClusterConfig, SshOptions
from podtui.paths import Paths
from podtui.services.clusters import OpenBackend
from tests.story.pod import NobodyToAsk


class Lies:
    """What the server does wrong, to be switched while it runs."""

    def __init__(self) -> None:
        self.port = 0
        self.spoil_writes = False
        self.spoil_reads = 0  # as many reads of a file's first block are spoilt
        self.extra_names: tuple[bytes, ...] = ()
        self.extra_size = 0


class LyingFiles(asyncssh.SFTPServer):
    """The files below a folder, and some lies about them."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, lies: Lies) -> None:
        super().__init__(channel, chroot=os.fsencode(root))
        self._lies = lies

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        """Write, perhaps with the first bit turned."""
        if self._lies.spoil_writes and offset == 0:
            data = bytes([data[0] ^ 1]) + data[1:]
        return super().write(file_obj, offset, data)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read, perhaps with the first bit turned."""
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        if self._lies.spoil_reads and offset == 0 and data:
            self._lies.spoil_reads -= 1
            data = bytes([data[0] ^ 1]) + data[1:]
        return data

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List the folder, and names that are not there."""
        async for name in super().scandir(path):
            yield name
        for extra in self._lies.extra_names:
            yield asyncssh.SFTPName(extra, attrs=asyncssh.SFTPAttrs(size=3, permissions=0o100644))


class Doorless(asyncssh.SSHServer):
    """Lets everybody in."""

    def begin_auth(self, username: str) -> bool:
        return False


@asynccontextmanager
async def lying_node(root: Path) -> AsyncIterator[Lies]:
    """The server, until the end of the block."""
    lies = Lies()
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Doorless,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: LyingFiles(channel, root, lies),
    )
    lies.port = server.get_port()
    try:
        yield lies
    finally:
        server.close()
        await server.wait_closed()


class MisledBackend(PodBackend):
    """The pod, except that its files come from the lying server."""

    def __init__(self, config: ClusterConfig, paths: Paths, lies: Lies) -> None:
        super().__init__(config, paths, NobodyToAsk())
        options = SshOptions(None, paths.state / "hosts_seen", "accept-new")
        target = SshTarget(config.name, "127.0.0.1", lies.port, "penguin", options)
        self._misled = SshLink(target, paths=paths, prompter=NobodyToAsk())
        self._misled_files = SftpFiles(self._misled)

    @property
    def files(self) -> Files:
        """The files as the liar tells them."""
        return self._misled_files

    async def close(self) -> None:
        """Let go of both."""
        await self._misled.close()
        await super().close()


def misled(lies: Lies) -> Any:
    """An opener of sessions that fall in with the liar."""

    def opener(paths: Paths) -> OpenBackend:
        return lambda config: MisledBackend(config, paths, lies)

    return opener
