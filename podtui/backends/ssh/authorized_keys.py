"""The keys that may log in to an SSH host: lines of its `~/.ssh/authorized_keys`, over SFTP."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.base import Prompter
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.errors import remote_file_errors
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.target import SshTarget
from podtui.backends.trace import TRACE
from podtui.domain.entry import EntryKind
from podtui.domain.key import PublicKey
from podtui.domain.key_lines import keys_in, with_key, without_key
from podtui.domain.text import from_bytes, to_bytes
from podtui.errors import FileTrouble, NotFound, OutcomeUnknown, Unreachable
from podtui.paths import Paths

if TYPE_CHECKING:
    import asyncssh

_FOLDER = ".ssh"
_FILE = "authorized_keys"
_LARGEST = 1 << 20  # bytes; some thousands of keys
_TRIES = 3


class AuthorizedKeys:
    """`Keys` of podtui.backends.base for one account on one SSH host.

    No line but that of the very key is ever touched; the file is replaced in one step, under the
    name a link leads to, so that it is whole at every moment and the link stays one.
    """

    by_login = True

    def __init__(
        self, link: SshLink, files: SftpFiles, target: SshTarget, paths: Paths, prompter: Prompter
    ) -> None:
        self._link = link
        self._files = files
        self._target = target
        self._paths = paths
        self._prompter = prompter
        self._lock = asyncio.Lock()

    async def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys in the file; none when there is no file."""
        return keys_in(await self._read(await self._path()))

    async def add_key(self, key: PublicKey) -> None:
        """Put a line for the key behind all others; one that is there already stays as it is."""
        await self._change(lambda content: with_key(content, key), make=True)

    async def remove_key(self, key: PublicKey) -> None:
        """Take the lines of this very key out."""
        await self._change(lambda content: without_key(content, key), make=False)

    async def try_login(self, key: Path, passphrase: str = "") -> str:
        """Log in anew with the private key of the file `key` alone; who we are there."""
        from podtui.backends.ssh.key_login import prove_login

        return await prove_login(
            self._target, key, paths=self._paths, prompter=self._prompter, passphrase=passphrase
        )

    async def _change(self, change: Callable[[bytes], bytes], *, make: bool) -> None:
        async with self._lock:
            for _ in range(_TRIES):
                path = await self._path(make=make)
                before = await self._read(path)
                after = change(before)
                if after == before:
                    return
                await self._write(path, after)
                if await self._read(path) == after:
                    return
            raise FileTrouble(
                f"Somebody else keeps writing {path} on {self._link.host}.",
                hint="Look at the keys anew, then try again.",
            )

    async def _write(self, path: str, content: bytes) -> None:
        """The whole file, 0600, by a rename; a cut before the answer leaves the outcome open."""
        try:
            await self._files.write(path, content)
        except Unreachable as error:
            raise OutcomeUnknown(error.message) from error

    async def _read(self, path: str) -> bytes:
        try:
            content = await self._files.read(path, 0, _LARGEST + 1)
        except NotFound:
            return b""
        if len(content) > _LARGEST:
            raise FileTrouble(f"{path} on {self._link.host} has more than {_LARGEST >> 20} MiB.")
        return content

    async def _path(self, *, make: bool = False) -> str:
        """Where the file really is, links followed; its folder made, or closed, when `make`."""
        folder = posixpath.join(await self._files.resolve("~"), _FOLDER)
        if make:
            await self._close_folder(folder)
        elif await self._files.stat(folder) is None:
            return posixpath.join(folder, _FILE)
        async with self._session(folder, "realpath") as client:
            where = to_bytes(posixpath.join(folder, _FILE))
            real = await client.realpath(where)
            return from_bytes(real if isinstance(real, bytes) else where)

    async def _close_folder(self, folder: str) -> None:
        """A folder of our own (0700): sshd believes no keys that others could have written."""
        there = await self._files.stat(folder)
        if there is None or there.kind is not EntryKind.FOLDER:
            await self._files.make_folder(folder)
        if there is None or there.mode & 0o022:
            async with self._session(folder, "chmod") as client:
                await client.chmod(to_bytes(folder), 0o700)

    @asynccontextmanager
    async def _session(self, path: str, doing: str) -> AsyncIterator[asyncssh.SFTPClient]:
        client = await self._link.sftp()
        with (
            TRACE.doing(self._link.host, f"sftp {doing} {path}"),
            remote_file_errors(self._link.host, path),
        ):
            yield client
