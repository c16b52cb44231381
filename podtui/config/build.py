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
    PodConfig,
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
    flat = {field: value for field, value in values.items() if "." not in field}
    config = PodConfig(
        name=name,
        ssh=SshOptions(**_part(values, "ssh.")),
        staging=StagingOptions(**_part(values, "staging.")),
        **flat,
    )
    if config.auth_type == "cloudauth" and not config.auth_url:
        return replace(config, auth_url=DEFAULT_AUTH_URL)
    return config


def build_ssh(name: str, values: Values) -> SshConfig:
    """A login node with a scheduler."""
    flat = {field: value for field, value in values.items() if "." not in field}
    return SshConfig(
        name=name,
        ssh=SshOptions(**_part(values, "ssh.")),
        staging=StagingOptions(**{"sched": None, **_part(values, "staging.")}),
        **flat,
    )


def _part(values: Values, prefix: str) -> Values:
    return {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}


BUILDERS: dict[str, Callable[[str, Values], ClusterConfig]] = {
    "pod": build_pod,
    "ssh": build_ssh,
}


def oddities(config: ClusterConfig) -> Iterator[str]:
    """What is worth a warning in a cluster that can be built."""
    if not isinstance(config, PodConfig):
        return
    prefix = f"clusters.{config.name}"
    if config.auth_type != "cloudauth" and not config.beoweb_url:
        yield f"{prefix}: auth_type {config.auth_type!r} needs beoweb_url, which is not set"
    for key, url in (("auth_url", config.auth_url), ("beoweb_url", config.beoweb_url)):
        if url.startswith("http:") and not _here(urlsplit(url).hostname or ""):
            yield f"{prefix}.{key}: http:// shows what is sent, secrets too, to the whole network"


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
