"""The keys a login offers, in order, and the passphrases it asks for on the way."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from podtui.backends.base import Prompter, Question
from podtui.backends.ssh.keyfile import KeyFile, read_key_file
from podtui.backends.ssh.target import Hop
from podtui.errors import ConfigError
from podtui.paths import Paths

DEFAULT_NAMES = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk", "id_dsa")
_TRIES = 3


class Keyring:
    """Private keys unlocked so far, in memory only, so that a reconnect does not ask again."""

    def __init__(self, cluster: str, prompter: Prompter) -> None:
        self._cluster = cluster
        self._prompter = prompter
        self._open: dict[Path, asyncssh.SSHKey] = {}

    async def unlock(self, file: KeyFile) -> asyncssh.SSHKey | None:
        """The private key of `file`; None when its passphrase was not given in three tries."""
        known = self._open.get(file.path)
        if known is not None and _is_key_of(known, file):
            return known
        key = await self._ask(file) if file.encrypted else await _load(file.path, None)
        if key is not None:
            self._open[file.path] = key
        return key

    async def _ask(self, file: KeyFile) -> asyncssh.SSHKey | None:
        for attempt in range(1, _TRIES + 1):
            again = f" (not right, try {attempt} of {_TRIES})" if attempt > 1 else ""
            [answer] = await self._prompter.ask(
                self._cluster, f"Passphrase of {file.path}", [Question(f"Passphrase{again}")]
            )
            if not answer:
                return None
            key = await _load(file.path, answer)
            if key is not None:
                return key
        return None


class LockedKeyPair(asyncssh.SSHKeyPair):
    """A key offered by its public half; it is unlocked only when the server would take it."""

    def __init__(
        self,
        public: asyncssh.SSHKey,
        file: KeyFile,
        keyring: Keyring,
        cert: asyncssh.SSHCertificate | None = None,
    ) -> None:
        names = public.sig_algorithms
        name, data = public.algorithm, public.public_data
        super().__init__(name, name, names, names, data, None, cert)
        self._file = file
        self._keyring = keyring

    async def sign_async(self, data: bytes) -> bytes:
        """Sign `data` (the login request); ValueError, which means "next key", when locked."""
        key = await self._keyring.unlock(self._file)
        if key is None or key.public_data != self.key_public_data:
            raise ValueError("the key was not unlocked")
        return await asyncio.to_thread(_sign, key, data, self.sig_algorithm)


@dataclass(frozen=True, slots=True)
class HiddenKey:
    """A key file whose public half only its passphrase would show."""

    file: KeyFile


Offer = asyncssh.SSHKeyPair | HiddenKey


@asynccontextmanager
async def agent_keys(path: str | None) -> AsyncIterator[tuple[asyncssh.SSHKeyPair, ...]]:
    """The keys of the agent at `path` ("": the environment's), none when no agent answers."""
    socket = os.environ.get("SSH_AUTH_SOCK", "") if path == "" else path
    if not socket:
        yield ()
        return
    try:
        agent = await asyncssh.connect_agent(socket)
    except (OSError, asyncssh.Error):
        yield ()
        return
    try:
        try:
            held = tuple(await agent.get_keys())
        except (ValueError, OSError, asyncssh.Error):
            held = ()
        yield held
    finally:
        agent.close()
        await agent.wait_closed()


async def offers(
    hop: Hop,
    chosen: Path | None,
    held: Sequence[asyncssh.SSHKeyPair],
    paths: Paths,
    keyring: Keyring,
) -> list[Offer]:
    """What to offer, in order: the configured key, the agent's keys, the other key files.

    A file whose key the agent holds is offered through the agent, which needs no passphrase.
    ConfigError when `chosen` is no private key that can be read.
    """
    return await asyncio.to_thread(_offers, hop, chosen, held, paths, keyring)


_PUBLIC = (b"ssh-", b"ecdsa-", b"sk-ssh-", b"sk-ecdsa-")  # how a public half begins


def _unusable(chosen: Path) -> ConfigError:
    """Why the configured key cannot be offered."""
    hint = "Set this cluster's identity_file to the private key, or leave it out."
    try:
        with chosen.open("rb") as stream:
            begins = stream.read(16)
    except OSError as error:
        return ConfigError(f"identity_file {chosen}: {error.strerror}.", hint=hint)
    if begins.startswith(_PUBLIC):
        return ConfigError(
            f"identity_file {chosen} is the public half of a key: the private one is wanted.",
            hint=hint,
        )
    return ConfigError(f"identity_file {chosen} holds no private key.", hint=hint)


def _offers(
    hop: Hop,
    chosen: Path | None,
    held: Sequence[asyncssh.SSHKeyPair],
    paths: Paths,
    keyring: Keyring,
) -> list[Offer]:
    by_data: dict[bytes, asyncssh.SSHKeyPair] = {pair.public_data: pair for pair in held}
    first = [file for file in (_key_file(chosen),) if file] if chosen else []
    if chosen and not first:
        raise _unusable(chosen)
    names = hop.identity_files or tuple(paths.ssh / name for name in DEFAULT_NAMES)
    rest = [file for file in map(_key_file, names) if file]
    ordered: list[Offer] = []
    for file in first:
        ordered += _file_offers(file, hop, by_data, keyring)
    from_files: list[Offer] = []
    for file in rest:
        from_files += _file_offers(file, hop, by_data, keyring)
    if not hop.identities_only:
        ordered += held
    ordered += sorted(from_files, key=lambda offer: offer not in held)
    return list(dict.fromkeys(ordered))


def _file_offers(
    file: KeyFile, hop: Hop, held: dict[bytes, asyncssh.SSHKeyPair], keyring: Keyring
) -> list[Offer]:
    if file.public is None:
        return [HiddenKey(file)]
    try:
        public = asyncssh.import_public_key(file.public.line)
    except asyncssh.KeyImportError:
        return []
    certificates = (file.path.with_name(file.path.name + "-cert.pub"), *hop.certificate_files)
    found: list[Offer] = []
    for path in certificates:
        try:
            cert = asyncssh.read_certificate(path)
            found.append(LockedKeyPair(public, file, keyring, cert))
        except (OSError, ValueError):
            continue  # no certificate there, or one for another key
    found.append(held.get(public.public_data) or LockedKeyPair(public, file, keyring))
    return found


def _key_file(path: Path) -> KeyFile | None:
    try:
        return _with_public_half(read_key_file(path))
    except OSError:
        return None


def _with_public_half(file: KeyFile | None) -> KeyFile | None:
    """A PEM key that is not encrypted tells its public half when it is read."""
    if file is None or file.public is not None or file.encrypted:
        return file
    from podtui.domain.key import parse_public_key

    try:
        line = asyncssh.read_private_key(file.path).export_public_key("openssh")
    except (OSError, ValueError):
        return None
    return KeyFile(file.path, parse_public_key(line.decode("utf-8", "replace")), encrypted=False)


async def _load(path: Path, passphrase: str | None) -> asyncssh.SSHKey | None:
    def load() -> asyncssh.SSHKey | None:
        try:
            return asyncssh.read_private_key(path, passphrase)
        except (OSError, ValueError):
            return None

    return await asyncio.to_thread(load)  # bcrypt takes a tenth of a second and more


def _is_key_of(key: asyncssh.SSHKey, file: KeyFile) -> bool:
    """Whether the file still holds that key: a rotation puts another one under its name."""
    return file.public is None or base64.b64decode(file.public.data) == key.public_data


def _sign(key: asyncssh.SSHKey, data: bytes, algorithm: bytes) -> bytes:
    return key.sign(data, algorithm)
