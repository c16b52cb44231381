"""The files of a psik_api service: each job's own folder, its logs and its scripts."""

# ruff: noqa: ARG002 - the arguments are the protocol's

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from podtui.backends.base import Progress
from podtui.backends.plain_files import PlainFiles
from podtui.backends.psik.multipart import MultipartFile
from podtui.backends.psik.places import (
    VIEWS,
    Location,
    absolute,
    check_upload,
    locate,
    read_listing,
    read_texts,
)
from podtui.backends.psik.refusal import ReadCrashed
from podtui.backends.psik.wire import Params, Wire, pieces
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.local_file import Sink, Source
from podtui.backends.together import all_done
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.job import JobList, Scope
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound, NotOffered

_LOOKS_AT_ONCE = 8
_BLOCK = 64 * 1024
_WHOLE = {"Accept-Encoding": "identity"}  # a packed answer has no byte ranges
_NEVER = "psik_api neither makes folders nor removes or renames files."


class PsikFiles(PlainFiles):
    """`Files` of podtui.backends.base over one service; `version` of its API is 1 or 2."""

    def __init__(
        self,
        wire: Wire,
        version: int,
        at: Callable[[str], Awaitable[Params]],
        jobs: Callable[[Scope], Awaitable[JobList]],
    ) -> None:
        self._wire = wire
        self._version = version
        self._at = at
        self._jobs = jobs
        self._kinds: dict[tuple[str, str], EntryKind] = {}

    async def resolve(self, path: str) -> str:
        """`path` made absolute; `~` and relative paths mean /jobs."""
        return absolute(path)

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The folder's entries."""
        place = locate(path)
        if not place.view:
            return tuple(Entry(name, EntryKind.FOLDER) for name in VIEWS)
        if not place.job_id:
            jobs = (await self._jobs(Scope())).jobs
            return tuple(
                Entry(job.id, EntryKind.FOLDER, modified=job.ended or job.started or job.submitted)
                for job in jobs
            )
        if place.view != "jobs":
            texts = await self._texts(place)
            return tuple(Entry(name, EntryKind.FILE, len(text)) for name, text in texts.items())
        params = await self._at(place.job_id)
        if not place.inside:
            answer = await self._wire.ask("jobs", place.job_id, "files", params=params)
            return await self._with_kinds(place, await asyncio.to_thread(read_listing, answer))
        async with self._open(place) as response:
            if not _is_listing(response):
                raise NotFound(f"{visible(path, 200)!r} is no folder.", title="Not a folder")
        answer = await self._wire.ask(*self._route(place), params=params)
        return await self._with_kinds(place, await asyncio.to_thread(read_listing, answer))

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, or None."""
        try:
            place = locate(path)
            if not place.job_id:
                return Entry(place.name, EntryKind.FOLDER)
            if place.view != "jobs" and place.inside:
                text = (await self._texts(place)).get(place.name)
                return None if text is None else Entry(place.name, EntryKind.FILE, len(text))
            if not place.inside:
                await self._wire.ask(
                    "jobs", place.job_id, "state", params=await self._at(place.job_id)
                )
                return Entry(place.name, EntryKind.FOLDER)
            return await self._look(place, Entry(place.name, EntryKind.OTHER))
        except NotFound:
            return None

    async def make_folder(self, path: str) -> None:
        """Fine where it exists; psik makes none."""
        entry = await self.stat(path)
        if entry is None or not entry.is_folder:
            raise NotOffered(
                _NEVER, hint="Pack folders into one file (tar) and unpack it in the job."
            )

    async def remove(self, path: str) -> None:
        """NotOffered."""
        raise NotOffered(f"{visible(path, 120)}: {_NEVER}")

    async def rename(self, old: str, new: str) -> None:
        """NotOffered."""
        raise NotOffered(f"{visible(old, 120)}: {_NEVER}")

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """The hash in hex, of what is read back: psik tells none."""
        digest, left = new_hash(algo), length
        async with aclosing(self._bytes(locate(path), start)) as found:
            async for piece in found:
                part = piece[:left]
                await asyncio.to_thread(digest.update, part)
                if left is not None:
                    left -= len(part)
                    if not left:
                        break
        return digest.hexdigest()

    async def write(self, path: str, content: bytes) -> None:
        """Write a small file into a job's folder."""
        with tempfile.TemporaryDirectory(prefix="podtui-") as folder:
            source = Path(folder) / "content"
            await asyncio.to_thread(source.write_bytes, content)
            await self.upload(source, path, "sha256", lambda _: None)

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Send `source` as `target`, /jobs/ID/NAME; the hash of the bytes sent, in hex."""
        if offset:
            raise NotOffered("psik_api takes files whole.", hint="Upload it from the start.")
        place = locate(target)
        name = check_upload(place)
        params = await self._at(place.job_id)
        await self._wire.ask("jobs", place.job_id, "state", params=params)  # a token is renewed
        async with Source(source, algo) as file:
            facts, blocks = await file.run(lambda: file.start(_BLOCK))
            form = MultipartFile(name, facts.st_size, blocks, file)
            await self._wire.change(
                *("POST", "jobs", place.job_id, "files"),
                params=params,
                content=form.body(progress),
                headers=form.headers,
            )
            self._kinds.pop((place.job_id, name), None)
            return file.hash.hexdigest()

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target` (0600); the hash of the bytes received, in hex."""
        async with (
            Sink(target, algo, offset) as sink,
            aclosing(self._bytes(locate(source), offset)) as found,
        ):
            async for piece in found:
                await sink.run(partial(sink.write, [piece]))
                progress(len(piece))
            await sink.run(partial(sink.finish, []))
            return sink.hash.hexdigest()

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; a negative offset counts from the end."""
        if offset < 0:
            entry = await self.stat(path)
            offset = max(0, offset + (entry.size if entry else 0))
        told = bytearray()
        async with aclosing(self._bytes(locate(path), offset)) as found:
            async for piece in found:
                told += piece
                if len(told) >= length:
                    break
        return bytes(told[:length])

    async def _texts(self, place: Location) -> dict[str, bytes]:
        params = await self._at(place.job_id)
        try:
            answer = await self._wire.ask("jobs", place.job_id, place.view, params=params)
        except ReadCrashed as error:
            raise BadAnswer(
                error.message,
                hint="psik_api cannot tell output that is not UTF-8; have it in a file instead.",
            ) from None
        return await asyncio.to_thread(read_texts, answer)

    async def _bytes(self, place: Location, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """The file's bytes from `offset` on."""
        if not place.inside:
            raise NotFound(f"{visible(place.path, 200)!r} is no file.", title="Not a file")
        if place.view != "jobs":
            text = (await self._texts(place)).get(place.name)
            if text is None:
                raise NotFound(f"There is no {visible(place.path, 200)!r} yet.")
            yield text[offset:]
            return
        headers = dict(_WHOLE)
        if offset:
            if (await self._look(place, Entry(place.name, EntryKind.OTHER))).size <= offset:
                return  # a range that begins at the end is refused
            headers["Range"] = f"bytes={offset}-"
        async with self._open(place, headers) as response:
            if _is_listing(response):
                raise NotFound(f"{visible(place.path, 200)!r} is a folder.", title="Not a file")
            skip = 0 if response.status_code == 206 else offset
            async with aclosing(pieces(response)) as found:
                async for piece in found:
                    if skip < len(piece):
                        yield piece[skip:]
                    skip = max(0, skip - len(piece))

    @asynccontextmanager
    async def _open(
        self, place: Location, headers: dict[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        params = await self._at(place.job_id)
        route = self._route(place)
        async with self._wire.open(*route, params=params, headers=headers) as response:
            yield response

    def _route(self, place: Location) -> tuple[str, ...]:
        if self._version == 1 and len(place.inside) > 1:
            raise NotOffered(
                f"{visible(place.path, 200)!r}: psik_api 1 gives no files out of folders.",
                hint="Have the job pack the folder into one file in its own folder (tar).",
            )
        return ("jobs", place.job_id, "files", *place.inside)

    async def _with_kinds(self, folder: Location, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """The entries, each with what it is; where nothing can tell, it is taken for a file."""
        done = list(entries)
        if self._version == 1 and folder.inside:
            return tuple(
                one if one.unsafe else replace(one, kind=EntryKind.FILE) for one in entries
            )
        at_once = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def look(index: int) -> None:
            async with at_once:
                done[index] = await self._kind(folder, done[index])

        unknown = [n for n, e in enumerate(done) if e.kind is EntryKind.OTHER and not e.unsafe]
        await all_done(*(asyncio.ensure_future(look(index)) for index in unknown))
        return tuple(done)

    async def _kind(self, folder: Location, entry: Entry) -> Entry:
        key = (folder.job_id, entry.name)
        if key not in self._kinds:
            place = replace(folder, inside=(*folder.inside, entry.name))
            try:
                self._kinds[key] = (await self._look(place, entry)).kind
            except NotFound:
                return replace(entry, kind=EntryKind.FILE)  # it went meanwhile
        return replace(entry, kind=self._kinds[key])

    async def _look(self, place: Location, entry: Entry) -> Entry:
        """The entry by the head of the service's answer; its body is left unread."""
        async with self._open(place, _WHOLE) as response:
            if _is_listing(response):
                return replace(entry, kind=EntryKind.FOLDER, size=0)
            told: Any = response.headers.get("content-length", "")
        if told.isdecimal():
            return replace(entry, kind=EntryKind.FILE, size=int(told))
        size = entry.size or await self._listed_size(place)
        return replace(entry, kind=EntryKind.FILE, size=size)

    async def _listed_size(self, place: Location) -> int:
        """The file's size as its folder tells it: a proxy may send a file without one."""
        folder = replace(place, inside=place.inside[:-1])
        route = self._route(folder) if folder.inside else ("jobs", place.job_id, "files")
        answer = await self._wire.ask(*route, params=await self._at(place.job_id))
        entries = await asyncio.to_thread(read_listing, answer)
        return next((one.size for one in entries if one.name == place.name), 0)


def _is_listing(response: httpx.Response) -> bool:
    """A folder answers with JSON and no file name."""
    kind = response.headers.get("content-type", "")
    return kind.startswith("application/json") and "content-disposition" not in response.headers
