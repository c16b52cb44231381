"""The configuration put together: PODTools' files, /etc, the user's file, environment, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from podtui import paths as places
from podtui.config.build import Values
from podtui.config.keys import TOP_KEYS, top_key, unknown
from podtui.config.layers import Layer, Settings, file_layer, toml_layer
from podtui.config.model import Config
from podtui.config.podtools import Podtools, add_podtools, read_podtools
from podtui.config.resolve import Resolved, origin_of, resolve_cluster, topmost
from podtui.config.values import parse
from podtui.config.variables import environment_layer, options_layer
from podtui.errors import ConfigError
from podtui.paths import Paths

_NONE: Mapping[str, str] = MappingProxyType({})


def load_config(
    paths: Paths,
    *,
    file: Path | None = None,
    environ: Mapping[str, str],
    overrides: Mapping[str, str] = _NONE,
    text: str | None = None,
) -> Config:
    """The configuration, later places winning: PODTools', /etc, the user's, environment, options.

    With `file` (`--config`) that file alone is the user's, the secrets kept in files are those
    beside it, and PODTools' files are not read. `text` is taken in place of what the user's file
    says: what it would be like. No command is run and no keyring asked: secrets
    are looked up when they are first revealed. ConfigError when something cannot be used; what can
    be passed over is told in `Config.warnings`.
    """
    paths = replace(paths, config_file=file or paths.config_file)
    if text is None:
        own = file_layer(paths.config_file, paths.home)
    else:
        own = toml_layer(text, paths.config_file, paths.home, mode=0o600)
    if own is None and file is not None:
        raise ConfigError(f"There is no file {file}.", hint="Check what --config names.")
    layers = [lay for lay in (file_layer(places.SYSTEM_CONFIG, paths.home), own) if lay is not None]
    podtools = None if file else _podtools(paths, layers, environ, overrides)
    last = ""
    if podtools is not None:
        last, layer = add_podtools(podtools, set(_names(layers)))
        layers.insert(0, layer)
    names = _names(layers, last)
    layers.append(environment_layer(environ, names, paths.home))
    layers.append(options_layer(overrides, names, paths.home))
    fallback = {last: podtools.fallback} if podtools else {}
    return merge(layers, _names(layers, last), fallback, paths, environ)


def _podtools(
    paths: Paths, layers: list[Layer], environ: Mapping[str, str], overrides: Mapping[str, str]
) -> Podtools | None:
    """What PODTools' files say, unless `podtools` is false somewhere."""
    above = [
        *layers,
        environment_layer(environ, (), paths.home),
        options_layer(overrides, (), paths.home),
    ]
    key = top_key("podtools")
    setting = topmost("podtools", (layer.top for layer in reversed(above)))
    if key is not None and setting is not None and not parse(key, setting):
        return None
    return read_podtools(paths)


def _names(layers: list[Layer], last: str = "") -> tuple[str, ...]:
    """All clusters' names in order, `last` behind the others."""
    names = dict.fromkeys(name for layer in layers for name in layer.clusters)
    return tuple(sorted(names, key=lambda name: name == last)) if last else tuple(names)


def merge(
    layers: list[Layer],
    names: tuple[str, ...],
    fallback: Mapping[str, Settings],
    paths: Paths,
    environ: Mapping[str, str],
) -> Config:
    """The layers, lowest first, merged, checked and built; `environ` may hold tokens."""
    highest = layers[::-1]
    top, origins = _top(highest)
    found: list[Resolved] = []
    for name in names:
        own = [layer.clusters[name] for layer in highest if name in layer.clusters]
        shared = [*(layer.defaults for layer in highest), fallback.get(name, {})]
        found.append(resolve_cluster(name, own, shared, paths, environ))
    clusters = tuple(one.cluster for one in found if one.cluster is not None)
    warnings = [warning for layer in layers for warning in layer.warnings]
    warnings += [warning for one in found for warning in one.warnings]
    wanted = str(top.get("default_cluster", ""))
    there = [cluster.name for cluster in clusters]
    if wanted and wanted not in there:
        where = dict(origins)["default_cluster"]
        warnings.append(f"{where}: default_cluster: {unknown('cluster', wanted, there)}.")
    origins += [origin for one in found for origin in one.origins]
    return Config(
        clusters=clusters,
        warnings=tuple(dict.fromkeys(warnings)),
        origins=tuple(origins),
        **top,
    )


def _top(highest: list[Layer]) -> tuple[Values, list[tuple[str, str]]]:
    values: Values = {}
    origins = []
    for key in TOP_KEYS:
        setting = topmost(key.name, (layer.top for layer in highest))
        if setting is not None:
            values[key.name] = parse(key, setting)
            origins.append((key.name, origin_of(setting)))
    return values, origins
