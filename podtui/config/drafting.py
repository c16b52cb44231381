"""Several settings changed together: tried as a whole, and only then written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from podtui.config.edit import save, with_key, without
from podtui.config.keys import KINDS, KeyType, Takes, cluster_key, is_stored
from podtui.config.model import ClusterConfig, Config
from podtui.config.secrets import forget_secret, store_secret
from podtui.config.survey import Reading
from podtui.config.toml_text import agreed, table_at, without_table
from podtui.config.variables import split_key
from podtui.errors import ConfigError

Changes = Mapping[str, str | None]
"""Dotted keys with what was typed for each; None takes the key out of the file."""


def drafted_text(text: str, file: Path, changes: Changes, *, kept_apart: bool = False) -> str:
    """The `text` of `file` with `changes`; ConfigError names what cannot be.

    With `kept_apart` secrets are left out, as they are kept in the keyring or files of their own.
    """
    for dotted, typed in changes.items():
        if typed is None or (kept_apart and is_stored(split_key(dotted)[-1])):
            text = without(text, file, dotted)
        else:
            text = with_key(text, file, dotted, typed)
    return text


def drafted_config(reading: Reading, text: str, changes: Changes) -> Config:
    """What the configuration would be with `changes` to the `text`; nothing is written."""
    return reading.config(drafted_text(text, reading.file, changes))


def keep_changes(reading: Reading, text: str, changes: Changes) -> tuple[tuple[str, str], ...]:
    """Write `changes` into the file, its comments kept; each secret with where it was put.

    Blocks. ConfigError, and nothing written, when the file does not say `text` any more or would
    be wrong; FileTrouble when it cannot be written.
    """
    wanted = drafted_text(text, reading.file, changes, kept_apart=True)
    if wanted != text:
        save(reading.file, wanted, text)
    put = []
    for dotted, typed in changes.items():
        first, *rest = split_key(dotted)
        if first != "clusters" or not is_stored(rest[-1]):
            continue
        if typed is None:
            forget_secret(reading.paths, rest[0], rest[1])
        else:
            put.append((dotted, store_secret(reading.paths, rest[0], rest[1], typed)))
    return tuple(put)


def drop_cluster(reading: Reading, text: str, name: str) -> None:
    """Take a cluster and its kept secrets away; blocks, raises as `keep_changes`.

    It is the default cluster no more either.
    """
    before, data = text, tomllib.loads(text)
    if data.get("default_cluster") == name:
        text = without(text, reading.file, "default_cluster")
        data = tomllib.loads(text)
    clusters = table_at(data, ["clusters"])
    if clusters is None or name not in clusters:
        raise ConfigError(f"The cluster {name} does not stand in {reading.file}.")
    kind = clusters.pop(name).get("kind", "pod")
    if not clusters:
        del data["clusters"]
    shorter = agreed(without_table(text, ["clusters", name]), data, reading.file)
    save(reading.file, shorter, before)
    for key in KINDS.get(kind, ()):
        if key.type is KeyType.SECRET:
            forget_secret(reading.paths, name, key.name)


def needs_login(changes: Changes, kind: str) -> bool:
    """Whether some of the changes to a cluster of `kind` are to how it is reached."""
    keys = (cluster_key(split_key(dotted)[-1], kind) for dotted in changes)
    return any(key is not None and key.takes is Takes.LINK for key in keys)


def touched(changes: Changes, config: Config) -> tuple[ClusterConfig, ...]:
    """The clusters whose own keys, or the keys of all, are changed."""
    paths = [split_key(dotted) for dotted in changes]
    shared = any(path[0] == "defaults" for path in paths)
    named = {path[1] for path in paths if path[0] == "clusters"}
    return tuple(one for one in config.clusters if shared or one.name in named)
