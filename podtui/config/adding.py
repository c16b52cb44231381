"""A further cluster: built from what was typed, tried, and only then written down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from podtui.config.edit import add_cluster, with_cluster
from podtui.config.keys import KIND_KEY, KINDS, Key, KeyType, is_secret, is_stored
from podtui.config.layers import toml_layer
from podtui.config.load import load_config, merge
from podtui.config.model import ClusterConfig
from podtui.config.secrets import store_secret
from podtui.errors import ConfigError
from podtui.paths import Paths

ESSENTIAL: dict[str, tuple[str, ...]] = {
    "pod": ("auth_url", "api_key", "api_secret", "cloudauth_id", "user", "controller"),
    "ssh": ("host", "user", "port", "scheduler"),
    "slurmrest": ("url", "user", "token", "ssh_host"),
    "psik": ("url", "backend", "token", "ca_file", "client_cert", "client_key"),
    "kotta": ("url", "token", "queue"),
    "resop": ("url", "user", "password"),
}
"""What a cluster of each kind is asked for first; the rest of its keys come after."""


def form_keys(kind: str, *, every: bool = False) -> tuple[Key, ...]:
    """The keys a form for `kind` asks for, the essential first; tables are left to the file."""
    known = {key.name: key for key in KINDS[kind]}
    first = [known[name] for name in ESSENTIAL[kind]]
    tables = (KeyType.HEADERS, KeyType.VARIABLES)
    rest = [key for key in KINDS[kind] if key not in first and key.type not in tables]
    return tuple([*first, *rest] if every else first)


def drafted_cluster(paths: Paths, name: str, keys: Mapping[str, str]) -> ClusterConfig:
    """The cluster `keys` would make, nothing written; ConfigError names what cannot be."""
    file = paths.config_file
    text = with_cluster("", file, name, _given(keys))
    config = merge([toml_layer(text, file, paths.home, 0o600)], (name,), {}, paths, environ={})
    if not config.clusters:
        raise ConfigError(config.warnings[0] if config.warnings else f"{name} cannot be used.")
    return config.cluster(name)


def keep_cluster(paths: Paths, name: str, keys: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Write the cluster into the configuration file; each of its secrets with where it was put.

    Secrets go to the keyring or a file of their own, never into the configuration. Blocks.
    ConfigError when the cluster is there already, FileTrouble when the file cannot be written.
    """
    given = _given(keys)
    add_cluster(paths.config_file, name, {k: v for k, v in given.items() if not is_secret(k)})
    return tuple(
        (key, str(store_secret(paths, name, key, value)))
        for key, value in given.items()
        if is_stored(key)
    )


def written_cluster(file: Path, paths: Paths, name: str) -> ClusterConfig:
    """The cluster as it stands in `file` now."""
    return load_config(paths, file=file, environ={}).cluster(name)


def _given(keys: Mapping[str, str]) -> dict[str, str]:
    if keys.get(KIND_KEY.name) not in KINDS:
        raise ConfigError("Choose what kind of cluster it is.")
    return {key: value.strip() for key, value in keys.items() if value.strip()}
