"""Cloud Kotta's files: inputs by upload_url, outputs by the signed addresses of status_task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from podtui.backends.base import Progress
from podtui.backends.kotta.moving import fetch, fetched_hash, read_span, send_file
from podtui.backends.kotta.paths import Kind, KottaPath, input_name, take_apart
from podtui.backends.kotta.record import Output, Record, state_of
from podtui.backends.kotta.records import Records
from podtui.backends.kotta.store import SignedStore, s3_name
from podtui.backends.plain_files import PlainFiles
from podtui.backends.ssh.local_file import Source
from podtui.backends.together import all_done
from podtui.domain.entry import Entry, EntryKind, safe_name
from podtui.domain.text import visible
from podtui.errors import NotFound, NotOffered, Refused

_AT_ONCE = 4
UploadAddress = Callable[[str], Awaitable[str]]
"""From the name of an input to a signed address to PUT it to."""


class KottaFiles(PlainFiles):
    """`Files` of podtui.backends.base: `/inputs` takes, `/jobs/ID` gives once the job has ended.

    The service tells nobody what was uploaded: `/inputs` shows what this podtui sent.
    """

    def __init__(self, store: SignedStore, records: Records, upload_address: UploadAddress) -> None:
        self._store = store
        self._records = records
        self._upload_address = upload_address
        self._sent: dict[str, int] = {}  # sizes of inputs, by path
        self._folders: set[str] = set()
        self._proved: dict[tuple[str, str], str] = {}  # hashes of what the store's MD5 confirmed

    async def resolve(self, path: str) -> str:
        """`path` made absolute: `~` and relative ones mean the root, there is no home."""
        return take_apart(path).text

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The jobs, a job's outputs with their sizes, or what was sent from here."""
        place = take_apart(path)
        if place.kind is Kind.ROOT:
            return (_folder("inputs"), _folder("jobs"))
        if place.kind is Kind.JOBS:
            rows = await self._records.rows()
            return tuple(Entry(j.id, EntryKind.FOLDER, modified=j.submitted) for j in rows.jobs)
        if place.kind is Kind.JOB:
            return await self._outputs(await self._record(place))
        if place.kind in (Kind.INPUTS, Kind.INPUT):
            return self._inputs(place)
        raise NotFound(f"There is no folder {visible(place.text, 120)} here.")

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, or None; an output is there when its job has ended."""
        place = take_apart(path)
        if place.kind in (Kind.ROOT, Kind.JOBS, Kind.INPUTS):
            return _folder(place.text.rpartition("/")[2] or "/")
        if place.kind is Kind.INPUT:
            return self._input(place.text)
        try:
            if place.kind is Kind.JOB:
                await self._record(place)
                return _folder(place.job_id)
            if place.kind is Kind.OUTPUT:
                output = await self._output(place)
                return Entry(place.name, EntryKind.FILE, await self._store.size(output.address))
        except NotFound:
            pass
        return None

    async def make_folder(self, path: str) -> None:
        """A folder below /inputs; the service has none, a name simply begins with it."""
        place = take_apart(path)
        if place.kind is Kind.INPUT:
            input_name(KottaPath(Kind.INPUT, f"{place.text}/file"))
            self._folders.add(place.text)
        elif place.kind in (Kind.JOB, Kind.OUTPUT, Kind.OTHER):
            raise NotOffered(f"Nothing can be put into {visible(place.text, 120)}.")

    async def remove(self, path: str) -> None:
        """NotOffered."""
        raise NotOffered(f"{visible(path, 120)}: Cloud Kotta removes no files.")

    async def rename(self, old: str, new: str) -> None:  # noqa: ARG002 - the protocol's
        """NotOffered."""
        raise NotOffered(f"{visible(old, 120)}: Cloud Kotta renames no files.")

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """What the store's own MD5 has confirmed already; else an output read back and hashed.

        NotOffered for an input of which the store told no MD5: it gives none back.
        """
        place = take_apart(path)
        proved = self._proved.get((place.text, algo))
        if proved is not None and start == 0 and length is None:
            return proved
        if place.kind is Kind.OUTPUT:
            output = await self._output(place)
            return await fetched_hash(self._store, output.address, algo, start, length)
        raise NotOffered(
            f"Nothing can tell the hash of {visible(place.text, 120)}: the store gives back no "
            "uploads, and told no MD5 of this one.",
        )

    async def write(self, path: str, content: bytes) -> None:
        """Send a small file as an input."""
        place = take_apart(path)
        address = await self._upload_address(input_name(place))
        await self._store.put(address, _whole(content), len(content))
        self._sent[place.text] = len(content)

    async def upload(
        self,
        source: Path,
        target: str,
        algo: str,
        progress: Progress,
        offset: int = 0,  # noqa: ARG002 - an upload is whole or not at all
    ) -> str:
        """Send `source` as the input `target`, always the whole; its hash in hex.

        HashMismatch when the store tells another MD5 than that of the bytes sent.
        """
        place = take_apart(target)
        name = input_name(place)
        sent = await send_file(
            self._store, await self._upload_address(name), Source(source, algo), progress
        )
        self._sent[place.text] = sent.size
        self._proved.pop((place.text, algo), None)
        if sent.confirmed:
            self._proved[place.text, algo] = sent.hash
        return sent.hash

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write an output from `offset` on to exactly `target`; the hash of the bytes received."""
        place = take_apart(source)
        output = await self._output(place)
        self._proved.pop((place.text, algo), None)
        came = await fetch(self._store, output.address, target, algo, progress, offset)
        if came.confirmed:
            self._proved[place.text, algo] = came.hash
        return came.hash

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes of an output; a negative offset counts from the end."""
        output = await self._output(take_apart(path))
        return await read_span(self._store, output.address, offset, length)

    async def input_address(self, remote: str) -> str:
        """What a job calls the input `remote`; the service tells it anew for the same name."""
        return s3_name(await self._upload_address(input_name(take_apart(remote))))

    async def _record(self, place: KottaPath) -> Record:
        return await self._records.fresh(place.job_id)

    async def _output(self, place: KottaPath) -> Output:
        """An output that is there; NotFound says why it is not."""
        if place.kind is not Kind.OUTPUT:
            raise NotFound(f"{visible(place.text, 120)} is no output of a job.")
        record = await self._record(place)
        if not state_of(record.word).ended:
            raise NotFound(
                f"Job {place.job_id} has not ended: Cloud Kotta gives outputs at the end.",
                title="Not there yet",
            )
        for output in record.outputs:
            if output.name == place.name and output.address:
                return output
        raise NotFound(f"Job {place.job_id} has no output {visible(place.name, 120)}.")

    async def _outputs(self, record: Record) -> tuple[Entry, ...]:
        there = [output for output in record.outputs if output.address]
        todo, found = iter(there), dict[str, Entry]()  # an output may vanish from the store

        async def lane() -> None:
            for output in todo:
                with suppress(NotFound):
                    found[output.name] = await self._entry(output)

        lanes = range(min(_AT_ONCE, len(there)))
        await all_done(*(asyncio.ensure_future(lane()) for _ in lanes))
        return tuple(found[output.name] for output in there if output.name in found)

    async def _entry(self, output: Output) -> Entry:
        try:
            safe_name(output.name)
        except Refused:
            shown = visible(output.name, 80).replace("/", "∕") or "(empty)"
            return Entry(f"unsafe name refused: {shown}", EntryKind.OTHER, unsafe=True)
        return Entry(output.name, EntryKind.FILE, await self._store.size(output.address))

    def _inputs(self, place: KottaPath) -> tuple[Entry, ...]:
        found: dict[str, Entry] = {}
        for path in (*self._folders, *self._sent):
            if path.startswith(f"{place.text}/"):
                name = path[len(place.text) + 1 :].partition("/")[0]
                entry = self._input(f"{place.text}/{name}")
                if entry is not None:
                    found[name] = entry
        return tuple(found.values())

    def _input(self, path: str) -> Entry | None:
        name = path.rpartition("/")[2]
        if path in self._sent:
            return Entry(name, EntryKind.FILE, self._sent[path])
        below = any(sent.startswith(f"{path}/") for sent in self._sent)
        return _folder(name) if below or path in self._folders else None


def _folder(name: str) -> Entry:
    return Entry(name, EntryKind.FOLDER)


async def _whole(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content
