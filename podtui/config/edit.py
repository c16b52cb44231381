"""The configuration file changed in place: comments, order and layout stay as the person left them.

Every change is made on the text, read back and checked as a whole before the file is replaced.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path

from podtui.config.keys import (
    KEYMAP,
    KIND_KEY,
    KINDS,
    TOP_KEYS,
    Key,
    KeyType,
    cluster_key,
    cluster_names,
    top_key,
    unknown,
)
from podtui.config.layers import check_name, read_text, seal, toml_layer
from podtui.config.load import merge
from podtui.config.model import Secret
from podtui.config.toml_text import (
    TomlValue,
    agreed,
    table_at,
    with_table,
    with_value,
    without_key,
)
from podtui.config.values import Setting, Source, parse
from podtui.config.variables import split_key
from podtui.domain.text import visible
from podtui.errors import ConfigError, FileTrouble
from podtui.paths import Paths, write_private

__all__ = (
    "TomlValue",
    "add_cluster",
    "remove_key",
    "save",
    "set_key",
    "to_toml",
    "with_cluster",
    "with_key",
    "without",
)

_TABLES = (KeyType.VARIABLES, KeyType.HEADERS, KeyType.KEYMAP)
_FORMS = "Keys are spelled like theme, defaults.user or clusters.pod.user."
_OWN_KEY = Key("a key of one's own")


def set_key(file: Path, dotted: str, value: TomlValue) -> None:
    """Set `theme`, `defaults.user` or `clusters.NAME.user` in `file`; a text is read as typed.

    ConfigError when the key or the value cannot be, or the cluster is not in the file (setting its
    `kind` adds it); FileTrouble when the file cannot be written.
    """
    save(file, with_key(_text(file), file, dotted, value))


def add_cluster(file: Path, name: str, keys: Mapping[str, TomlValue], *, comment: str = "") -> None:
    """Add `[clusters.NAME]` with `keys` at the end of `file`, below a line of `comment`.

    ConfigError when the cluster is there already or a key or value cannot be.
    """
    save(file, with_cluster(_text(file), file, name, keys, comment=comment))


def remove_key(file: Path, dotted: str) -> bool:
    """Remove a key, and with it the comment on its own line; whether it was there.

    ConfigError for a key that does not exist; one that stands in the file can go all the same.
    """
    text = _text(file)
    shorter = without(text, file, dotted)
    if shorter != text:
        save(file, shorter)
    return shorter != text


def without(text: str, file: Path, dotted: str) -> str:
    """The `text` of `file` without `dotted`, itself where that is not set; ConfigError as above."""
    path = split_key(dotted)
    data = tomllib.loads(_checked_toml(text, file))
    path = _entry_path(data, path)
    table = table_at(data, path[:-1])
    if table is None or path[-1] not in table or _holds_keys(path, table[path[-1]]):
        _known(path, dotted, done="removed")
        return text
    del table[path[-1]]
    while path[0] == KEYMAP and len(path) > 2 and not table_at(data, path[:-1]):
        path = path[:-1]  # a dotted entry takes its empty tables along
        del (table_at(data, path[:-1]) or {})[path[-1]]
    return agreed(without_key(text, path), data, file)


def _entry_path(data: dict[str, object], path: list[str]) -> list[str]:
    """The path of an entry of `[keys]` as the file spells it: in quotes, or with TOML's dots."""
    if len(path) != 2 or path[0] != KEYMAP:
        return path
    words = [KEYMAP, *path[1].split(".")]
    table = table_at(data, words[:-1])
    return words if table is not None and words[-1] in table else path


def _holds_keys(path: list[str], value: object) -> bool:
    """Whether what stands at `path` is a table of keys, and not a key whose value is a table."""
    deep = len(path) == (3 if path[0] == "clusters" else 2)
    key = cluster_key(path[-1]) if deep else top_key(path[-1])
    return isinstance(value, dict) and (key is None or key.type not in _TABLES)


