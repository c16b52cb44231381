"""Where a connection goes, and over which hosts `~/.ssh/config` sends it there."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podtui.backends.ssh.hostkeys import SYSTEM_FILES
from podtui.config.model import SshOptions
from podtui.domain.text import visible
from podtui.errors import ConfigError
from podtui.paths import Paths

if TYPE_CHECKING:
    import asyncssh

_JUMP = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@]+)@)?(?:\[(?P<v6>[^]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?/?"
)
_MOST_HOPS = 8


@dataclass(frozen=True, slots=True)
class SshTarget:
    """A host to log in to: a name, an address or an alias of `~/.ssh/config`.

    Without `port` or `user` the SSH configuration decides, then 22 and the local user name.
    """

    cluster: str
    host: str
    port: int | None = None
    user: str | None = None
    options: SshOptions = field(default_factory=SshOptions)


@dataclass(frozen=True, slots=True)
class Hop:
    """One login on the way, `~/.ssh/config` applied.

    `arguments` are what asyncssh needs to read the same configuration again. `key_name` is the name
    the host's key is known by (its HostKeyAlias, or its real name), with `key_port`.
    """

    arguments: dict[str, Any]
    host: str
    port: int
    user: str
    key_name: str
    key_port: int
    proxy_jump: str
    identity_files: tuple[Path, ...]
    certificate_files: tuple[Path, ...]
    identities_only: bool
    agent: str | None
    known_hosts: tuple[Path, ...]
    own_algorithms: frozenset[str]

    @property
    def label(self) -> str:
        """The login as a person writes it."""
        return f"{self.user}@{self.host}" + (f":{self.port}" if self.port != 22 else "")


async def resolve_hops(target: SshTarget, paths: Paths) -> tuple[Hop, ...]:
    """All logins from here to `target`, in order, ProxyJump followed.

    Every hop is resolved by us, because asyncssh opens a ProxyJump by itself with neither our
    known_hosts nor our prompts. ConfigError when the configuration is wrong or jumps in a circle.
    """
    from podtui.backends.ssh.errors import ssh_errors

    with ssh_errors(target.host):
        hops = await asyncio.to_thread(_resolve_all, target, paths)
    return tuple(hops)


def _resolve_all(target: SshTarget, paths: Paths) -> list[Hop]:
    last = _resolve(target, paths)
    before: list[Hop] = []
    first = last
    while first.proxy_jump:
        jumps = [_parse_jump(part, target) for part in first.proxy_jump.split(",")]
        resolved = [_resolve(jump, paths) for jump in jumps]
        before[:0] = resolved
        first = resolved[0]
        if len(before) > _MOST_HOPS:
            raise ConfigError(f"The ProxyJump of {target.host} goes in a circle, or over too many.")
    return [*before, last]


def _parse_jump(text: str, target: SshTarget) -> SshTarget:
    match = _JUMP.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"ProxyJump {visible(text, 80)!r} is not user@host:port.")
    port = int(match["port"]) if match["port"] else None
    host = match["v6"] or match["host"]
    # The identity file is the cluster's; a jump host's stands in the SSH configuration.
    options = SshOptions(None, target.options.known_hosts, target.options.host_keys)
    return SshTarget(target.cluster, host, port, match["user"], options)


def _resolve(target: SshTarget, paths: Paths) -> Hop:
    import asyncssh

    arguments = _arguments(target, paths)
    try:
        options = asyncssh.SSHClientConnectionOptions(client_keys=None, **arguments)
    except ValueError as error:
        raise ConfigError(f"The SSH configuration of {target.host} cannot be used: {error}") from (
            error
        )
    alias = options.host_key_alias
    jump = options.tunnel if isinstance(options.tunnel, str) else ""
    return Hop(
        arguments=arguments,
        host=options.host,
        port=options.port,
        user=options.username,
        key_name=alias or options.host,
        key_port=22 if alias else options.port,
        proxy_jump="" if jump.lower() == "none" else jump,
        identity_files=_files(options, "IdentityFile", paths),
        certificate_files=_files(options, "CertificateFile", paths),
        identities_only=bool(options.config.get("IdentitiesOnly")),
        agent=_agent(options, paths),
        known_hosts=_known_hosts(target, options, paths),
        own_algorithms=frozenset(
            name for name in ("Ciphers", "HostKeyAlgorithms") if options.config.get(name)
        ),
    )


def _arguments(target: SshTarget, paths: Paths) -> dict[str, Any]:
    config = paths.ssh / "config"
    return {
        "config": [str(config)] if config.is_file() else None,
        "host": target.host,
        "port": target.port if target.port is not None else (),
        "username": target.user if target.user is not None else (),
        "x509_trusted_certs": None,
    }


def _files(
    options: asyncssh.SSHClientConnectionOptions, name: str, paths: Paths
) -> tuple[Path, ...]:
    values: Any = options.config.get(name) or ()
    return tuple(_expand(value, paths) for value in values)


def _known_hosts(
    target: SshTarget, options: asyncssh.SSHClientConnectionOptions, paths: Paths
) -> tuple[Path, ...]:
    if target.options.known_hosts is not None:
        return (target.options.known_hosts,)
    mine = _files(options, "UserKnownHostsFile", paths) or (paths.ssh / "known_hosts",)
    return (*mine, *(_files(options, "GlobalKnownHostsFile", paths) or SYSTEM_FILES))


def _agent(options: asyncssh.SSHClientConnectionOptions, paths: Paths) -> str | None:
    """IdentityAgent of the configuration; "" for the one of the environment, None for none."""
    value: Any = options.config.get("IdentityAgent", "")
    if value is None:
        return None
    return "" if value in ("", "SSH_AUTH_SOCK") else str(_expand(str(value), paths))


def _expand(value: str, paths: Paths) -> Path:
    return paths.home / value[2:] if value.startswith("~/") else Path(value)
