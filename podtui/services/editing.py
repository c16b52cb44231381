"""Changing a cluster's file in an editor of this machine, without writing over anybody's work."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from podtui.backends.base import Backend, Files
from podtui.backends.local import LocalFiles
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.text import visible
from podtui.errors import (
    FileTrouble,
    HashMismatch,
    InputError,
    NotFound,
    NotOffered,
    PodError,
    Unreachable,
)
from podtui.paths import private_folder
from podtui.services.clusters import ClusterService

LARGEST = 16 << 20  # bytes: what is larger is no text one edits
_LONGEST_NAME = 100
_MOST_LINKS = 16


@dataclass(frozen=True, slots=True)
class Draft:
    """A private copy of a cluster's file, and what the file was when it was made.

    `digest` is its hash by the cluster's own algorithm. `path` is what a link pointed at.
    """

    cluster: str
    path: str
    copy: Path
    entry: Entry
    digest: str


class FileNow(Enum):
    """What has become of the file since the copy was made."""

    SAME = "the same"
    CHANGED = "changed"
    GONE = "gone"


class EditingService:
    """Fetches a copy, tells whether either side has changed, writes it back in one step."""

    def __init__(self, clusters: ClusterService, folder: Path) -> None:
        self._clusters = clusters
        self._folder = folder
        self._here = LocalFiles()

    async def fetch(self, cluster: str, path: str) -> Draft:
        """A copy for the editor, in a folder nobody else looks into.

        NotFound where there is none, InputError for what is no file or too large to edit.
        """
        async with self._clusters.files(cluster) as backend:
            files = backend.files
            path = await _behind_links(files, await files.resolve(path))
            entry = _editable(path, await files.stat(path))
            place = await asyncio.to_thread(self._new_place, path)
            try:
                digest = await files.download(path, place, self._algo(cluster), _uncounted)
            except BaseException:
                self._remove(place)
                raise
        return Draft(cluster, path, place, entry, digest)

    async def edited(self, draft: Draft) -> bool:
        """Whether the copy is another than it was."""
        return await self._here.hash(str(draft.copy), self._algo(draft.cluster)) != draft.digest

    async def now(self, draft: Draft) -> FileNow:
        """Whether the file is still what the copy was made of: by size, time and hash."""
        async with self._clusters.files(draft.cluster) as backend:
            entry = await backend.files.stat(draft.path)
            if entry is None:
                return FileNow.GONE
            before = draft.entry
            if (entry.kind, entry.size, entry.modified) != (
                before.kind,
                before.size,
                before.modified,
            ):
                return FileNow.CHANGED
            same = await self._digest(backend, draft) == draft.digest
            return FileNow.SAME if same else FileNow.CHANGED

    async def _digest(self, backend: Backend, draft: Draft) -> str:
        algo = self._algo(draft.cluster)
        with suppress(NotOffered):
            return await backend.files.hash(draft.path, algo)
        again = draft.copy.with_name(f"{draft.copy.name}.now")
        try:
            return await backend.files.download(draft.path, again, algo, _uncounted)
        finally:
            again.unlink(missing_ok=True)

    async def put_back(self, draft: Draft) -> None:
        """Write the copy in place of the file: whole, with its rights, or not at all."""
        await self._write(draft, draft.path)

    async def put_beside(self, draft: Draft) -> str:
        """Write the copy as NAME.mine beside the file; the path it got."""
        async with self._clusters.files(draft.cluster) as backend:
            for number in range(1, 1000):
                path = f"{draft.path}.mine{number if number > 1 else ''}"
                if await backend.files.stat(path) is None:
                    break
            else:
                raise FileTrouble(f"{visible(path, 200)!r}: 999 such files are there.")
        await self._write(draft, path)
        return path

    async def _write(self, draft: Draft, path: str) -> None:
        algo = self._algo(draft.cluster)
        async with self._clusters.files(draft.cluster) as backend:
            files = backend.files
            parts = backend.manner.parts
            place = f"{path}.podtui.part" if parts else path
            if not parts:
                await files.upload(draft.copy, place, algo, _uncounted)
            else:
                async with _removed_on_failure(files, place):
                    sent = await files.upload(draft.copy, place, algo, _uncounted)
                    await _verify(files, place, algo, sent)
                    now = (await asyncio.to_thread(draft.copy.stat)).st_mtime
                    with suppress(NotOffered):
                        await files.set_facts(place, draft.entry.mode, now)
                    await files.rename(place, path)

    def drop(self, draft: Draft) -> None:
        """Remove the copy."""
        self._remove(draft.copy)

    def _algo(self, cluster: str) -> str:
        return self._clusters.config(cluster).staging.hash_algo

    def _new_place(self, path: str) -> Path:
        """A file name in a folder of its own; an editor tells the language by the name."""
        name = "".join(c if c.isalnum() or c in "._+-" else "_" for c in path.rpartition("/")[2])
        folder = private_folder(private_folder(self._folder) / secrets.token_hex(6))
        return folder / ((name.strip(".") and name[-_LONGEST_NAME:]) or "file")

    def _remove(self, copy: Path) -> None:
        shutil.rmtree(copy.parent, ignore_errors=True)


def _editable(path: str, entry: Entry | None) -> Entry:
    if entry is None:
        raise NotFound(f"{visible(path, 200)!r} is not there.", title="File not found")
    if entry.kind is not EntryKind.FILE:
        raise InputError(f"{visible(path, 200)!r} is no file.", title="Nothing to edit")
    if entry.size > LARGEST:
        raise InputError(
            f"{visible(path, 200)!r} has {entry.size:,} bytes; an editor gets {LARGEST:,}.",
            title="Too large to edit",
            hint="Copy it here, and edit the copy.",
        )
    return entry


async def _behind_links(files: Files, path: str) -> str:
    """What a link points at, for writing in its place would put a file where the link is."""
    for _ in range(_MOST_LINKS):
        try:
            says = await files.read_link(path)
        except Unreachable:
            raise
        except PodError:  # no link, or none are known there
            return path
        path = says if says.startswith("/") else f"{path.rpartition('/')[0]}/{says}"
    raise InputError(f"{visible(path, 200)!r} is a link of a link without end.")


@asynccontextmanager
async def _removed_on_failure(files: Files, place: str) -> AsyncIterator[None]:
    """Leave nothing half-made behind."""
    try:
        yield
    except BaseException:
        with suppress(PodError):
            await files.remove(place)
        raise


async def _verify(files: Files, place: str, algo: str, sent: str) -> None:
    with suppress(NotOffered):
        if await files.hash(place, algo) != sent:
            raise HashMismatch(
                f"{visible(place, 200)!r} is not what was sent.",
                hint="The file is as it was. Try again.",
            )


def _uncounted(_: int) -> None:
    """Small files need no bar."""
