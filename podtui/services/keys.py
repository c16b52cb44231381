"""SSH keys: those of this machine, and those a cluster accepts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from podtui.backends.base import Keys
from podtui.backends.ssh.local_keys import agent_data, generate_key, list_local_keys
from podtui.config.model import ClusterConfig, ssh_options
from podtui.domain.key import LocalKey, PublicKey, parse_public_key
from podtui.errors import FileTrouble, NotOffered, OutcomeUnknown, PodError, Refused
from podtui.paths import Paths
from podtui.services.clusters import ClusterService


@dataclass(frozen=True, slots=True)
class Door:
    """What one cluster told about the keys that open it; `keys` is None where it told nothing."""

    cluster: str
    keys: tuple[PublicKey, ...] | None = None
    error: PodError | None = None

    def takes(self, key: PublicKey) -> bool:
        """Whether the key is on."""
        return _among(key, self.keys or ())


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

    async def doors(self, clusters: Iterable[str]) -> tuple[Door, ...]:
        """What each of these clusters accepts, asked all at once; its failure stands in its place.

        Clusters that have no keys to tell are left out.
        """
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._door(name)) for name in clusters]
        return tuple(door for door in (task.result() for task in asked) if not _keyless(door.error))

    @property
    def connected(self) -> tuple[str, ...]:
        """The clusters that can be asked without logging in anywhere."""
        names = self._clusters.names
        return tuple(name for name in names if self._clusters.link(name).usable)

    async def generate(
        self, path: Path, comment: str = "", passphrase: str = "", algorithm: str = "ed25519"
    ) -> LocalKey:
        """Make a key pair at `path`; one that is there is never overwritten."""
        return await generate_key(
            path,
            comment=comment or f"podtui@{socket.gethostname()}",
            passphrase=passphrase,
            algorithm=algorithm,
        )

    async def add(self, cluster: str, key: PublicKey) -> None:
        """Let a key log in; after a lost answer it is looked for before anyone repeats it."""
        async with self._clusters.call(cluster) as backend:
            try:
                await backend.keys.add_key(key)
            except OutcomeUnknown:
                if not _among(key, await backend.keys.public_keys()):
                    raise

    async def remove(self, cluster: str, key: PublicKey, *, last_too: bool = False) -> None:
        """Let a key log in no more; after a lost answer it is looked for too.

        Refused, unless `last_too`, for the last key of ours where nothing but a login could put
        it back.
        """
        async with self._clusters.call(cluster) as backend:
            if not last_too:
                await self._refuse_last(cluster, backend.keys, key)
            try:
                await backend.keys.remove_key(key)
            except OutcomeUnknown:
                if _among(key, await backend.keys.public_keys()):
                    raise

    async def is_last(self, cluster: str, key: PublicKey) -> bool:
        """Whether taking the key off would leave none of ours that logs in, nor another way in."""
        async with self._clusters.call(cluster) as backend:
            return await self._is_last(backend.keys, key)

    async def try_login(self, cluster: str, path: Path, passphrase: str = "") -> str:
        """Log in there anew with this key file alone; who we are there. LoginRequired if refused.

        The cluster's own connection is left as it stands, whatever comes out.
        """
        link = self._clusters.link(cluster)
        try:
            keys = link.backend.keys
        except NotOffered:
            await self._clusters.connect(cluster)  # a pod tells its login nodes after that
            keys = link.backend.keys
        return await keys.try_login(path, passphrase)

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

    async def _door(self, cluster: str) -> Door:
        try:
            return Door(cluster, await self.on_cluster(cluster))
        except PodError as error:
            return Door(cluster, error=error)

    async def _refuse_last(self, cluster: str, keys: Keys, key: PublicKey) -> None:
        if await self._is_last(keys, key):
            raise Refused(
                f"{key.fingerprint} is the last of your keys on {cluster}. Without it you can "
                "neither log in there nor put a key back.",
                title="Last key",
                hint="Put another key on first, and test it.",
            )

    async def _is_last(self, keys: Keys, key: PublicKey) -> bool:
        if not keys.by_login:
            return False
        mine = {one.public.data for one in await self.local()} | await agent_data()
        on = {one.data for one in await keys.public_keys()}
        return key.data in mine & on and not mine & on - {key.data}

    async def _ours(self, config: ClusterConfig) -> list[LocalKey]:
        """The keys this cluster's connection would try."""
        keys = await self.local()
        named = ssh_options(config).identity_file
        return [key for key in keys if named is None or key.path == named]


def _among(key: PublicKey, keys: tuple[PublicKey, ...]) -> bool:
    return any(key.same_as(there) for there in keys)


def _keyless(error: PodError | None) -> bool:
    return isinstance(error, NotOffered)


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
