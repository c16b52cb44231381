"""The layers without a file: the environment, and options of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from podtui.config.keys import (
    KIND_KEY,
    TOP_KEYS,
    cluster_key,
    cluster_names,
    fold,
    is_secret,
    top_key,
    unknown,
)
from podtui.config.layers import Layer, is_name, seal
from podtui.config.values import Setting, Source
from podtui.errors import ConfigError

_PREFIX = "PODTUI_"
_NOT_OURS = frozenset({"PODTUI_TOKEN"})  # stands in the environment of every job we submit


def environment_layer(environ: Mapping[str, str], known: Iterable[str], home: Path) -> Layer:
    """The layer of `PODTUI_…` variables.

    `PODTUI_CLUSTERS__NAME__KEY` means the cluster of `known` whose name reads the same when case
    and punctuation are folded. Empty variables count as not set.
    """
    layer = Layer()
    names = tuple(known)
    for variable, value in environ.items():
        upper = variable.upper()
        if not upper.startswith(_PREFIX) or upper in _NOT_OURS or not value:
            continue
        source = Source("environment", Path.cwd(), home, text=True)
        path = upper.removeprefix(_PREFIX).lower().split("__")
        if path[0] == "clusters" and len(path) > 2:
            path = [path[0], "__".join(path[1:-1]), path[-1]]
        spelled = "__".join(p.upper() for p in path)
        _put(layer, path, names, Setting(value, source, f"{_PREFIX}{spelled}"), exact=False)
    _drop_strangers(layer, names)
    return layer


def options_layer(overrides: Mapping[str, str], known: Iterable[str], home: Path) -> Layer:
    """The layer of options: dotted keys such as `theme` or `clusters.pod.user`.

    ConfigError for a secret: command lines are public.
    """
    layer = Layer()
    names = tuple(known)
    for dotted, value in overrides.items():
        path = split_key(dotted)
        if is_secret(path[-1]):
            raise ConfigError(
                f"{dotted} is a secret: on a command line every user of this machine can see it.",
                hint=_elsewhere(dotted, path[-1]),
            )
        source = Source("option", Path.cwd(), home, text=True)
        _put(layer, path, names, Setting(value, source, dotted), exact=True)
    _drop_strangers(layer, names)
    return layer


def _elsewhere(dotted: str, name: str) -> str:
    if cluster_key(f"{name}_command"):
        return f"Name a command that prints it ({dotted}_command), or use the environment."
    return "Write it into the configuration file (mode 0600), or use the environment."


def split_key(dotted: str) -> list[str]:
    """A dotted key's parts: `clusters`, the cluster's name (dots allowed), the key."""
    first, dot, rest = dotted.partition(".")
    if first == "clusters" and dot:
        name, dot, key = rest.rpartition(".")
        return [first, name, key] if dot else [first, rest]
    return [first, rest] if dot else [first]


def _put(
    layer: Layer, path: list[str], names: tuple[str, ...], setting: Setting, *, exact: bool
) -> None:
    """Add `setting` at `path`, or the reason why it cannot be added to the warnings."""
    where, name = setting.source.label, path[-1]
    sealed = Setting(seal(name, setting.raw, where), setting.source, setting.name)
    match path:
        case [_] if top_key(name):
            layer.top[name] = sealed
        case ["defaults", _] if cluster_key(name):
            layer.defaults[name] = sealed
        case ["clusters", cluster, _] if cluster_key(name):
            meant = cluster if exact else _meant(cluster, names, setting)
            layer.clusters.setdefault(meant, {})[name] = sealed
        case _:
            layer.warnings.append(f"{where}: {_unknown_path(path, exact=exact)}.")


def _unknown_path(path: list[str], *, exact: bool) -> str:
    """What a path that leads nowhere was likely meant to be, spelled as its source spells keys."""
    tables = path[:-1] if path[0] in ("clusters", "defaults") else []
    known = cluster_names() if tables else tuple(key.name for key in TOP_KEYS)
    if exact:
        name = path[-1] if tables else ".".join(path)
        return unknown("key", name, known, "".join(f"{table}." for table in tables))
    prefix = _PREFIX + "".join(f"{table.upper()}__" for table in tables)
    name = path[-1] if tables else "__".join(path)
    return unknown("variable", name.upper(), (name.upper() for name in known), prefix)


def _meant(folded: str, names: tuple[str, ...], setting: Setting) -> str:
    found = [name for name in names if fold(name) == fold(folded)]
    if len(found) > 1:
        raise ConfigError(
            f"{setting.where} could mean {' or '.join(map(repr, found))}.",
            hint="Rename one of these clusters.",
        )
    return found[0] if found else folded


def _drop_strangers(layer: Layer, names: tuple[str, ...]) -> None:
    """A mistyped name must not become a cluster: a new one has to say its kind."""
    for name in [n for n in layer.clusters if n not in names]:
        settings = layer.clusters[name]
        if KIND_KEY.name not in settings or not is_name(name):
            label = next(iter(settings.values())).source.label
            del layer.clusters[name]
            layer.warnings.append(
                f"{label}: {unknown('cluster', name, names)}; nothing was set for it."
            )
