"""The files of a cluster, over the SFTP session of its one connection."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from podtui.backends.base import Files, Progress
from podtui.backends.pace import Pace
from podtui.backends.spool import by_way_of_here
from podtui.backends.ssh import copying
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.errors import remote_file_errors
from podtui.backends.ssh.far_hasher import FarHasher
from podtui.backends.ssh.folder_scan import scan
from podtui.backends.ssh.hashing import hash_command, parse_hash
from podtui.backends.ssh.listing import entry, kind_of
from podtui.backends.ssh.local_file import Sink, Source
from podtui.backends.ssh.proving import Proving, cut_piece
from podtui.backends.ssh.remote_file import file_to_read, remote_file
from podtui.backends.ssh.tar_bundles import TarBundles
from podtui.backends.together import all_done
from podtui.backends.trace import TRACE
from podtui.domain.entry import Entry, EntryKind, Space, from_home
from podtui.domain.piece import HashStretch, Proved
from podtui.domain.text import from_bytes, to_bytes
from podtui.errors import BadAnswer, InputError, Unreachable

if TYPE_CHECKING:
    import asyncssh

MOST_ENTRIES = 5_000_000
"""Entries of one folder; a listing without end must not fill the memory."""
_HASH_SECONDS = 24 * 3600.0
_LINKS_AT_ONCE = 32


class SftpFiles:
    """`Files` of podtui.backends.base over one SshLink."""

    def __init__(self, link: SshLink) -> None:
        self._link = link
        self._pace = Pace()
        self._bundles = TarBundles(link, self._pace)
        self._hashers: WeakValueDictionary[tuple[str, str], FarHasher] = WeakValueDictionary()

    async def resolve(self, path: str) -> str:
        """`path` made absolute; `~` and relative paths mean the home there."""
        path = from_home(path)
        async with self._session(path, "realpath") as client:
            home = await client.realpath(b".")
            whole = b"/" + posixpath.join(home, to_bytes(path)).lstrip(b"/")
            if b".." in whole.split(b"/"):  # beyond a link only the server knows what .. is
                return from_bytes(await client.realpath(whole))
            return from_bytes(posixpath.normpath(whole))

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The folder's entries; an unsafe name is shown as one that nothing can be done with."""
        async with self._session(path, "list") as client:
            async with aclosing(_scan(client, to_bytes(path))) as found:
                entries = [told async for told in found]
            return await _with_targets(client, to_bytes(path), entries)

    async def scan_folder(self, path: str) -> AsyncGenerator[Entry, None]:
        """The folder's entries as the server tells them; links are not looked behind."""
        async with (
            self._session(path, "list") as client,
            aclosing(_scan(client, to_bytes(path))) as found,
        ):
            async for told in found:
                yield told

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, links followed; a link to nowhere is a LINK without target."""
        import asyncssh

        name, where = posixpath.basename(path), to_bytes(path)
        async with self._session(path, "stat") as client:
            for look in (client.stat, client.lstat):
                try:
                    return entry(name, await look(where))
                except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                    continue
        return None

    async def make_folder(self, path: str) -> None:
        """Make the folder and its parents; one that exists is fine."""
        async with self._session(path, "mkdir") as client:
            if not await client.isdir(to_bytes(path)):  # else each folder above it is asked for
                await client.makedirs(to_bytes(path), exist_ok=True)

    async def remove(self, path: str) -> None:
        """Remove a file, a link (never what it points at) or an EMPTY folder."""
        where = to_bytes(path)
        async with self._session(path, "remove") as client:
            if kind_of(await client.lstat(where)) is EntryKind.FOLDER:
                await client.rmdir(where)
            else:
                await client.remove(where)

    async def rename(self, old: str, new: str) -> None:
        """Give `old` the name `new`, replacing a file there.

        In one step where the server has posix-rename@openssh.com. Elsewhere a file in the way is
        removed first: between the two steps neither name holds it, `old` always holds the new one.
        """
        import asyncssh

        here, there = to_bytes(old), to_bytes(new)
        async with self._session(old, "rename") as client:
            try:
                await client.posix_rename(here, there)
            except asyncssh.SFTPOpUnsupported:
                if await client.lexists(there):
                    await client.remove(there)
                await client.rename(here, there)

    async def space(self, path: str) -> Space | None:
        """Free space where `path` lies; None when the server has no statvfs@openssh.com."""
        import asyncssh

        async with self._session(path, "space") as client:
            try:
                told = await client.statvfs(to_bytes(path))
            except asyncssh.SFTPOpUnsupported:
                return None
        unit = told.frsize or 0
        return Space(free=(told.bavail or 0) * unit, total=(told.blocks or 0) * unit)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """The hash in hex, by a command there, or by reading it back where none answers."""
        command = hash_command(algo, path, start, length)
        try:
            done = await self._link.run(command, timeout=_HASH_SECONDS)
        except Unreachable:
            if not self._link.connected:
                raise
            done = None  # a server that gives files and no commands
        found = parse_hash(algo, done.stdout) if done and not done.returncode else None
        return found or await self._hash_by_reading(path, algo, start, length)

    async def write(self, path: str, content: bytes) -> None:
        """Write a small file (0600) under `path`: whole, or as it was before."""
        part = f"{path}.podtui.part"
        where = to_bytes(part)
        async with (
            self._session(part, "write") as client,
            remote_file(client, where, "wb", 0o600) as file,
        ):
            step = client.limits.max_write_len
            for offset in range(0, len(content), step):
                await file.write(content[offset : offset + step], offset)
        await self.rename(part, path)

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target`; the hash of the bytes sent, in hex.

        After a failure or a cancellation what was written stays under `target`.
        """
        async with self._session(target, "put") as client:
            return await copying.upload(
                client, Source(source, algo, offset), to_bytes(target), progress, offset, self.pace
            )

    @asynccontextmanager
    async def stretches(self, path: str, algo: str) -> AsyncIterator[HashStretch]:
        """What hashes stretches of a file, several at once, by one command there.

        It starts at the same time as the file service, and serves `upload_proved` as well.
        """
        async with self._hasher(path, algo) as hasher:

            async def hash_there(start: int, length: int) -> str:
                told = await hasher.hash(start, length)
                return told or await self.hash(path, algo, start, length)

            yield hash_there

    def _hasher(self, path: str, algo: str) -> FarHasher:
        """The one that is at work on the file, or a new one."""
        hasher = self._hashers.get((path, algo))
        if hasher is None or not hasher.in_use:
            hasher = self._hashers[path, algo] = FarHasher(self._link, path, algo)
        return hasher

    async def upload_proved(
        self,
        source: Path,
        target: str,
        algo: str,
        progress: Progress,
        proved: Proved,
        offset: int = 0,
    ) -> tuple[str, str]:
        """As `upload`, hashed there in pieces while the rest is on its way.

        The hash of what was sent and of what arrived: of the first piece that differs, or of the
        last one. `proved` is told of each that does not.
        """
        near = Source(source, algo, offset, cut_piece)
        async with self._hasher(target, algo) as hasher:

            async def hash_far(start: int, length: int, to_end: bool) -> str:
                told = await hasher.hash(start, length, to_end=to_end, keep=not to_end)
                if told is not None:
                    return told
                return await self.hash(target, algo, start, None if to_end else length)

            proving = Proving(hash_far, proved, offset)
            return await self._prove(near, to_bytes(target), proving, progress, offset)

    async def _prove(
        self, near: Source, target: bytes, proving: Proving, progress: Progress, offset: int
    ) -> tuple[str, str]:
        def moved(count: int) -> None:
            proving.moved(count)
            progress(count)

        async def send() -> None:
            async with self._session(from_bytes(target), "put") as client:
                await copying.upload(client, near, target, moved, offset, self.pace)
            proving.ended()

        sending = asyncio.ensure_future(send())
        proof = asyncio.ensure_future(proving.run(near))
        await all_done(sending, proof)
        return proof.result()

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target` (0600); the hash of the bytes received, in hex.

        After a failure or a cancellation what was written stays under `target`.
        """
        async with self._session(source, "get") as client:
            return await copying.download(
                client, to_bytes(source), Sink(target, algo, offset), progress, offset, self.pace
            )

    async def pass_on(
        self, source: str, to: Files, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Copy `source` to exactly `target` on another cluster; the hash of the bytes passed.

        Between two login nodes nothing is written on this machine.
        """
        if not isinstance(to, SftpFiles):
            return await by_way_of_here(self, source, to, target, algo, progress, offset)
        async with self._session(source, "get") as reader, to._session(target, "put") as writer:
            return await copying.relay(
                (reader, to_bytes(source)),
                (writer, to_bytes(target)),
                algo,
                progress,
                offset,
                self.pace,
            )

    @property
    def pace(self) -> Pace:
        """The cap on bytes a second, of all that passes over the link."""
        return self._pace

    @property
    def bundles(self) -> TarBundles:
        """Many small files as one tar stream."""
        return self._bundles

    async def set_facts(self, path: str, mode: int, modified: float) -> None:
        """Give a file or folder its permission bits (0: as they are) and time.

        Whole seconds from 1970 to 2106: SFTP 3 has no others.
        """
        import asyncssh

        seconds = max(0, min(int(modified), 0xFFFFFFFF))
        bits = mode & 0o777 or None
        attrs = asyncssh.SFTPAttrs(permissions=bits, atime=seconds, mtime=seconds)
        async with self._session(path, "set facts") as client:
            await client.setstat(to_bytes(path), attrs)

    async def read_link(self, path: str) -> str:
        """What the symbolic link says, unchanged."""
        async with self._session(path, "read link") as client:
            return from_bytes(await client.readlink(to_bytes(path)))

    async def make_link(self, path: str, says: str) -> None:
        """Make the symbolic link, in one step in place of one that is there."""
        part = f"{path}.podtui.part"
        async with self._session(path, "make link") as client:
            if await client.islink(to_bytes(part)):
                await client.remove(to_bytes(part))
            await client.symlink(to_bytes(says), to_bytes(part))
        await self.rename(part, path)

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; a negative offset counts from the end."""
        async with (
            self._session(path, "read") as client,
            file_to_read(client, to_bytes(path)) as (file, size, _),
        ):
            if offset < 0:
                offset = max(0, size + offset)
            found = b""
            while len(found) < length:
                step = min(length - len(found), client.limits.max_read_len)
                data = await file.read(step, offset + len(found))
                if not data:
                    break
                found += data[:step]
            return found

    async def _hash_by_reading(self, path: str, algo: str, start: int, length: int | None) -> str:
        async with (
            self._session(path, "get") as client,
            file_to_read(client, to_bytes(path)) as (file, size, _),
        ):
            end = size if length is None else min(start + length, size)
            return await copying.hash_far(client, file, size, algo, start, end)

    @asynccontextmanager
    async def _session(self, path: str, doing: str) -> AsyncIterator[asyncssh.SFTPClient]:
        """The client, for what the command log calls `doing`; its blocks are no entries of it."""
        if "\0" in path:
            raise InputError("A path cannot hold a NUL byte.")
        client = await self._link.sftp()
        alike = f"{doing} {posixpath.dirname(path)}"
        try:
            with (
                TRACE.doing(self._link.host, f"sftp {doing} {path}", alike),
                remote_file_errors(self._link.host, path),
            ):
                yield client
        except Unreachable:
            self._link.drop_sftp(client)
            raise


async def _scan(client: asyncssh.SFTPClient, path: bytes) -> AsyncGenerator[Entry, None]:
    count = 0
    async with aclosing(scan(client, path)) as found:
        async for entries in found:
            count += len(entries)
            if count > MOST_ENTRIES:
                raise BadAnswer(f"The folder has more than {MOST_ENTRIES:,} entries.")
            for told in entries:
                yield told


async def _with_targets(
    client: asyncssh.SFTPClient, folder: bytes, entries: list[Entry]
) -> tuple[Entry, ...]:
    """The entries, each link with the kind of what it points at."""
    import asyncssh

    at_once = asyncio.Semaphore(_LINKS_AT_ONCE)

    async def look(index: int) -> None:
        link = entries[index]
        async with at_once:
            try:
                attrs = await client.stat(posixpath.join(folder, to_bytes(link.name)))
            except asyncssh.SFTPError as error:
                if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
                    raise
                return
        entries[index] = replace(link, target_kind=kind_of(attrs))

    links = [index for index, found in enumerate(entries) if found.kind is EntryKind.LINK]
    await all_done(*(asyncio.ensure_future(look(index)) for index in links))
    return tuple(entries)
