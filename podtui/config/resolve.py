"""One cluster from all that is set for it, the highest setting of each key winning."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from podtui.config.build import BUILDERS, Values, oddities
from podtui.config.keys import (
    DEFAULT_KIND,
    KIND_KEY,
    KINDS,
    Key,
    KeyType,
    cluster_key,
    cluster_names,
    unknown,
)
from podtui.config.layers import Settings
from podtui.config.model import ClusterConfig, Secret
from podtui.config.secrets import (
    command_secret,
    file_secret,
    stored_secret,
    variable_secret,
)
from podtui.config.values import Setting, parse, parse_command
from podtui.domain.text import visible
from podtui.errors import ConfigError
from podtui.paths import Paths


@dataclass(slots=True)
class Resolved:
    """A cluster (None when it was passed over), where its values come from, and what is odd."""

    cluster: ClusterConfig | None = None
    origins: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


_KNOWS_USER = ("ssh", "slurmrest")
"""Where something else has a word in who we are there: `~/.ssh/config`, and Slurm's token."""


def topmost(name: str, stack: Iterable[Settings]) -> Setting | None:
    """The setting of `name` in the first of `stack` that has one."""
    return next((settings[name] for settings in stack if name in settings), None)


def resolve_cluster(
    name: str,
    own: Sequence[Settings],
    shared: Sequence[Settings],
    paths: Paths,
    environ: Mapping[str, str],
) -> Resolved:
    """The cluster `name` from its `own` settings and the `shared` defaults, highest first.

    The local user is taken where no user is set; `environ` may hold a token. ConfigError for a
    value that cannot be.
    """
    resolved = Resolved()
    stack = (*own, *shared)
    kind_setting = topmost(KIND_KEY.name, stack)
    kind = _kind(name, kind_setting, resolved.warnings)
    if not kind:
        return resolved
    if kind_setting is not None:
        resolved.origins.append((f"clusters.{name}.{KIND_KEY.name}", origin_of(kind_setting)))
    resolved.warnings += _foreign(name, kind, own)
    values: Values = {}
    for key in KINDS[kind]:
        if key.type is KeyType.SECRET:
            secret, origin = _secret(key, kind, stack, environ)
            values[key.fills] = secret or stored_secret(paths, name, key.name)
            resolved.origins += [(f"clusters.{name}.{told}", where) for told, where in origin]
        setting = topmost(key.name, stack)
        if setting is not None and key.type is not KeyType.SECRET and not key.gives:
            values[key.fills] = parse(key, setting)
            resolved.origins.append((f"clusters.{name}.{key.name}", origin_of(setting)))
    if cluster_key("user", kind) and kind not in _KNOWS_USER:
        values["user"] = values.get("user") or local_user(environ)
    resolved.cluster = BUILDERS[kind](name, values)
    resolved.warnings += [f"{odd}." for odd in oddities(resolved.cluster)]
    return resolved


def origin_of(setting: Setting) -> str:
    """Where a setting stands, its table told when it is the shared one."""
    shared = setting.name.lower().startswith(("defaults.", "podtui_defaults__"))
    return f"{setting.source.label} [defaults]" if shared else setting.source.label


def local_user(environ: Mapping[str, str]) -> str:
    """Who runs us: `LOGNAME`, `USER`, else the system's own word."""
    try:
        return environ.get("LOGNAME") or environ.get("USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _kind(name: str, setting: Setting | None, warnings: list[str]) -> str:
    if setting is None:
        return DEFAULT_KIND
    if not isinstance(setting.raw, str):
        raise ConfigError(f"{setting.where} must be one of {', '.join(KINDS)}.")
    if setting.raw in KINDS:
        return setting.raw
    warnings.append(
        f"{setting.where}: {unknown('kind', setting.raw, KINDS)};"
        f" the cluster {visible(name, 80)!r} is passed over."
    )
    return ""


def _foreign(name: str, kind: str, own: Iterable[Settings]) -> Iterable[str]:
    """Keys that another kind of cluster has, and this one has not."""
    for settings in own:
        for key, setting in settings.items():
            if cluster_key(key, kind) is None:
                told = unknown(f"key for the kind {kind!r}", key, cluster_names(kind))
                yield f"{setting.source.label}: clusters.{name}: {told}."


def _secret(
    key: Key, kind: str, stack: Iterable[Settings], environ: Mapping[str, str]
) -> tuple[Secret | None, list[tuple[str, str]]]:
    """What the highest place that tells of the secret says, and the key it says it with.

    In one place the keys that tell where it is win over the secret itself.
    """
    ways = [*(one for one in KINDS[kind] if one.gives == key.name), key]
    for settings in stack:
        for way in ways:
            if way.name in settings:
                setting = settings[way.name]
                return _told(way, setting, environ), [(way.name, origin_of(setting))]
    return None, []


def _told(way: Key, setting: Setting, environ: Mapping[str, str]) -> Secret:
    """The secret itself, or one that is asked for where `way` says it is."""
    value = parse(way, setting)
    if isinstance(value, Secret):
        return value
    if isinstance(value, Path):
        return file_secret(value, setting.where)
    if way.type is KeyType.COMMAND:
        return command_secret(parse_command(way, setting), setting.where)
    return variable_secret(environ, str(value), setting.where)
