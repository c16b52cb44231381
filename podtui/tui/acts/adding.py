"""A further controller of a domain, configured as a cluster of its own."""

from __future__ import annotations

import re
import tomllib

from podtui.config.edit import add_cluster
from podtui.config.model import ClusterConfig, Config
from podtui.config.secrets import store_secret
from podtui.config.toml_text import TomlValue
from podtui.domain.node import Controller
from podtui.domain.text import visible
from podtui.errors import AlreadyThere, ConfigError
from podtui.paths import Paths

_SECRETS = ("api_secret", "password")


def add_controller(
    paths: Paths, config: Config, like: ClusterConfig, controller: Controller
) -> str:
    """Add `controller` to the configuration file with the keys of the cluster `like`; its new name.

    Blocks: it writes the file, and a keyring may be asked. AlreadyThere when a cluster is
    configured for it, ConfigError when `like` does not stand in the file.
    """
    for other in config.clusters:
        if other.auth_url == like.auth_url and other.controller in (controller.id, controller.name):
            raise AlreadyThere(f"The cluster {other.name} is configured for this controller.")
    keys = _section(paths, like.name)
    keys["controller"] = controller.id or controller.name
    name = _free_name(f"{like.name}-{controller.name or controller.id}", config)
    add_cluster(paths.config_file, name, keys, comment=f"controller {visible(controller.name, 60)}")
    for key in _SECRETS:
        secret = getattr(like, key)
        given = key in keys or f"{key}_command" in keys
        if secret is not None and not given and secret.place():
            store_secret(paths, name, key, secret.reveal())
    return name


def _section(paths: Paths, name: str) -> dict[str, TomlValue]:
    try:
        data = tomllib.loads(paths.config_file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        data = {}
    section = data.get("clusters", {}).get(name)
    if not isinstance(section, dict):
        raise ConfigError(
            f"The cluster {name} does not stand in {paths.config_file}, so there is nothing to "
            "copy for the new one.",
            hint="`podtui config import` writes PODTools' settings there.",
        )
    return dict(section)


def _free_name(wish: str, config: Config) -> str:
    taken = {cluster.name for cluster in config.clusters}
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", wish)[:60].strip("-").lower() or "cluster"
    name, count = base, 2
    while name in taken:
        name, count = f"{base}-{count}", count + 1
    return name
