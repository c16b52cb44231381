"""The SSH key pairs of this machine, and making a new one."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.ssh.errors import local_file_errors
from podtui.backends.ssh.keyfile import KeyFile, read_key_file
from podtui.domain.key import Certificate, LocalKey, PublicKey, parse_public_key
from podtui.domain.key_certificate import parse_certificate
from podtui.domain.key_strength import key_bits
from podtui.domain.text import visible
from podtui.errors import AlreadyThere, InputError, NotFound
from podtui.paths import Paths, private_folder

if TYPE_CHECKING:
    import asyncssh

ALGORITHMS = {"ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256", "rsa": "ssh-rsa"}
"""What `generate_key` can make, by ssh-keygen's names; RSA keys get 3072 bits, as there."""
_RSA_BITS = 3072


async def list_local_keys(paths: Paths, extra: Sequence[Path] = ()) -> tuple[LocalKey, ...]:
    """The key pairs in `paths.ssh` and at `extra`, by path; those the agent holds are marked.

    A file that cannot be read, or hides its public half behind a passphrase, is left out.
    """
    found = await asyncio.to_thread(_find, paths, tuple(extra))
    held = await agent_data()
    return tuple(replace(key, in_agent=key.public.data in held) for key in found)


async def local_key(path: Path) -> LocalKey:
    """The key pair at `path`; NotFound when there is none that shows its public half."""
    file = await asyncio.to_thread(_read, path)
    if file is None or file.public is None:
        raise NotFound(f"There is no key pair at {visible(str(path), 120)}.")
    held = await agent_data()
    return replace(_described(file, file.public), in_agent=file.public.data in held)


async def generate_key(
    path: Path, *, comment: str, passphrase: str = "", algorithm: str = "ed25519"
) -> LocalKey:
    """Make a key pair at `path` (0600) and `path`.pub (0644), never over what is there.

    An empty passphrase leaves the private key unencrypted. AlreadyThere when either file exists.
    """
    if algorithm not in ALGORITHMS:
        raise InputError(f"{algorithm!r} is not one of {', '.join(ALGORITHMS)}.")
    if not comment.isprintable():
        raise InputError("The comment of a key is one line of plain text.")
    return await asyncio.to_thread(_generate, path, comment, passphrase, algorithm)


def _find(paths: Paths, extra: tuple[Path, ...]) -> list[LocalKey]:
    try:
        inside = sorted(paths.ssh.iterdir())
    except OSError:
        inside = []
    keys: list[LocalKey] = []
    for path in dict.fromkeys((*extra, *inside)):
        file = _read(path)
        if file is not None and file.public is not None:
            keys.append(_described(file, file.public))
    return keys


def _described(file: KeyFile, public: PublicKey) -> LocalKey:
    path = file.path
    times = [when for when in map(_changed, (path, path.with_name(path.name + ".pub"))) if when]
    return LocalKey(
        path,
        public,
        key_bits(public),
        file.encrypted,
        made=min(times, default=None),
        exposed=_exposed(path),
        certificate=_certificate(path),
    )


def _changed(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def _exposed(path: Path) -> str:
    """Who else may read the private key or put another in its place, as far as modes tell."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        folder = stat.S_IMODE(path.parent.stat().st_mode)
    except OSError:
        return ""
    if mode & 0o077:
        return f"others may use the file (mode {mode:04o}); ssh refuses such a key"
    if folder & 0o022 and not folder & stat.S_ISVTX:
        return f"others may write in its folder (mode {folder:04o})"
    return ""


def _certificate(path: Path) -> Certificate | None:
    try:
        text = path.with_name(path.name + "-cert.pub").read_text("ascii", "replace")
    except OSError:
        return None
    return parse_certificate(text)


def _read(path: Path) -> KeyFile | None:
    try:
        return read_key_file(path) if path.is_file() else None
    except OSError:
        return None


async def agent_data() -> set[str]:
    """The keys the agent holds, each as the base64 of its public line; none without an agent."""
    from podtui.backends.ssh.identities import agent_keys

    async with agent_keys("") as held:
        return {base64.b64encode(pair.key_public_data).decode() for pair in held}


def _generate(path: Path, comment: str, passphrase: str, algorithm: str) -> LocalKey:
    import asyncssh

    public_path = path.with_name(path.name + ".pub")
    for there in (path, public_path):
        if os.path.lexists(there):
            raise _already(there)
    size = {"key_size": _RSA_BITS} if algorithm == "rsa" else {}
    key = asyncssh.generate_private_key(ALGORITHMS[algorithm], comment, **size)
    with local_file_errors(path):
        private_folder(path.parent)
        _write_new(path, _private_half(key, passphrase), 0o600)
        public = key.export_public_key("openssh")
        try:
            _write_new(public_path, public, 0o644)
        except BaseException:
            path.unlink()
            raise
    parsed = parse_public_key(public.decode())
    return _described(KeyFile(path, parsed, encrypted=bool(passphrase)), parsed)


def _private_half(key: asyncssh.SSHKey, passphrase: str) -> bytes:
    return key.export_private_key("openssh", passphrase=passphrase or None)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise _already(path) from None
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _already(path: Path) -> AlreadyThere:
    return AlreadyThere(
        f"{visible(str(path), 120)} exists.", hint="Choose another file name; no key is replaced."
    )
