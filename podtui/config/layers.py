"""The places settings come from, each read into one layer of the same shape."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
from podtui.config.model import Secret
from podtui.config.values import Setting, Source
from podtui.domain.text import visible
from podtui.errors import ConfigError

Settings = dict[str, Setting]

_NAME = re.compile(r"\w[\w.-]{0,63}")
_PREFIX = "PODTUI_"
_NOT_OURS = frozenset({"PODTUI_TOKEN"})  # stands in the environment of every job we submit
_READABLE = 0o066


@dataclass(slots=True)
class Layer:
    """What one source sets, unchecked but for its shape; secrets are already sealed."""

    top: Settings = field(default_factory=dict)
    defaults: Settings = field(default_factory=dict)
    clusters: dict[str, Settings] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def check_name(name: str) -> str:
    """`name` if a cluster may be called that, else ConfigError: it names files and variables."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{visible(name, 80)!r} is no name for a cluster.",
            hint="Use letters, digits, '.', '-' and '_', at most 64, beginning with a letter.",
        )
    return name


def read_text(file: Path) -> tuple[str, int] | None:
    """A configuration file's text and mode, None where there is none; ConfigError otherwise."""
    try:
        with file.open("rb") as stream:
            return stream.read().decode("utf-8"), os.fstat(stream.fileno()).st_mode
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}, line {line}: this is not UTF-8 text.") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None


def refuse_shared(setting: Setting, file: Path, mode: int) -> None:
    """ConfigError when `file` holds this secret and somebody else may read or change it."""
    if mode & _READABLE:
        raise ConfigError(
            f"{setting.where} is a secret, and others than you can read this file.",
            title="Secret in the open",
            hint=f"Run `chmod 600 {file}`; who could read it may know the secret by now.",
        )


def file_layer(file: Path, home: Path) -> Layer | None:
    """The layer of a TOML file, None where there is none."""
    found = read_text(file)
    if found is None:
        return None
    text, mode = found
    return toml_layer(text, file, home, mode)


def toml_layer(text: str, file: Path, home: Path, mode: int) -> Layer:
    """The layer of TOML `text` as it stands (or shall stand) in `file` with `mode`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = visible(str(error), 200)
        raise ConfigError(
            f"{file} is not TOML: {reason}.", hint="Texts stand in quotes; see sample-config.toml."
        ) from None
    except RecursionError:
        raise ConfigError(f"{file} is not TOML: nested too deep.") from None
    source = Source(str(file), file.absolute().parent, home)
    layer = Layer()
    defaults = _table(document.pop("defaults", {}), source, "defaults")
    clusters = _table(document.pop("clusters", {}), source, "clusters")
    layer.top = _settings(document, source, "", layer.warnings)
    layer.defaults = _settings(defaults, source, "defaults.", layer.warnings)
    for name, keys in clusters.items():
        table = _table(keys, source, f"clusters.{visible(name, 80)}")
        check_name(name)
        layer.clusters[name] = _settings(table, source, f"clusters.{name}.", layer.warnings)
    for settings in (layer.defaults, *layer.clusters.values()):
        for name, setting in settings.items():
            if is_secret(name) and setting.raw:
                refuse_shared(setting, file, mode)
    return layer


def _table(value: object, source: Source, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigError(f"{source.label}: {name} must be a table, such as [{name}].")
    return value


def _settings(
    table: Mapping[str, object], source: Source, prefix: str, warnings: list[str]
) -> Settings:
    """The known keys of a table; unknown ones are warned of. Empty secrets count as not set."""
    kept: Settings = {}
    for name, raw in table.items():
        if not (cluster_key(name) if prefix else top_key(name)):
            warnings.append(f"{source.label}: {_unknown(name, prefix)}.")
        elif not (is_secret(name) and raw == ""):
            kept[name] = Setting(seal(name, raw, source.label), source, f"{prefix}{name}")
    return kept


def _unknown(name: str, prefix: str) -> str:
    if prefix:
        return unknown("key", name, cluster_names(), prefix)
    if cluster_key(name):
        return f"the key {name!r} belongs into [defaults] or into [clusters.NAME]"
    return unknown("key", name, (*(key.name for key in TOP_KEYS), "defaults", "clusters"))


def seal(name: str, raw: object, place: str) -> object:
    """`raw`, and as a Secret when the key of that `name` holds one."""
    return Secret(raw, place) if is_secret(name) and isinstance(raw, str) else raw


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
    """The layer of options: dotted keys such as `theme` or `clusters.pod.user`."""
    layer = Layer()
    names = tuple(known)
    for dotted, value in overrides.items():
        source = Source("option", Path.cwd(), home, text=True)
        _put(layer, split_key(dotted), names, Setting(value, source, dotted), exact=True)
    _drop_strangers(layer, names)
    return layer


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
        if KIND_KEY.name not in settings or not _NAME.fullmatch(name):
            label = next(iter(settings.values())).source.label
            del layer.clusters[name]
            layer.warnings.append(
                f"{label}: {unknown('cluster', name, names)}; nothing was set for it."
            )
