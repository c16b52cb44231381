"""Bytes from this machine to a signed address and back, hashed on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from podtui.backends.base import Progress
from podtui.backends.kotta.store import SignedStore, first_byte, md5_of, whole_size
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.local_file import BATCH, Sink, Source
from podtui.errors import HashMismatch, SourceChanged, Unreachable

_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved; `confirmed` when the store told the same MD5 of the whole."""

    hash: str
    size: int
    confirmed: bool


async def send_file(store: SignedStore, address: str, source: Source, progress: Progress) -> Moved:
    """PUT the whole source; HashMismatch when the store tells another MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    async with source:
        facts, first = await source.run(partial(source.start, _BLOCK))

        async def blocks() -> AsyncGenerator[bytes, None]:
            batch = first
            while batch:
                for block in batch:
                    yield block
                    progress(len(block))
                await asyncio.to_thread(_update, digest, batch)
                batch = await source.run(partial(source.blocks, _BLOCK))
            await source.run(source.finish)

        async with aclosing(blocks()) as stream:
            told = await store.put(address, stream, facts.st_size)
        if told and told != digest.hexdigest():
            raise HashMismatch(
                f"MD5 of what was sent is {digest.hexdigest()}, of what arrived {told}."
            )
        return Moved(source.hash.hexdigest(), facts.st_size, bool(told))


async def fetch(
    store: SignedStore, address: str, target: Path, algo: str, progress: Progress, offset: int
) -> Moved:
    """Write the object from `offset` on to `target`; HashMismatch when the store's MD5 differs."""
    digest = hashlib.md5(usedforsecurity=False)
    sink = Sink(target, algo, offset)
    async with store.open(address, f"{offset}-" if offset else "") as response, sink:
        # Amazon S3 does not tell the size with a 416
        beyond = response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE
        size = await store.size(address) if beyond else whole_size(response)
        if offset > size:
            raise SourceChanged("The output is shorter than it was.")
        batch: list[bytes] = []
        waiting = came = 0
        async for data in _from(response, offset):
            batch.append(data)
            waiting += len(data)
            came += len(data)
            if waiting >= BATCH:
                await sink.run(partial(_keep, sink, digest, batch))
                batch, waiting = [], 0
            progress(len(data))
        if offset + came != size:
            raise Unreachable(f"{offset + came:,} bytes came of {size:,}.")
        digest.update(b"".join(batch))
        await sink.run(partial(sink.finish, batch))
        told = md5_of(response) if offset == 0 else ""
        if told and told != digest.hexdigest():
            raise HashMismatch(f"MD5 of what arrived is {digest.hexdigest()}, the store's {told}.")
        return Moved(sink.hash.hexdigest(), came, bool(told))


async def fetched_hash(
    store: SignedStore, address: str, algo: str, start: int, length: int | None
) -> str:
    """The hash of an object, or of `length` bytes from `start` on, read for nothing else."""
    digest = new_hash(algo)
    if length == 0:
        return digest.hexdigest()
    end = "" if length is None else start + length - 1
    span = "" if start == 0 and length is None else f"{start}-{end}"
    left = length
    async with store.open(address, span) as response:
        async for data in _from(response, start):
            part = data if left is None else data[:left]
            await asyncio.to_thread(digest.update, part)
            if left is not None:
                left -= len(part)
                if left == 0:
                    break
    return digest.hexdigest()


async def read_span(store: SignedStore, address: str, offset: int, length: int) -> bytes:
    """Up to `length` bytes from `offset` on; a negative offset counts from the end."""
    if length <= 0:
        return b""
    span = f"{offset}" if offset < 0 else f"{offset}-{offset + length - 1}"
    found = bytearray()
    async with store.open(address, span) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""
        start = max(0, whole_size(response) + offset) if offset < 0 else offset
        async for data in _from(response, start):
            found += data[: length - len(found)]
            if len(found) >= length:
                break
    return bytes(found)


async def _from(response: httpx.Response, start: int) -> AsyncGenerator[bytes, None]:
    """The body from byte `start` of the whole on; a server may not have cut it as asked."""
    if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return
    skip = start - first_byte(response)
    if skip < 0:
        raise SourceChanged("The store sent another part than was asked for.")
    async for data in response.aiter_raw():
        part = data[skip:]
        skip -= len(data) - len(part)
        if part:
            yield part


def _keep(sink: Sink, digest: hashlib._Hash, batch: Sequence[bytes]) -> None:
    _update(digest, batch)
    sink.write(batch)


def _update(digest: hashlib._Hash, batch: Sequence[bytes]) -> None:
    for block in batch:
        digest.update(block)
