"""Hashes: of bytes as they pass, and of a file at the far side by the tools it has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from podtui.errors import InputError

_HEX = re.compile(rb"\\?([0-9a-fA-F]+)\b")


def new_hash(algo: str) -> hashlib._Hash:
    """An empty hash of `algo`; InputError when there is no such algorithm."""
    name = algo.lower().replace("-", "")
    try:
        found = hashlib.new(name, usedforsecurity=False)
    except ValueError as error:
        raise InputError(
            f"{algo!r} is no hash algorithm this machine knows.",
            hint="Use sha256, sha512, sha1 or md5.",
        ) from error
    if found.digest_size == 0:  # the shake family has no fixed length, and so no one answer
        raise InputError(f"{algo!r} has no fixed length.", hint="Use sha256.")
    return found


def hash_attempts(algo: str) -> tuple[str, ...]:
    """Commands that hash what comes on stdin, the fastest first.

    openssl is tried first: it is several times as fast as GNU coreutils where the processor has SHA
    instructions; then coreutils, Perl's shasum and the BSDs' tools.
    """
    name = new_hash(algo).name
    bits = name.removeprefix("sha")
    perl = (f"shasum -b -a {bits}",) if name.startswith("sha") and bits.isdigit() else ()
    return (f"openssl dgst -r -{name}", f"{name}sum -b", *perl, f"{name} -q")


def hash_command(algo: str, path: str, start: int = 0, length: int | None = None) -> Sequence[str]:
    """A command that hashes the file, or `length` bytes from `start` on, by the tool that is there.

    The file comes on stdin: no tool then prints, or escapes, its name. Exit code 127 when no tool
    is there, 126 when the file is no plain one: reading a FIFO would never end.
    """
    # dd without a count of blocks only moves to where it would read: no byte goes through a pipe.
    seek = f"dd bs=1 skip={start} count=0 2>/dev/null &&" if start else ""
    cut = f"head -c {length} |" if length is not None else ""
    tries = "; ".join(
        f"command -v {line.split()[0]} >/dev/null 2>&1 && "
        f'{{ {seek} {cut} {line} 2>/dev/null; }} < "$1" && exit 0'
        for line in hash_attempts(algo)
    )
    return [
        "sh",
        "-c",
        f'[ -f "$1" ] || exit 126; LC_ALL=C; export LC_ALL; {tries}; exit 127',
        "sh",
        path,
    ]


def parse_hash(algo: str, printed: bytes) -> str | None:
    """The hash in hex at the start of what a tool printed; None when there is none."""
    match = _HEX.match(printed)
    if match is None or len(match[1]) != 2 * new_hash(algo).digest_size:
        return None
    return match[1].decode().lower()
