"""Every setting as a person changes it: what the file says, what holds, and where that stands."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from podtui.config.described import explanation
from podtui.config.keys import (
    KEYMAP,
    KIND_KEY,
    KINDS,
    TOP_KEYS,
    Key,
    cluster_key,
    cluster_names,
    top_key,
)
from podtui.config.layers import read_text
from podtui.config.load import load_config
from podtui.config.model import ClusterConfig, Config, Secret
from podtui.config.toml_text import table_at
from podtui.config.values import Setting, Source, parse
from podtui.paths import Paths

DEFAULTS = "defaults"
_NOT_SET = "not set"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the configuration of this podtui is read, so that it can be read again.

    `alone`: the file of `--config`, nothing but the site's beside it.
    """

    paths: Paths
    alone: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def file(self) -> Path:
        """The file that is changed."""
        return self.paths.config_file

    def text(self) -> str:
        """What stands in the file now, empty where there is none; ConfigError as `read_text`."""
        found = read_text(self.file)
        return found[0] if found else ""

    def config(self, text: str | None = None) -> Config:
        """The configuration as it is now, or as it would be with `text` in the file."""
        file = self.file if self.alone else None
        return load_config(self.paths, file=file, environ=self.environ, text=text)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One key of one table. All texts are as a person types or reads them; a secret is in none.

    `here` is what the file sets (None: nothing), `without` what holds where it sets nothing,
    `effect` what holds now, and `origin` where that stands. `above` names what wins over the file.
    """

    dotted: str
    key: Key
    here: str | None = None
    without: str = ""
    effect: str = ""
    origin: str = "default"
    above: str = ""
    explained: str = ""

    @property
    def name(self) -> str:
        """The key alone."""
        return self.key.name


@dataclass(frozen=True, slots=True)
class Survey:
    """All settings by table: "" for those outside, `defaults`, and each cluster's name.

    `text` is what the file said. `mine` are the clusters that stand in the file.
    """

    config: Config
    text: str = field(repr=False)
    lines: Mapping[str, tuple[SettingLine, ...]]
    mine: frozenset[str] = frozenset()

    def line(self, dotted: str) -> SettingLine:
        """The line of one key."""
        found = (line for lines in self.lines.values() for line in lines)
        return next(line for line in found if line.dotted == dotted)


def survey(reading: Reading) -> Survey:
    """Everything that can be set, as it stands. Blocks: a keyring may be asked where secrets are.

    ConfigError when the file cannot be used.
    """
    text = reading.text()
    config, data = reading.config(text), tomllib.loads(text)
    bare = reading.config(_bare(data))
    lines = {"": tuple(_top_lines(config, bare, data))}
    lines[DEFAULTS] = tuple(_shared_lines(data))
    for cluster in config.clusters:
        lines[cluster.name] = tuple(_cluster_lines(cluster, config, bare, data, reading))
    mine = frozenset(table_at(data, ["clusters"]) or {})
    return Survey(config, text, MappingProxyType(lines), mine)


def _bare(data: dict[str, Any]) -> str:
    """The file with nothing in it but what its clusters are, and what they share."""
    import tomlkit

    clusters = {
        name: {KIND_KEY.name: keys[KIND_KEY.name]} if KIND_KEY.name in keys else {}
        for name, keys in data.get("clusters", {}).items()
    }
    return tomlkit.dumps({DEFAULTS: data.get(DEFAULTS, {}), "clusters": clusters})


def _top_lines(config: Config, bare: Config, data: dict[str, Any]) -> Iterator[SettingLine]:
    origins = dict(config.origins)
    for key in TOP_KEYS:
        origin = origins.get(key.name, "default")
        yield SettingLine(
            key.name,
            key,
            here=_here(key, data),
            without=shown(getattr(bare, key.name)),
            effect=shown(getattr(config, key.name)),
            origin=origin,
            above=_above(origin),
            explained=explanation(key.name),
        )


def _shared_lines(data: dict[str, Any]) -> Iterator[SettingLine]:
    """What several kinds have, and whatever the file sets for all."""
    table = data.get(DEFAULTS, {})
    for name in cluster_names():
        key = cluster_key(name)
        kinds = [kind for kind in KINDS if cluster_key(name, kind)]
        if key is None or key == KIND_KEY or key.secret or (len(kinds) < 2 and name not in table):
            continue
        here = _here(key, table)
        yield SettingLine(
            f"{DEFAULTS}.{name}",
            key,
            here=here,
            without="what each kind has",
            effect=here or "",
            origin="default" if here is None else "file",
            explained=explanation(name, kinds[0]),
        )


def _cluster_lines(
    cluster: ClusterConfig, config: Config, bare: Config, data: dict[str, Any], reading: Reading
) -> Iterator[SettingLine]:
    origins = dict(config.origins)
    table = table_at(data, ["clusters", cluster.name]) or {}
    plain = next((one for one in bare.clusters if one.name == cluster.name), None)
    for key in KINDS[cluster.kind]:
        dotted = f"clusters.{cluster.name}.{key.name}"
        origin, value = origins.get(dotted, ""), _value(cluster, key)
        hidden = key.secret or bool(key.gives)
        above = _above(origin)
        if isinstance(value, Secret):
            place = value.place()
            ways = (one for one in KINDS[cluster.kind] if one.gives == key.name)
            told = next(
                (w.name for w in ways if f"clusters.{cluster.name}.{w.name}" in origins), ""
            )
            above = told or (origin if origin != str(reading.file) else "")
            origin = told or origin or place
        yield SettingLine(
            dotted,
            key,
            here=_here(key, table),
            without=_NOT_SET if hidden else shown(_value(plain, key)),
            effect=("set" if origin else _NOT_SET) if hidden else shown(value),
            origin=origin or "default",
            above=above,
            explained=explanation(key.name, cluster.kind),
        )


def _value(cluster: ClusterConfig | None, key: Key) -> object:
    return None if cluster is None or key.gives else attrgetter(key.fills)(cluster)


def _above(origin: str) -> str:
    """What wins over the file, named; empty where nothing does."""
    return origin if origin in ("environment", "option") else ""


def _here(key: Key, table: Mapping[str, Any]) -> str | None:
    """What the file says, as it is typed; an empty text for a secret that stands there."""
    if key.name not in table:
        return None
    return "" if key.secret else shown(table[key.name])


def shown(value: object) -> str:
    """A value as it is typed: `true`, `10`, `NAME=text NAME=text`; nothing for None."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        value = dict(value)
    if isinstance(value, dict):
        return " ".join(f"{name}={_quoted(text)}" for name, text in value.items())
    return "" if value is None else str(value)


def _quoted(text: object) -> str:
    return shlex.quote(text) if isinstance(text, str) else "…"


def keymap_here(text: str) -> dict[str, str]:
    """The ids of bindings with the keys that a file with this `text` gives them."""
    key, table = top_key(KEYMAP), tomllib.loads(text).get(KEYMAP, {})
    assert key is not None
    pairs = parse(key, Setting(table, Source("file", Path(), Path()), KEYMAP))
    return dict(pairs) if isinstance(pairs, tuple) else {}
