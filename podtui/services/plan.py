"""What a transfer will move: every file with its two ends, before the first byte goes."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from podtui.backends.base import Files
from podtui.domain.entry import EntryKind, safe_name, unsafe_name
from podtui.domain.key import refuse_private_key
from podtui.domain.text import visible
from podtui.errors import FileTrouble, InputError, NotFound, Refused

_KEY_BYTES = (100, 32 * 1024)  # the sizes private keys have; others need no look inside
_DEEPEST = 64  # folders in folders; deeper means links in a circle


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file: where it is, where it will be, and its size in bytes now."""

    source: str
    target: str
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All files of a transfer, and the folders that must be there, outermost first."""

    files: tuple[PlannedFile, ...]
    folders: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


async def plan_upload(source: Path, target: str) -> Plan:
    """Walk the local `source`, which will be exactly `target` there."""
    return await asyncio.to_thread(_walk_local, source, target)


async def plan_download(files: Files, source: str, target: Path) -> Plan:
    """Walk the remote `source`, which will be exactly `target` here."""
    entry = await files.stat(source)
    if entry is None:
        raise NotFound(
            f"There is no {visible(source, 200)!r} on the cluster.", title="File not found"
        )
    if not entry.is_folder:
        _must_be_file(entry.kind, entry.target_kind, source)
        return Plan((PlannedFile(source, str(target), entry.size),))
    planned: list[PlannedFile] = []
    folders = [str(target)]
    todo = [(source, target, 0)]
    while todo:
        folder, here, depth = todo.pop()
        if depth > _DEEPEST:
            raise Refused(f"{visible(folder, 200)!r} is nested too deep.", title="Endless folder")
        for item in await files.list_folder(folder):
            if item.unsafe:
                raise unsafe_name(item.name)
            name = safe_name(item.name)
            there, local = f"{folder.rstrip('/')}/{name}", here / name
            if item.is_folder:
                folders.append(str(local))
                todo.append((there, local, depth + 1))
            else:
                _must_be_file(item.kind, item.target_kind, there)
                size = item.size
                if item.kind is EntryKind.LINK:
                    pointed = await files.stat(there)
                    size = pointed.size if pointed else 0
                planned.append(PlannedFile(there, str(local), size))
    return Plan(tuple(planned), tuple(folders))


def _must_be_file(kind: EntryKind, target: EntryKind | None, path: str) -> None:
    if EntryKind.FILE not in (kind, target):
        raise InputError(
            f"{visible(path, 200)!r} is neither a file nor a folder.",
            title="Not a file",
            hint="Devices, sockets and links that point nowhere are not transferred.",
        )


def _walk_local(source: Path, target: str) -> Plan:
    try:
        facts = source.stat()
        if not S_ISDIR(facts.st_mode):
            return Plan((_planned(source, target, facts),))
        planned: list[PlannedFile] = []
        folders: list[str] = []
        _walk_folder(source, target, planned, folders, frozenset())
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no {visible(str(error.filename), 200)!r} on this machine.",
            title="File not found",
        ) from None
    except OSError as error:
        raise FileTrouble(
            f"{visible(str(error.filename), 200)!r} cannot be read: {error.strerror}."
        ) from None
    return Plan(tuple(planned), tuple(folders))


def _walk_folder(
    folder: Path,
    target: str,
    planned: list[PlannedFile],
    folders: list[str],
    above: frozenset[tuple[int, int]],
) -> None:
    facts = folder.stat()
    here = (facts.st_dev, facts.st_ino)
    if here in above:
        raise InputError(f"{str(folder)!r} is a link to a folder above it.", title="Endless folder")
    folders.append(target)
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            below = f"{target.rstrip('/')}/{entry.name}"
            if entry.is_dir():
                _walk_folder(Path(entry.path), below, planned, folders, above | {here})
            else:
                planned.append(_planned(Path(entry.path), below, entry.stat()))


def _planned(source: Path, target: str, facts: os.stat_result) -> PlannedFile:
    if not S_ISREG(facts.st_mode):
        raise InputError(
            f"{visible(str(source), 200)!r} is neither a file nor a folder.",
            title="Not a file",
            hint="Devices, sockets and pipes are not transferred.",
        )
    if _KEY_BYTES[0] <= facts.st_size <= _KEY_BYTES[1]:
        with source.open("rb") as file:
            refuse_private_key(file.read(128), str(source))
    return PlannedFile(str(source), target, facts.st_size)
