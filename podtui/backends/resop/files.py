"""The files behind resop: everything by short pieces of sh, through ResopShell."""

from __future__ import annotations

import asyncio
import os
import posixpath
import secrets
from contextlib import aclosing
from pathlib import Path

from podtui.backends.base import Progress
from podtui.backends.plain_files import PlainFiles
from podtui.backends.resop.chunks import SENT, append, pieces
from podtui.backends.resop.file_texts import (
    MOST_BYTES,
    at,
    entry_of,
    listing,
    missing,
    plain_file,
    read_entries,
    read_space,
    trouble,
)
from podtui.backends.resop.near import Near
from podtui.backends.resop.shell import ResopShell
from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.hashing import new_hash
from podtui.domain.entry import Entry, EntryKind, Space, from_home
from podtui.domain.text import from_bytes, to_bytes, visible
from podtui.errors import InputError, NotOffered, Refused

_SECONDS = 45.0
_HASH_SECONDS = 30  # others wait meanwhile
_NO_TOOL = 127


class ResopFiles(PlainFiles):
    """`Files` of podtui.backends.base over resop; slow for what is large, verified throughout."""

    def __init__(self, shell: ResopShell) -> None:
        self._shell = shell
        self._home = ""

    async def resolve(self, path: str) -> str:
        """`path` made absolute; `~` and relative paths mean the home there."""
        path = from_home(path)
        if not path.startswith("/"):
            path = posixpath.join(await self._at_home(), path)
        if ".." in path.split("/"):  # beyond a link only the far side knows what .. is
            output = await self._do(f"realpath -zm -- {_at(path)}", path)
            return from_bytes(output.stdout.rstrip(b"\0"))
        return posixpath.normpath("/" + path.lstrip("/"))

    async def _at_home(self) -> str:
        if not self._home:
            output = await self._do('cd && pwd -P && printf "\\0"', "~")
            self._home = from_bytes(output.stdout.removesuffix(b"\n\0"))
        return self._home

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The folder's entries; an unsafe name is shown as one that nothing can be done with."""
        output = await self._do(listing(_checked(path)), path)
        if output.stderr and not output.stdout:  # head ended well where find did not
            raise trouble(output, path)
        if len(output.stdout) > MOST_BYTES:
            raise Refused(
                f"{visible(path, 120)} has more entries than podtui lists through resop.",
                title="Folder too long",
                hint="Reach the cluster by SSH for folders of this size.",
            )
        return await asyncio.to_thread(read_entries, output.stdout)

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, links followed; a link to nowhere is a LINK without target."""
        output = await self._run(entry_of(_checked(path)))
        if missing(output):
            return None
        if output.returncode:
            raise trouble(output, path)
        if path == "/":  # whose name is no name in a folder
            return Entry("/", EntryKind.FOLDER)
        (entry,) = read_entries(output.stdout)
        return entry

    async def make_folder(self, path: str) -> None:
        """Make the folder and its parents; one that exists is fine."""
        await self._do(f"mkdir -p -- {_at(path)}", path, changes=True)

    async def remove(self, path: str) -> None:
        """Remove a file, a link (never what it points at) or an EMPTY folder."""
        file = _at(path)
        await self._do(
            f"if [ -d {file} ] && [ ! -L {file} ]; then rmdir -- {file}; else rm -- {file}; fi",
            path,
            changes=True,
        )

    async def rename(self, old: str, new: str) -> None:
        """Give `old` the name `new`, replacing a file there in one step."""
        await self._do(f"mv -fT -- {_at(old)} {_at(new)}", new, changes=True)

    async def space(self, path: str) -> Space | None:
        """Free space where `path` lies, by df."""
        return read_space((await self._do(f"df -Pk -- {_at(path)}", path)).stdout)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """The hash in hex of the file from `start` on, of `length` bytes or all, made there.

        Read back and hashed here where there is no such tool, or where it would take so long that
        everybody else would have to wait for it.
        """
        digest = new_hash(algo)
        tool = f"{digest.name}sum"
        source = f'tail -c +{start + 1} "$f"' if start else 'cat "$f"'
        source += f" | head -c {length}" if length is not None else ""
        output = await self._run(
            f"command -v {tool} >/dev/null 2>&1 || exit {_NO_TOOL}\n{plain_file(_checked(path))}\n"
            f"{source} | timeout -k 1 {_HASH_SECONDS} {tool} || exit {_NO_TOOL}"
        )
        words = output.stdout.decode("ascii", "replace").split()
        if output.returncode == 0 and words and len(words[0]) == 2 * digest.digest_size:
            return words[0].lower()
        if output.returncode not in (0, _NO_TOOL):
            raise trouble(output, path)
        async with aclosing(pieces(self._shell, path, start, length)) as found:
            async for data in found:
                digest.update(data)
        return digest.hexdigest()

    async def write(self, path: str, content: bytes) -> None:
        """Write a small file (0600) under `path`: whole, or as it was before."""
        part = f"{_checked(path)}.{secrets.token_hex(4)}.podtui.part"
        for offset in range(0, max(len(content), 1), SENT):
            await append(self._shell, part, offset, content[offset : offset + SENT])
        await self.rename(part, path)

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target`; the hash of the bytes sent, in hex.

        With `offset` the first bytes are there already: they are neither sent nor hashed.
        After a failure or a cancellation what was written stays under `target`.
        """
        _checked(target)
        async with Near(source, new_hash(algo).name, os.O_RDONLY) as near:
            await near.skip(offset)
            while data := await near.read(SENT):
                await append(self._shell, target, offset, data)
                offset += len(data)
                progress(len(data))
            if offset == 0:
                await append(self._shell, target, 0, b"")
            await near.check_unchanged()
            await self._do(f"chmod {near.mode:o} {_at(target)}", target, changes=True)
            return near.hash.hexdigest()

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target` (0600); the hash of the bytes received, in hex.

        With `offset` the first bytes are here already: they are neither asked for nor hashed.
        After a failure or a cancellation what was written stays under `target`.
        """
        _checked(source)
        async with Near(target, new_hash(algo).name, os.O_RDWR | os.O_CREAT) as near:
            await near.skip(offset, cut=True)
            async with aclosing(pieces(self._shell, source, offset)) as found:
                async for data in found:
                    await near.write(data)
                    progress(len(data))
            await near.settle()
            return near.hash.hexdigest()

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; a negative offset counts from the end."""
        if offset < 0:
            entry = await self.stat(path)
            offset = max(0, (entry.size if entry else 0) + offset)
        found = b""
        while len(found) < length:
            step = min(length - len(found), 512 * 1024)
            begin = offset + len(found)
            output = await self._do(
                f'{plain_file(_checked(path))}\ntail -c +{begin + 1} "$f" | head -c {step}',
                path,
            )
            found += output.stdout
            if len(output.stdout) < step:
                break
        return found

    async def set_facts(self, path: str, mode: int, modified: float) -> None:
        """Give a file its permission bits and time (seconds since 1970)."""
        file = _at(path)
        text = f"chmod {mode & 0o7777:o} {file} && touch -m -d @{modified:.6f} {file}"
        await self._do(text, path, changes=True)

    async def read_link(self, path: str) -> str:
        """What the symbolic link `path` says, unchanged."""
        output = await self._run(f"readlink -n -- {_at(path)}")
        if output.returncode:
            raise Refused(f"{visible(path, 120)} is no symbolic link there.")
        return from_bytes(output.stdout)

    async def make_link(self, path: str, says: str) -> None:
        """Make the symbolic link `path`, in place of one that is there."""
        await self._do(f"ln -sfT -- {_at(says)} {_at(path)}", path, changes=True)

    async def _do(self, text: str, path: str, *, changes: bool = False) -> Output:
        output = await self._run(text, changes=changes)
        if output.returncode == _NO_TOOL:
            said = visible(output.stderr.decode("utf-8", "replace").strip(), 160)
            raise NotOffered(f"A command podtui needs is lacking there: {said}")
        if output.returncode:
            raise trouble(output, path)
        return output

    async def _run(self, text: str, *, changes: bool = False) -> Output:
        return await self._shell.script(
            f"LC_ALL=C; export LC_ALL\n{text}", timeout=_SECONDS, changes=changes
        )


def _checked(path: str) -> str:
    if "\0" in path:
        raise InputError("A path cannot hold a NUL byte.")
    if len(to_bytes(path)) > 4096:
        raise InputError("A path cannot be longer than 4,096 bytes.")
    return path


def _at(path: str) -> str:
    return at(_checked(path))
