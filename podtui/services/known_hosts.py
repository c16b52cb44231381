"""The host keys we know: listed with the clusters they belong to, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from podtui.backends.ssh.hostkeys import SYSTEM_FILES, entry_name
from podtui.backends.ssh.known_hosts_file import forget, read_known_hosts
from podtui.backends.ssh.target import SshTarget, resolve_hops
from podtui.config.model import SshConfig, ssh_options
from podtui.domain.known_host import KnownHost
from podtui.errors import HostKeyChange, NotFound, PodError
from podtui.paths import Paths
from podtui.services.clusters import ClusterService


@dataclass(frozen=True, slots=True)
class HostLine:
    """One known host, and which clusters are reached by way of it."""

    host: KnownHost
    clusters: tuple[str, ...] = ()


class KnownHostService:
    """Reads the known_hosts files of this user, the clusters and the system."""

    def __init__(self, clusters: ClusterService, paths: Paths) -> None:
        self._clusters = clusters
        self._paths = paths

    async def hosts(self) -> tuple[HostLine, ...]:
        """All host keys known, file by file."""
        names = await self._cluster_names()
        found = await read_known_hosts(self._files())
        return tuple(
            HostLine(
                host,
                tuple(dict.fromkeys(cluster for cluster, name in names if host.means(name))),
            )
            for host in found
        )

    async def forget(self, hosts: Sequence[KnownHost]) -> None:
        """Forget these lines; each host is met as a stranger next time."""
        await forget(hosts)

    async def named(self, name: str) -> tuple[KnownHost, ...]:
        """The lines about `host` or `[host]:port`, hashed ones too; NotFound if none is."""
        lines = [line.host for line in await self.hosts() if line.host.means(name)]
        if not lines:
            raise NotFound(
                f"No known_hosts file has {name}.",
                hint="`podtui keys hosts` lists them; away from port 22 a name is [host]:port.",
            )
        return tuple(lines)

    async def forget_changed(self, change: HostKeyChange) -> tuple[KnownHost, ...]:
        """Forget every key of a host whose key has changed, in the file that vouched for the old.

        The lines forgotten. A CA's line or a revocation stays: neither calls a key changed.
        """
        found = await read_known_hosts([change.file])
        lines = tuple(host for host in found if host.means(change.host) and not host.marker)
        await forget(lines)
        return lines

    def _files(self) -> list[Path]:
        configs = map(self._clusters.config, self._clusters.names)
        own = [ssh_options(config).known_hosts for config in configs]
        return [self._paths.ssh / "known_hosts", *(file for file in own if file), *SYSTEM_FILES]

    async def _cluster_names(self) -> list[tuple[str, str]]:
        """Each cluster with the names its hosts are known by, jump hosts too."""
        found: list[tuple[str, str]] = []
        for name in self._clusters.names:
            config = self._clusters.config(name)
            if not isinstance(config, SshConfig):
                continue
            target = SshTarget(
                name, config.host or name, config.port, config.user or None, config.ssh
            )
            try:
                hops = await resolve_hops(target, self._paths)
            except PodError:
                continue  # its own screen tells what is wrong with its configuration
            found += [(name, entry_name(hop.key_name, hop.key_port)) for hop in hops]
        return found
