"""The configuration as it stands, each value with the place it comes from; secrets stay hidden."""

from __future__ import annotations

from enum import Enum
from operator import attrgetter
from pathlib import Path
from typing import Any

from podtui.config.keys import KINDS, TOP_KEYS, KeyType
from podtui.config.model import ClusterConfig, Config, Secret


def describe(config: Config) -> dict[str, Any]:
    """What `podtui config show --json` prints: `{"value": …, "from": …}` for every key.

    A secret's value is "set" or "not set", headers are told by name alone. Blocks: the
    keyring may be asked where secrets are; commands are not run.
    """
    origins = dict(config.origins)
    shown: dict[str, Any] = {
        key.name: _entry(getattr(config, key.name), origins.get(key.name, "default"))
        for key in TOP_KEYS
    }
    shown["clusters"] = {cluster.name: _cluster(cluster, origins) for cluster in config.clusters}
    shown["warnings"] = list(config.warnings)
    return shown


def _cluster(cluster: ClusterConfig, origins: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": _entry(cluster.kind, _from(cluster, "kind", origins))}
    for key in KINDS[cluster.kind]:
        if not key.gives:
            value = attrgetter(key.fills)(cluster)
            if key.type is KeyType.HEADERS:
                value = [name for name, _ in value]
            shown[key.name] = _entry(value, _from(cluster, key.name, origins))
    return shown


def _from(cluster: ClusterConfig, name: str, origins: dict[str, str]) -> str:
    return origins.get(f"clusters.{cluster.name}.{name}", "default")


def _entry(value: object, origin: str) -> dict[str, Any]:
    if isinstance(value, Secret):
        place = value.place()
        return {"value": "set" if place else "not set", "from": place or "default"}
    return {"value": _plain(value), "from": origin}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple) and all(isinstance(one, tuple) for one in value):
        return dict(value)
    return value