def with_key(text: str, file: Path, dotted: str, value: TomlValue) -> str:
    """The `text` of `file` with `dotted` set; ConfigError as `set_key`."""
    data = tomllib.loads(_checked_toml(text, file))
    path = _entry_path(data, split_key(dotted))
    table = table_at(data, path[:-1])
    kind = (table or {}).get(KIND_KEY.name) if path[0] == "clusters" else None
    plain = to_toml(_known(path, dotted, kind), dotted, value, file)
    if table is None:
        if path[0] == "clusters" and path[-1] != KIND_KEY.name:
            there = data.get("clusters", {})
            raise ConfigError(
                f"{file}: {unknown('cluster', path[1], there)}.",
                hint=f"Setting clusters.{path[1]}.kind adds it.",
            )
        return with_table(text, file, path[:-1], {path[-1]: plain})
    wanted = copy.deepcopy(data)
    found = table_at(wanted, path[:-1])
    if found is not None:
        found[path[-1]] = plain
    return agreed(with_value(text, path, plain), wanted, file)


def with_cluster(
    text: str, file: Path, name: str, keys: Mapping[str, TomlValue], *, comment: str = ""
) -> str:
    """The `text` of `file` with a further cluster; ConfigError as `add_cluster`."""
    check_name(name)
    if table_at(tomllib.loads(_checked_toml(text, file)), ["clusters", name]) is not None:
        raise ConfigError(f"{file} has a cluster {name!r} already.")
    plain = {}
    for key, value in keys.items():
        dotted = f"clusters.{name}.{key}"
        known = _known(["clusters", name, key], dotted, keys.get(KIND_KEY.name))
        plain[key] = to_toml(known, dotted, value, file)
    return with_table(text, file, ["clusters", name], plain, comment)


def save(file: Path, text: str, before: str | None = None) -> None:
    """Check `text` as the configuration in `file` and write it there, mode 0600, whole or not.

    With `before` ConfigError, and nothing written, when the file does not say that any more.
    """
    folder = file.absolute().parent
    paths = Paths(config_file=file, state=folder, home=folder)
    layer = toml_layer(text, file, folder, mode=0o600)
    merge([layer], tuple(layer.clusters), {}, paths, environ={})
    if before is not None and _text(file) != before:
        raise ConfigError(
            f"{file} was changed by somebody else meanwhile.",
            title="Changed meanwhile",
            hint="Nothing was written. Look at what it says now, then change it again.",
        )
    try:
        write_private(file.resolve(), text)
    except OSError as error:
        raise FileTrouble(f"{file} cannot be written: {error.strerror}.") from None


def to_toml(key: Key, dotted: str, value: TomlValue, file: Path) -> TomlValue:
    """`value` checked and as it is written: a text is read as its key's type needs it."""
    folder = file.absolute().parent
    source = Source(str(file), folder, folder, text=True)
    parsed = parse(key, Setting(seal(key.name, value, ""), source, dotted))
    if key.type is KeyType.CHOICE:
        return str(parsed)
    if key.type is KeyType.SIZE and isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if key.type is KeyType.NUMBER and isinstance(parsed, float) and parsed.is_integer():
        return int(parsed)
    if key.type in (KeyType.FLAG, KeyType.WHOLE) and isinstance(parsed, bool | int):
        return parsed
    if key.type in _TABLES and isinstance(parsed, tuple):
        return {name: _plain(text) for name, text in parsed}
    return value


def _plain(text: str | Secret) -> str:
    return text.reveal() if isinstance(text, Secret) else text


def _text(file: Path) -> str:
    found = read_text(file)
    return found[0] if found else ""


def _checked_toml(text: str, file: Path) -> str:
    toml_layer(text, file, file.absolute().parent, mode=0o600)
    return text


def _known(path: list[str], dotted: str, kind: object = None, done: str = "set") -> Key:
    """The key at `path`, of that `kind` if it is one; else ConfigError with the nearest one.

    `done` is what was not done then.
    """
    what, of = "key", ""
    if isinstance(kind, str) and kind in KINDS and path[-1] != KIND_KEY.name:
        what, of = f"key for the kind {kind!r}", kind
    match path:
        case [name]:
            key, known, prefix = top_key(name), tuple(key.name for key in TOP_KEYS), ""
        case ["keys", _, *_]:
            return _OWN_KEY
        case ["defaults", name] | ["clusters", _, name]:
            prefix = dotted.removesuffix(name)
            key, known = cluster_key(name, of), cluster_names(of)
        case _:
            raise ConfigError(f"Not {done}: unknown key {visible(dotted, 80)!r}.", hint=_FORMS)
    if key is None:
        raise ConfigError(f"Not {done}: {unknown(what, path[-1], known, prefix)}.", hint=_FORMS)
    return key
