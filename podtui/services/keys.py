"""SSH keys: those of this machine, and those a cluster accepts."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from podtui.backends.ssh.local_keys import generate_key, list_local_keys
from podtui.config.model import ClusterConfig, ssh_options
from podtui.domain.key import LocalKey, PublicKey, parse_public_key
from podtui.errors import FileTrouble, OutcomeUnknown
from podtui.paths import Paths
from podtui.services.clusters import ClusterService


class KeyService:
    """Lists, makes, puts on and takes off keys. Only public halves ever leave this machine."""

    def __init__(self, clusters: ClusterService, paths: Paths) -> None:
        self._clusters = clusters
        self._paths = paths

    async def local(self) -> tuple[LocalKey, ...]:
        """The key pairs of this machine: in ~/.ssh, and those the configuration names."""
        named = [
            ssh_options(self._clusters.config(name)).identity_file for name in self._clusters.names
        ]
        return await list_local_keys(self._paths, [path for path in named if path])

    async def on_cluster(self, cluster: str) -> tuple[PublicKey, ...]:
        """The keys that may log in there."""
        async with self._clusters.call(cluster) as backend:
            return await backend.keys.public_keys()

    async def generate(self, path: Path, comment: str = "", passphrase: str = "") -> LocalKey:
        """Make an ed25519 key pair at `path`; one that is there is never overwritten."""
        return await generate_key(
            path, comment=comment or f"podtui@{socket.gethostname()}", passphrase=passphrase
        )

    async def add(self, cluster: str, key: PublicKey) -> None:
        """Let a key log in; after a lost answer it is looked for before anyone repeats it."""
        async with self._clusters.call(cluster) as backend:
            try:
                await backend.keys.add_key(key)
            except OutcomeUnknown:
                if not _among(key, await backend.keys.public_keys()):
                    raise

    async def remove(self, cluster: str, key: PublicKey) -> None:
        """Let a key log in no more; after a lost answer it is looked for too."""
        async with self._clusters.call(cluster) as backend:
            try:
                await backend.keys.remove_key(key)
            except OutcomeUnknown:
                if _among(key, await backend.keys.public_keys()):
                    raise

    async def ensure(self, cluster: str) -> tuple[PublicKey, bool]:
        """A key of ours on the cluster: one that is on, else ours put on, made if there is none.

        The bool tells whether anything had to be made or put on.
        """
        config = self._clusters.config(cluster)
        ours = await self._ours(config)
        on = await self.on_cluster(cluster)
        for key in ours:
            if _among(key.public, on):
                return key.public, False
        key = ours[0] if ours else await self.generate(self.identity_path(config))
        await self.add(cluster, key.public)
        return key.public, True

    def identity_path(self, config: ClusterConfig) -> Path:
        """Where a cluster's key is, or would be made."""
        return ssh_options(config).identity_file or self._paths.ssh / "id_ed25519"

    async def _ours(self, config: ClusterConfig) -> list[LocalKey]:
        """The keys this cluster's connection would try."""
        keys = await self.local()
        named = ssh_options(config).identity_file
        return [key for key in keys if named is None or key.path == named]


def _among(key: PublicKey, keys: tuple[PublicKey, ...]) -> bool:
    return any(key.same_as(there) for there in keys)


async def read_public_key(text: str) -> PublicKey:
    """A public key from a line, or from a file that holds one. A private key is refused."""
    if text.lstrip().startswith(("ssh-", "ecdsa-", "sk-", "-----")):
        return parse_public_key(text)
    path = Path(text).expanduser()
    try:
        content = await asyncio.to_thread(path.read_text, "utf-8", "replace")
    except OSError as error:
        raise FileTrouble(f"{str(path)!r} cannot be read: {error.strerror}.") from None
    return parse_public_key(content)
