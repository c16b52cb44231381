"""Small files packed as GNU tar and taken out again, trusting nothing in it.

Only what bundles need is written and read: plain files with names of any bytes (the format's
description: the GNU tar manual, "Basic Tar Format" and "GNU Extensions").
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from podtui.backends.ssh.errors import local_trouble
from podtui.backends.ssh.hashing import new_hash
from podtui.domain.key import refuse_private_key
from podtui.domain.text import visible
from podtui.errors import BadAnswer, FileTrouble, NoSpace, PodError, SourceChanged

_BLOCK = 512
_RECORD = 20 * _BLOCK
_SHORT = 100  # bytes of a name that fit into a header
_LONG_NAME = b"././@LongLink"
_MAGIC_AT = 257
_TAIL = b"ustar  \0".ljust(_BLOCK - _MAGIC_AT, b"\0")
_SUM_OF_REST = sum(b" " * 8) + sum(_TAIL)  # a checksum is made as if it stood as spaces
_ZEROS = b"\0" * _BLOCK
_LARGEST = 64 << 20  # a small file that has grown beyond this is no small file any more


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle: the archive, the hash of each file in it, and what is not in it and why."""

    data: bytes
    hashes: dict[str, str]
    failed: dict[str, PodError]


def pack(here: Path, paths: Sequence[str], algo: str) -> Packed:
    """The files of `here` as one archive; blocks, so run it in a thread.

    A file that cannot be read, or is no longer what it was planned as, is left out and told.
    InputError for a private key.
    """
    parts: list[bytes] = []
    hashes: dict[str, str] = {}
    failed: dict[str, PodError] = {}
    root, empty = f"{here}/", new_hash(algo)
    for path in paths:
        if path.endswith("/"):
            parts += _entry(f"./{path}", 0, None, b"5")
            continue
        try:
            told, data = _read(root + path)
        except (FileTrouble, SourceChanged) as error:
            failed[path] = error
            continue
        digest = empty.copy()
        digest.update(data)
        hashes[path] = digest.hexdigest()
        parts += _entry(f"./{path}", len(data), told, b"0")
        parts.append(data)
        if fill := -len(data) % _BLOCK:
            parts.append(_ZEROS[:fill])
    size = sum(map(len, parts)) + 2 * _BLOCK
    parts.append(b"\0" * (2 * _BLOCK + -size % _RECORD))
    return Packed(b"".join(parts), hashes, failed)


def _read(path: str) -> tuple[os.stat_result, bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            told = os.fstat(descriptor)
            if not stat.S_ISREG(told.st_mode) or told.st_size > _LARGEST:
                raise SourceChanged(f"{visible(path, 200)!r} is not the small file it was.")
            data = os.read(descriptor, told.st_size + 1)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise SourceChanged(f"{visible(path, 200)!r} vanished before it was read.") from None
    except OSError as error:
        raise local_trouble(error, path) from None
    if len(data) != told.st_size or after.st_mtime_ns != told.st_mtime_ns:
        raise SourceChanged(f"{visible(path, 200)!r} changed while it was read.")
    refuse_private_key(data[:128], path)
    return told, data


def _entry(path: str, size: int, told: os.stat_result | None, kind: bytes) -> list[bytes]:
    """What stands before a file's bytes; a folder has no facts of its own."""
    name = os.fsencode(path)
    parts = []
    if len(name) > _SHORT:
        parts += [_header(_LONG_NAME, len(name) + 1, 0, 0, b"L"), _padded(name + b"\0")]
    mode = told.st_mode & 0o777 if told else 0o755
    modified = int(told.st_mtime if told else time.time())
    return [*parts, _header(name[:_SHORT], size, mode, modified, kind)]


def _header(name: bytes, size: int, mode: int, modified: int, kind: bytes) -> bytes:
    facts = b"%07o\x000000000\x000000000\x00%011o\x00%011o\x00" % (
        mode,
        size,
        max(0, min(modified, 0o77777777777)),
    )
    total = sum(name) + sum(facts) + kind[0] + _SUM_OF_REST
    head = b"%b%b%06o\0 %b" % (name.ljust(_SHORT, b"\0"), facts, total, kind)
    return head.ljust(_MAGIC_AT, b"\0") + _TAIL


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _BLOCK)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    path: str
    mode: int
    modified: int
    data: memoryview


def members(archive: bytes | memoryview) -> Iterator[Member]:
    """The plain files of an archive, names without `./`; BadAnswer for anything else in it."""
    view, at, long_name = memoryview(archive), 0, b""
    while at + _BLOCK <= len(view):
        header = bytes(view[at : at + _BLOCK])
        if header == _ZEROS:
            return
        name, size, kind = header[:_SHORT].rstrip(b"\0"), _number(header[124:136]), header[156:157]
        at += _BLOCK
        if size > len(view) - at:
            raise BadAnswer("The server's archive ends in the middle of a file.")
        data = view[at : at + size]
        at += size + -size % _BLOCK
        if kind == b"L":
            long_name = bytes(data).rstrip(b"\0")
            continue
        if kind not in (b"0", b"\0"):
            raise BadAnswer(
                f"The server's archive holds {visible(os.fsdecode(name), 80)!r}, no file."
            )
        path = os.fsdecode((long_name or name).removeprefix(b"./"))
        long_name = b""
        yield Member(path, _number(header[100:108]), _number(header[136:148]), data)


def _number(field: bytes) -> int:
    digits = field.strip(b" \0") or b"0"
    try:
        if digits.isdigit():  # int() would take a sign and underscores, too
            return int(digits, 8)
    except ValueError:
        pass
    raise BadAnswer("The server's archive is damaged.")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an archive held: the hash of each file written, and what could not be and why."""

    hashes: dict[str, str]
    failed: dict[str, PodError]


def unpack(
    archive: bytes | memoryview, wanted: Sequence[str], here: Path, algo: str, *, keep: bool = True
) -> Unpacked:
    """Write the `wanted` files below `here`, and no other. Blocks.

    `here` is a folder of podtui's own: what is in the way there is replaced. BadAnswer for a name
    nobody asked for, NoSpace on a full disk.
    """
    left = set(wanted)
    made: set[str] = set()
    hashes: dict[str, str] = {}
    failed: dict[str, PodError] = {}
    empty = new_hash(algo)
    for member in members(archive):
        if member.path not in left:
            raise BadAnswer(f"The server sent {visible(member.path, 80)!r}, unasked.")
        left.remove(member.path)
        target = f"{here}/{member.path}"
        folder = target.rpartition("/")[0]
        try:
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            _write(target, member, keep=keep)
        except OSError as error:
            trouble = failed[member.path] = local_trouble(error, target)
            if isinstance(trouble, NoSpace):
                raise trouble from None
            continue
        digest = empty.copy()
        digest.update(member.data)
        hashes[member.path] = digest.hexdigest()
    return Unpacked(hashes, failed)


def _write(target: str, member: Member, *, keep: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    descriptor = os.open(target, flags, 0o600)
    try:
        rest = member.data
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if keep:
            os.fchmod(descriptor, member.mode & 0o777)
            os.utime(descriptor, (member.modified, member.modified))
    finally:
        os.close(descriptor)
