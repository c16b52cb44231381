"""The places settings come from, each read into one layer of the same shape."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from podtui.config.headers import sealed
from podtui.config.keys import (
    TOP_KEYS,
    cluster_key,
    cluster_names,
    is_secret,
    top_key,
    unknown,
)
from podtui.config.values import Setting, Source
from podtui.domain.text import visible
from podtui.errors import ConfigError

Settings = dict[str, Setting]

_NAME = re.compile(r"\w[\w.-]{0,62}")
_OPEN = 0o066  # group or others may read or write


@dataclass(slots=True)
class Layer:
    """What one source sets, unchecked but for its shape; secrets are already sealed."""

    top: Settings = field(default_factory=dict)
    defaults: Settings = field(default_factory=dict)
    clusters: dict[str, Settings] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def is_name(name: str) -> bool:
    """Whether a cluster may be called that."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """`name` if a cluster may be called that, else ConfigError: it names files and variables."""
    if not is_name(name):
        raise ConfigError(
            f"{visible(name, 80)!r} is no name for a cluster.",
            hint="Use letters, digits, '.', '-' and '_', at most 63, beginning with a letter.",
        )
    return name


def read_text(file: Path) -> tuple[str, int] | None:
    """A configuration file's text and mode, None where there is none; ConfigError otherwise."""
    try:
        with file.open("rb") as stream:
            return stream.read().decode("utf-8-sig"), os.fstat(stream.fileno()).st_mode
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}, line {line}: this is not UTF-8 text.") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None


def refuse_shared(setting: Setting, file: Path, mode: int) -> None:
    """ConfigError when `file` holds this secret and somebody else may read or change it."""
    if mode & _OPEN:
        raise in_the_open(f"{setting.where} is a secret, and others can read this file.", file)


def in_the_open(message: str, file: Path) -> ConfigError:
    """The error for a secret that others can read, and what to do about it."""
    return ConfigError(
        message,
        title="Secret in the open",
        hint=f"Run `chmod 600 {quote(str(file))}`; whoever could read it may know the secret.",
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
    except ValueError as error:  # TOMLDecodeError, or a number too long for Python
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
    """`raw`, its texts as Secrets when the key of that `name` holds some."""
    return sealed(raw, place) if is_secret(name) else raw
