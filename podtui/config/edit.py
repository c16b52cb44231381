"""The configuration file changed in place: comments, order and layout stay as the person left them.

Every change is made on the text, read back and checked as a whole before the file is replaced.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podtui.config.keys import (
    KIND_KEY,
    TOP_KEYS,
    Key,
    KeyType,
    cluster_key,
    cluster_names,
    top_key,
    unknown,
)
from podtui.config.layers import check_name, read_text, seal, split_key, toml_layer
from podtui.config.load import merge
from podtui.config.values import Setting, Source, parse
from podtui.domain.text import visible
from podtui.errors import ConfigError, FileTrouble
from podtui.paths import Paths, write_private

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.items import Table

TomlValue = str | bool | int | float
_FORMS = "Keys are spelled like theme, defaults.user or clusters.pod.user."
_UNCHANGEABLE = "="  # no TOML: what tomlkit cannot read or change is refused like a wrong result


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
    """Remove a key, and with it the comment on its own line; whether it was there."""
    text = _text(file)
    path = split_key(dotted)
    data = tomllib.loads(_checked_toml(text, file))
    table = _table_at(data, path[:-1])
    if table is None or path[-1] not in table or isinstance(table[path[-1]], dict):
        return False
    del table[path[-1]]
    save(file, _same(_edited(text, path, _delete), data, file))
    return True


def with_key(text: str, file: Path, dotted: str, value: TomlValue) -> str:
    """The `text` of `file` with `dotted` set; ConfigError as `set_key`."""
    path = split_key(dotted)
    plain = to_toml(_known(path, dotted), dotted, value, file)
    data = tomllib.loads(_checked_toml(text, file))
    table = _table_at(data, path[:-1])
    if table is None:
        if path[0] == "clusters" and path[-1] != KIND_KEY.name:
            there = data.get("clusters", {})
            raise ConfigError(
                f"{file}: {unknown('cluster', path[1], there)}.",
                hint=f"Setting clusters.{path[1]}.kind adds it.",
            )
        return _with_table(text, file, path[:-1], {path[-1]: plain})
    wanted = copy.deepcopy(data)
    found = _table_at(wanted, path[:-1])
    if found is not None:
        found[path[-1]] = plain
    change = partial(_put, value=plain)
    return _same(_edited(text, path, change), wanted, file)


def with_cluster(
    text: str, file: Path, name: str, keys: Mapping[str, TomlValue], *, comment: str = ""
) -> str:
    """The `text` of `file` with a further cluster; ConfigError as `add_cluster`."""
    check_name(name)
    if _table_at(tomllib.loads(_checked_toml(text, file)), ["clusters", name]) is not None:
        raise ConfigError(f"{file} has a cluster {name!r} already.")
    plain = {}
    for key, value in keys.items():
        dotted = f"clusters.{name}.{key}"
        plain[key] = to_toml(_known(["clusters", name, key], dotted), dotted, value, file)
    return _with_table(text, file, ["clusters", name], plain, comment)


def save(file: Path, text: str) -> None:
    """Check `text` as the configuration in `file` and write it there, mode 0600, whole or not."""
    folder = file.absolute().parent
    paths = Paths(config_file=file, state=folder, home=folder)
    layer = toml_layer(text, file, folder, mode=0o600)
    merge([layer], tuple(layer.clusters), {}, paths, user="")
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
    return value


def _text(file: Path) -> str:
    found = read_text(file)
    return found[0] if found else ""


def _checked_toml(text: str, file: Path) -> str:
    toml_layer(text, file, file.absolute().parent, mode=0o600)
    return text


def _known(path: list[str], dotted: str) -> Key:
    """The key at `path`; ConfigError with the nearest one when there is none."""
    match path:
        case [name]:
            key, known, prefix = top_key(name), tuple(key.name for key in TOP_KEYS), ""
        case ["defaults", name] | ["clusters", _, name]:
            prefix = dotted.removesuffix(name)
            key, known = cluster_key(name), cluster_names()
        case _:
            raise ConfigError(f"Not set: unknown key {visible(dotted, 80)!r}.", hint=_FORMS)
    if key is None:
        raise ConfigError(f"Not set: {unknown('key', path[-1], known, prefix)}.", hint=_FORMS)
    return key


def _table_at(data: dict[str, Any], path: list[str]) -> dict[str, Any] | None:
    table: Any = data
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _edited(text: str, path: list[str], change: Callable[[Any, str], None]) -> str:
    """`text` with `change` made to the table that holds `path`; not TOML where it cannot be."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        holder: Any = document
        for part in path[:-1]:
            holder = holder[part]
        change(holder, path[-1])
        return tomlkit.dumps(document)
    except TOMLKitError:
        return _UNCHANGEABLE


def _delete(holder: Any, name: str) -> None:
    del holder[name]


def _put(holder: Any, name: str, value: TomlValue) -> None:
    """Set a key: in its place, or behind the table's last key."""
    from tomlkit.items import Table

    if name not in holder and isinstance(holder, Table):
        _append(holder, name, value)
    else:
        holder[name] = value


def _append(table: Table, name: str, value: TomlValue) -> None:
    """Add a key behind the last one: the comments below that belong to the next table."""
    import tomlkit

    last = [key for key, _ in table.value.body if key is not None]
    if last:
        table.value._insert_after(last[-1], name, tomlkit.item(value))
    elif table.value.body:
        table.value._insert_at(0, name, tomlkit.item(value))
    else:
        table[name] = value


def _with_table(
    text: str, file: Path, path: list[str], keys: Mapping[str, TomlValue], comment: str = ""
) -> str:
    """`text` with a new table at its end."""
    import tomlkit

    data = tomllib.loads(text)
    holder = data
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
    holder[path[-1]] = dict(keys)
    table: tomlkit.TOMLDocument = tomlkit.document()
    for key, value in keys.items():
        table[key] = value
    header = ".".join(tomlkit.key(part).as_string() for part in path)
    above = f"# {visible(comment)}\n" if comment else ""
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return _same(f"{before}{above}[{header}]\n{tomlkit.dumps(table)}", data, file)


def _same(text: str, wanted: dict[str, Any], file: Path) -> str:
    """`text` if it says exactly what is wanted; a layout no tool can change is left to people."""
    try:
        if tomllib.loads(text) == wanted:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise ConfigError(
        f"{file} is laid out in a way that cannot be changed safely.",
        hint="Nothing was written; change it in an editor.",
    )
