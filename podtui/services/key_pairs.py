"""What can be done to a key pair of this machine: lock, name, close, lend to the agent, delete."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from podtui.backends.ssh import agent, key_changes
from podtui.backends.ssh.local_keys import local_key
from podtui.config.model import ssh_options
from podtui.domain.key import LocalKey, PublicKey
from podtui.errors import NotFound
from podtui.services.clusters import ClusterService
from podtui.services.keys import Door, KeyService


class KeyPairService:
    """Changes key pairs of this machine; nothing here goes over a network."""

    def __init__(self, clusters: ClusterService, keys: KeyService) -> None:
        self._clusters = clusters
        self._keys = keys

    async def find(self, wanted: str) -> LocalKey:
        """A key pair by its file, anywhere; one of ours also by its file's name or fingerprint.

        NotFound when there is none.
        """
        path = Path(wanted).expanduser().absolute()
        for key in await self._keys.local():
            if key.path == path or wanted in (key.path.name, key.public.fingerprint):
                return key
        try:
            return await local_key(path)
        except NotFound as error:
            error.hint = "`podtui keys` lists them."
            raise

    async def change_passphrase(self, key: LocalKey, old: str, new: str) -> None:
        """Lock the private half with `new`, or with nothing; LoginRequired when `old` is wrong."""
        await key_changes.change_passphrase(key.path, old, new)

    async def change_comment(self, key: LocalKey, passphrase: str, comment: str) -> None:
        """Give both halves another comment; where the key is put on, the old one stays."""
        await key_changes.change_comment(key.path, passphrase, comment)

    async def close_to_others(self, key: LocalKey) -> None:
        """Let nobody else read the private half."""
        await key_changes.close_to_others(key.path)

    async def lend(self, key: LocalKey, passphrase: str = "", seconds: int = 0) -> None:
        """Put the key into the agent, for `seconds` or until the agent ends."""
        await agent.add_to_agent(key.path, passphrase, seconds)

    async def take_back(self, key: PublicKey) -> None:
        """Take the key out of the agent."""
        await agent.remove_from_agent(key)

    async def delete(self, key: LocalKey) -> tuple[Path, ...]:
        """Remove both halves from this machine and the key from the agent; the files removed."""
        removed = await key_changes.delete_pair(key.path)
        if key.in_agent:
            await agent.remove_from_agent(key.public)
        return removed

    def what_stops(self, key: LocalKey, doors: Iterable[Door]) -> tuple[str, ...]:
        """What works no more without the pair, a sentence each; empty when nothing is known to."""
        named = [
            name
            for name in self._clusters.names
            if ssh_options(self._clusters.config(name)).identity_file == key.path
        ]
        told = [f"{name} is configured to log in with it (identity_file)." for name in named]
        for door in doors:
            if door.takes(key.public):
                told.append(f"{door.cluster} lets it in: logins there with it end to work.")
            elif door.keys is None:
                told.append(f"{door.cluster} could not tell whether it lets it in.")
        if key.in_agent:
            told.append("The agent holds it: it is taken out there, too.")
        return tuple(told)
