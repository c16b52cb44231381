"""PODTools' configuration taken over into podtui's own, once, with its secrets put away."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from podtui import paths as places
from podtui.config.edit import save, to_toml, with_cluster, with_key
from podtui.config.keys import KIND_KEY, KINDS
from podtui.config.layers import Layer, Settings, file_layer, read_text
from podtui.config.model import Secret
from podtui.config.podtools import Podtools, add_podtools, read_podtools
from podtui.config.secrets import forget_secret, store_secret
from podtui.config.toml_text import TomlValue
from podtui.config.values import parse
from podtui.errors import ConfigError
from podtui.paths import Paths


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: `keys` written into `file`, `secrets` with the place each went to."""

    cluster: str
    sources: tuple[Path, ...]
    file: Path
    keys: tuple[str, ...]
    secrets: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The same, told to a person."""
        return (
            f"Read {', '.join(map(str, self.sources))}.",
            f"Wrote the cluster {self.cluster!r} to {self.file}: {', '.join(self.keys)}.",
            *(f"Stored {key} in {place}." for key, place in self.secrets),
            "PODTools' files are not read any more (podtools = false); they were left as they are.",
            *(f"Warning: {warning}" for warning in self.warnings),
        )


def import_podtools(paths: Paths) -> Imported:
    """Write what PODTools' files set into the user's config.toml as a cluster of its own.

    Secrets go to the keyring or a file of mode 0600, never into config.toml. Blocks. ConfigError
    when there is nothing to import, it was imported before, or a value cannot be used.
    """
    found = read_podtools(paths)
    if found is None:
        files = " nor ".join(map(str, paths.podtools))
        raise ConfigError(f"There is nothing to import: neither {files} exists.")
    layers = [file_layer(places.SYSTEM_CONFIG, paths.home), file_layer(_file(paths), paths.home)]
    _refuse_second(layers[-1], paths)
    taken = {name for layer in layers if layer for name in layer.clusters}
    name, layer = add_podtools(found, taken)
    if not name:
        raise ConfigError(layer.warnings[-1], hint="Rename one of these clusters, then try again.")
    secrets = _secrets(found.cluster)
    keys = _keys(found, paths)
    text = _edited(paths, name, keys, found)
    stored = []
    try:
        for key, secret in secrets.items():
            stored.append((key, store_secret(paths, name, key, secret.reveal())))
        save(_file(paths), text)
    except BaseException:
        for key, _ in stored:
            forget_secret(paths, name, key)
        raise
    return Imported(
        name, tuple(found.files), _file(paths), tuple(keys), tuple(stored), tuple(found.warnings)
    )


def _file(paths: Paths) -> Path:
    return paths.config_file


def _refuse_second(own: Layer | None, paths: Paths) -> None:
    setting = own.top.get("podtools") if own else None
    if setting is not None and setting.raw is False:
        raise ConfigError(
            f"{paths.config_file} says podtools = false: PODTools' files were imported before.",
            hint="Remove that line to read or import them again.",
        )


def _secrets(settings: Settings) -> dict[str, Secret]:
    return {name: s.raw for name, s in settings.items() if isinstance(s.raw, Secret)}


def _keys(found: Podtools, paths: Paths) -> dict[str, TomlValue]:
    """What goes into the file, in the order of the key table; what PODTools implies is spelled."""
    keys: dict[str, TomlValue] = {KIND_KEY.name: "pod"}
    settings = found.fallback | found.cluster
    for key in KINDS["pod"]:
        if key.name not in settings:
            continue
        setting = settings[key.name]
        parse(key, setting)
        if not key.secret and isinstance(setting.raw, str):
            keys[key.name] = to_toml(key, setting.where, setting.raw, paths.config_file)
    return keys


def _edited(paths: Paths, name: str, keys: dict[str, TomlValue], found: Podtools) -> str:
    file = _file(paths)
    read = read_text(file)
    text = read[0] if read else ""
    sources = ", ".join(map(str, found.files))
    there = tomllib.loads(text)
    text = with_key(text, file, "podtools", value=False)
    if "loglevel" in found.top and "loglevel" not in there:
        text = with_key(text, file, "loglevel", str(found.top["loglevel"].raw))
    return with_cluster(text, file, name, keys, comment=f"Imported from {sources}")
