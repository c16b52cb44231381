"""Which host keys are known, and what happens when one is not."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.base import Prompter
from podtui.errors import (
    Cancelled,
    ConfigError,
    FileTrouble,
    HostKeyChange,
    HostKeyChanged,
    HostKeyUnknown,
)

if TYPE_CHECKING:
    import asyncssh

SYSTEM_FILES = (Path("/etc/ssh/ssh_known_hosts"), Path("/etc/ssh/ssh_known_hosts2"))
POLICIES = ("ask", "accept-new", "strict")
_DEFAULT_PORT = 22


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One key of a known_hosts file and the line it stands in, counted from 1."""

    key: asyncssh.SSHKey
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the files say about one host.

    `keys` stand under its exact name and port; `portless` under the bare name, which OpenSSH
    accepts for another port too but never takes as a reason to call a key changed.
    """

    keys: tuple[KnownKey, ...] = ()
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()
    portless: tuple[asyncssh.SSHKey, ...] = ()


@dataclass(frozen=True, slots=True)
class HostKeys:
    """The known_hosts files of one connection; the first is the one that grows."""

    files: tuple[Path, ...]

    def find(self, host: str, port: int) -> Known:
        """What is known of `host`; reads the files, so call it in a thread."""
        exact = self._matches(entry_name(host, port))
        if port == _DEFAULT_PORT:
            return exact
        bare = self._matches(entry_name(host, _DEFAULT_PORT))
        return Known(
            exact.keys,
            exact.authorities or bare.authorities,
            exact.revoked + bare.revoked,
            tuple(known.key for known in bare.keys),
        )

    def _matches(self, name: str) -> Known:
        import asyncssh

        keys: list[KnownKey] = []
        authorities: list[asyncssh.SSHKey] = []
        revoked: list[asyncssh.SSHKey] = []
        for file in self.files:
            for number, line in enumerate(_lines(file), 1):
                try:
                    found = asyncssh.import_known_hosts(line).match(name, "", None)
                except (ValueError, asyncssh.Error):
                    continue  # one bad line must not make all others unknown
                keys += (KnownKey(key, file, number) for key in found[0])
                authorities += found[1]
                revoked += found[2]
        return Known(tuple(keys), tuple(authorities), tuple(revoked))

    def remember(self, host: str, port: int, key: asyncssh.SSHKey) -> None:
        """Append `key` to the first file (0600), leaving every other line as it is."""
        file = self.files[0]
        line = f"{entry_name(host, port)} ".encode() + key.export_public_key("openssh").strip()
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                whole = size == 0 or os.pread(descriptor, 1, size - 1) in (b"\n", b"")
                os.write(descriptor, (b"" if whole else b"\n") + line + b"\n")
            finally:
                os.close(descriptor)
        except OSError as error:
            raise FileTrouble(
                f"The host key could not be written to {file}: {error.strerror}",
                hint="Nothing was trusted. Make the file writable, or name another known_hosts.",
            ) from error


@dataclass(frozen=True, slots=True)
class HostKeyJudge:
    """Decides about a key that no file vouches for."""

    cluster: str
    policy: str
    hostkeys: HostKeys
    prompter: Prompter

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise ConfigError(f"host_keys is {self.policy!r}; it can be {', '.join(POLICIES)}.")

    async def judge(self, host: str, port: int, known: Known, key: asyncssh.SSHKey) -> None:
        """Return when `key` may be trusted, written down by then; else raise why not."""
        name = entry_name(host, port)
        if known.keys:
            raise changed(name, known, key)
        fingerprint, algorithm = key.get_fingerprint(), key.get_algorithm()
        if self.policy == "strict":
            raise HostKeyUnknown(
                f"{name} shows the {algorithm} key {fingerprint}, which no known_hosts file has.",
                hint=f"Add it to {self.hostkeys.files[0]}, or set host_keys to "
                '"ask" or "accept-new".',
            )
        if self.policy == "ask" and not await self.prompter.trust_host(
            self.cluster, name, algorithm, fingerprint
        ):
            raise Cancelled(f"The key of {name} was not trusted; nothing was sent to it.")
        await asyncio.to_thread(self.hostkeys.remember, host, port, key)


def changed(name: str, known: Known, key: asyncssh.SSHKey) -> HostKeyChanged:
    """The refusal of `key`: both fingerprints, where the old one stands, how to forget it."""
    same_kind = [old for old in known.keys if old.key.algorithm == key.algorithm]
    old = (same_kind or list(known.keys))[0]
    command = shlex.join(["ssh-keygen", "-R", name, "-f", str(old.file)])
    error = HostKeyChanged(
        f"{name} shows the {key.get_algorithm()} key {key.get_fingerprint()}, but the "
        f"{old.key.get_algorithm()} key {old.key.get_fingerprint()} is known for it "
        f"({old.file}, line {old.line}). Somebody may stand between you and the host.",
        hint=f"Ask those who run the host whether its key changed. If it did: {command}",
    )
    error.change = HostKeyChange(
        name,
        known=(old.key.get_algorithm(), old.key.get_fingerprint()),
        shown=(key.get_algorithm(), key.get_fingerprint()),
        file=old.file,
        line=old.line,
    )
    return error


def entry_name(host: str, port: int) -> str:
    """The host as known_hosts names it: `host`, or `[host]:port` away from port 22."""
    return host.lower() if port == _DEFAULT_PORT else f"[{host.lower()}]:{port}"


def preferred_algorithms(known: Known) -> Sequence[str]:
    """Host key algorithms for the handshake, those of known keys first.

    So a host that has a key of a known kind shows that one and not another that would look changed.
    Certificates are asked for only where an authority is known: nobody could check them otherwise.
    """
    from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs

    algorithms: list[bytes] = list(get_default_certificate_algs()) if known.authorities else []
    for key in (*(old.key for old in known.keys), *known.portless):
        algorithms += key.sig_algorithms
    algorithms += get_default_public_key_algs()
    return [name.decode() for name in dict.fromkeys(algorithms)]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").split("\n")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise FileTrouble(f"{file} cannot be read: {error.strerror}") from error
