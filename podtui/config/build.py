"""A kind's dataclass from its checked values, and what is odd about it.

A further kind of cluster adds a builder to `BUILDERS` beside its keys in `podtui.config.keys`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from podtui.config.model import (
    DEFAULT_AUTH_URL,
    ClusterConfig,
    KottaConfig,
    PodConfig,
    PsikConfig,
    ResopConfig,
    SlurmRestConfig,
    SshConfig,
    SshOptions,
    StagingOptions,
)
from podtui.domain.job import ScriptDialect

Values = dict[str, Any]
"""Checked values by dotted field; what is not in it keeps the dataclass's default."""


def build_pod(name: str, values: Values) -> PodConfig:
    """A cluster behind Scyld Cloud Manager."""
    values = dict(values)
    if "staging.sched" in values:
        values["staging.sched"] = ScriptDialect(values["staging.sched"])
    config = PodConfig(
        name=name,
        ssh=SshOptions(**_part(values, "ssh.")),
        staging=StagingOptions(**_part(values, "staging.")),
        **_flat(values),
    )
    if config.auth_type == "cloudauth" and not config.auth_url:
        return replace(config, auth_url=DEFAULT_AUTH_URL)
    return config


def build_ssh(name: str, values: Values) -> SshConfig:
    """A login node with a scheduler."""
    ssh = SshOptions(**_part(values, "ssh."))
    return SshConfig(name=name, ssh=ssh, staging=_own_dialect(values), **_flat(values))


def build_slurmrest(name: str, values: Values) -> SlurmRestConfig:
    """A Slurm behind its REST service."""
    ssh = SshOptions(**_part(values, "ssh."))
    return SlurmRestConfig(name=name, ssh=ssh, staging=_own_dialect(values), **_flat(values))


def build_psik(name: str, values: Values) -> PsikConfig:
    """A psik_api service."""
    return PsikConfig(name=name, staging=_own_dialect(values), **_flat(values))


def build_kotta(name: str, values: Values) -> KottaConfig:
    """A Cloud Kotta service."""
    return KottaConfig(name=name, staging=_own_dialect(values), **_flat(values))


def build_resop(name: str, values: Values) -> ResopConfig:
    """A resop service."""
    return ResopConfig(name=name, staging=_own_dialect(values), **_flat(values))


def _flat(values: Values) -> Values:
    return {field: value for field, value in values.items() if "." not in field}


def _own_dialect(values: Values) -> StagingOptions:
    """Staging where scripts are written for what the service reads."""
    return StagingOptions(**{"sched": None, **_part(values, "staging.")})


def _part(values: Values, prefix: str) -> Values:
    return {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}


BUILDERS: dict[str, Callable[[str, Values], ClusterConfig]] = {
    "pod": build_pod,
    "ssh": build_ssh,
    "slurmrest": build_slurmrest,
    "psik": build_psik,
    "kotta": build_kotta,
    "resop": build_resop,
}


def oddities(config: ClusterConfig) -> Iterator[str]:
    """What is worth a warning in a cluster that can be built."""
    match config:
        case PodConfig():
            found = (*_pod_oddities(config), *_plain_http(config, "auth_url", "beoweb_url"))
        case SshConfig():
            found = ()
        case _:
            found = (*_service_oddities(config), *_plain_http(config, "url"))
    yield from (f"clusters.{config.name}{odd}" for odd in found)


def _pod_oddities(config: PodConfig) -> Iterator[str]:
    if config.auth_type != "cloudauth" and not config.beoweb_url:
        yield f": auth_type {config.auth_type!r} needs beoweb_url, which is not set"


def _service_oddities(
    config: SlurmRestConfig | PsikConfig | KottaConfig | ResopConfig,
) -> Iterator[str]:
    if not config.url and not (isinstance(config, PsikConfig) and config.uds):
        also = " or uds" if isinstance(config, PsikConfig) else ""
        yield f": the kind {config.kind!r} needs url{also}, which is not set"
    if isinstance(config, PsikConfig) and bool(config.client_cert) != bool(config.client_key):
        there, missing = "client_cert", "client_key"
        if config.client_key:
            there, missing = missing, there
        yield f": {there} needs {missing}, which is not set"


def _plain_http(config: ClusterConfig, *keys: str) -> Iterator[str]:
    """A warning for each address that sends in the clear to another machine."""
    if isinstance(config, PsikConfig) and config.uds:
        return  # nothing leaves this machine
    for key in keys:
        url = getattr(config, key)
        if url.startswith("http:") and not _here(urlsplit(url).hostname or ""):
            yield f".{key}: http:// shows what is sent, secrets too, to the whole network"


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
