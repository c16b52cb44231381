"""A further controller of a domain, configured as a cluster of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container

from podtui.config.edit import add_cluster
from podtui.config.model import ClusterConfig
from podtui.config.secrets import store_secret
from podtui.config.toml_text import TomlValue
from podtui.domain.node import Controller
from podtui.domain.text import visible
from podtui.errors import AlreadyThere, ConfigError
from podtui.paths import Paths

_SECRETS = ("api_secret", "password")


def add_controller(paths: Paths, like: ClusterConfig, controller: Controller) -> str:
    """Add `controller` to the configuration file with the keys of the cluster `like`; its new name.

    Blocks: it writes the file, and a keyring may be asked. AlreadyThere when a cluster is
    configured for it, ConfigError when `like` does not stand in the file.
    """
    sections = _sections(paths)
    keys = sections.get(like.name)
    if keys is None:
        raise ConfigError(
            f"The cluster {like.name} does not stand in {paths.config_file}, so there is nothing "
            "to copy for the new one.",
            hint="`podtui config import` writes PODTools' settings there.",
        )
    for name, section in sections.items():
        same_domain = section.get("auth_url") == keys.get("auth_url")
        if same_domain and section.get("controller") in (controller.id, controller.name):
            raise AlreadyThere(f"{name} is configured for it already.")
    name = _free_name(like.name, controller.name or controller.id, sections)
    keys = {**keys, "controller": controller.id or controller.name}
    comment = f"controller {visible(controller.name, 60)}"
    add_cluster(paths.config_file, name, keys, comment=comment)
    for key in _SECRETS:
        secret = getattr(like, key)
        given = key in keys or f"{key}_command" in keys
        if secret is not None and not given and secret.place():
            store_secret(paths, name, key, secret.reveal())
    return name


def _sections(paths: Paths) -> dict[str, dict[str, TomlValue]]:
    """The clusters of the configuration file, as they stand there."""
    try:
        data = tomllib.loads(paths.config_file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    clusters = data.get("clusters")
    if not isinstance(clusters, dict):
        return {}
    return {name: dict(keys) for name, keys in clusters.items() if isinstance(keys, dict)}


def _free_name(cluster: str, controller: str, taken: Container[str]) -> str:
    """A name for the new cluster, of both names where the controller's does not say it all."""
    word = re.sub(r"[^a-z0-9._-]+", "-", controller.lower()).strip("-")
    base = word if word.startswith(f"{cluster}-") else f"{cluster}-{word}".strip("-")
    name, count = base[:60], 2
    while name in taken:
        name, count = f"{base[:56]}-{count}", count + 1
    return name
