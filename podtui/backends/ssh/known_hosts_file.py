"""The lines of known_hosts files, and taking one out."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from podtui.backends.ssh.errors import local_file_errors
from podtui.backends.ssh.whole_file import replace_file
from podtui.domain.known_host import KnownHost, parse_known_host
from podtui.domain.text import visible
from podtui.errors import NotFound


async def read_known_hosts(files: Sequence[Path]) -> tuple[KnownHost, ...]:
    """All host keys in `files`, file by file; one that cannot be read has none."""
    return await asyncio.to_thread(_read_all, tuple(dict.fromkeys(files)))


async def forget(hosts: Iterable[KnownHost]) -> None:
    """Take these lines out, every other byte stays. NotFound when one is there no more."""
    by_file: dict[Path, list[KnownHost]] = {}
    for host in hosts:
        by_file.setdefault(host.file, []).append(host)
    for file, lines in by_file.items():
        await asyncio.to_thread(_forget, file, lines)


def _read_all(files: tuple[Path, ...]) -> tuple[KnownHost, ...]:
    found: list[KnownHost] = []
    for file in files:
        try:
            lines = file.read_bytes().split(b"\n")
        except OSError:
            continue
        told = (parse_known_host(file, number, line) for number, line in enumerate(lines, 1))
        found += filter(None, told)
    return tuple(found)


def _forget(file: Path, hosts: list[KnownHost]) -> None:
    with local_file_errors(file):
        content = file.read_bytes()
        mode = stat.S_IMODE(file.stat().st_mode)
    lines = content.split(b"\n")
    gone = {_place(lines, host) for host in hosts}
    kept = [line for number, line in enumerate(lines, 1) if number not in gone]
    replace_file(file, b"\n".join(kept), mode)


def _place(lines: list[bytes], host: KnownHost) -> int:
    """The number of the line now: lines above it may have come or gone since it was read."""
    if host.line <= len(lines) and lines[host.line - 1] == host.text:
        return host.line
    places = [number for number, line in enumerate(lines, 1) if line == host.text]
    if not places:
        raise NotFound(
            f"{visible(str(host.file), 120)} has changed: that line is not in it any more.",
            hint="Look at the known hosts anew.",
        )
    return places[0]
