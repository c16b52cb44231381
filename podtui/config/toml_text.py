"""TOML changed as text by tomlkit: one key or table differs, every other character stays.

Whatever comes out is compared with what was meant before anybody uses it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podtui.domain.text import visible
from podtui.errors import ConfigError

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.items import Table

TomlValue = str | bool | int | float | dict[str, str]
_UNCHANGEABLE = "="  # no TOML: what tomlkit cannot read or change is refused like a wrong result


def table_at(data: dict[str, Any], path: list[str]) -> dict[str, Any] | None:
    """The table at `path`, None where there is none."""
    table: Any = data
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def with_value(text: str, path: list[str], value: TomlValue) -> str:
    """`text` with the key at `path` set, in a table that is there."""
    if len(path) == 1 and not _has_own_keys(text):
        return _above_tables(text, path[0], value)
    return _edited(text, path, partial(_put, value=value))


def _has_own_keys(text: str) -> bool:
    """Whether a key stands outside every table."""
    above = text[: _first_table(text)]
    try:
        return bool(tomllib.loads(above))
    except tomllib.TOMLDecodeError:
        return True  # what looks like a table is none: tomlkit knows better


def _first_table(text: str) -> int:
    """Where the first table begins, with the comment right above its header; else the end."""
    at = start = 0
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            return start
        at += len(line)
        if not line.lstrip().startswith("#"):
            start = at
    return at


def _above_tables(text: str, name: str, value: TomlValue) -> str:
    """`text` with a first key of its own: above the first table and its comment."""
    import tomlkit

    at = _first_table(text)
    document = tomlkit.document()
    document[name] = _item(value)
    before, after = text[:at], text[at:]
    gap = "\n" if before and not before.endswith("\n") else ""
    return f"{before}{gap}{tomlkit.dumps(document)}{chr(10) if after else ''}{after}"


def without_key(text: str, path: list[str]) -> str:
    """`text` without the key at `path` and its line."""
    return _edited(text, path, _delete)


def without_table(text: str, path: list[str]) -> str:
    """`text` without the table at `path`, its own comments and the tables below it.

    Comments above its header stay, and those behind its last key: they may be the next table's.
    """
    kept: list[str] = []
    inside = False
    pending: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            was, inside = inside, _header(line)[: len(path)] == path
            kept += pending if was and not inside else []
            pending = []
        if not inside:
            kept.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            pending = []  # what stood before it was its own
        else:
            pending.append(line)
    return "".join([*kept, *pending])


def _header(line: str) -> list[str]:
    """The path in a table's header; empty where the line is none."""
    try:
        table: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return []
    path = []
    while isinstance(table, dict) and table:
        path.append(next(iter(table)))
        table = table[path[-1]]
    return path


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
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    document = isinstance(holder, TOMLDocument) and name not in holder
    own = [key for key, item in holder.body if key and not _is_table(item)] if document else []
    if own:
        holder._insert_after(own[-1], name, _item(value))
    elif name not in holder and isinstance(holder, Table):
        _append(holder, name, value)
    else:
        holder[name] = _item(value)


def _is_table(item: object) -> bool:
    from tomlkit.container import OutOfOrderTableProxy
    from tomlkit.items import AoT, Table

    return isinstance(item, Table | AoT | OutOfOrderTableProxy)


def _item(value: TomlValue) -> Any:
    """What tomlkit writes; a table goes on its key's own line."""
    import tomlkit

    if not isinstance(value, dict):
        return tomlkit.item(value)
    line = tomlkit.inline_table()
    line.update(value)
    return line


def _append(table: Table, name: str, value: TomlValue) -> None:
    """Add a key behind the last one: the comments below that belong to the next table."""
    last = [key for key, _ in table.value.body if key is not None]
    if last:
        table.value._insert_after(last[-1], name, _item(value))
    elif table.value.body:
        table.value._insert_at(0, name, _item(value))
    else:
        table[name] = _item(value)


def with_table(
    text: str, file: Path, path: list[str], keys: Mapping[str, TomlValue], comment: str = ""
) -> str:
    """`text` with a new table at its end, below a line of `comment`; ConfigError as `agreed`."""
    import tomlkit

    data = tomllib.loads(text)
    holder = data
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
    holder[path[-1]] = dict(keys)
    table: tomlkit.TOMLDocument = tomlkit.document()
    for key, value in keys.items():
        table[key] = _item(value)
    header = ".".join(tomlkit.key(part).as_string() for part in path)
    above = f"# {visible(comment)}\n" if comment else ""
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return agreed(f"{before}{above}[{header}]\n{tomlkit.dumps(table)}", data, file)


def agreed(text: str, wanted: dict[str, Any], file: Path) -> str:
    """`text` if it says exactly what is wanted, else ConfigError.

    A layout that tomlkit cannot read or change rightly is left to people.
    """
    try:
        if tomllib.loads(text) == wanted:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise ConfigError(
        f"{file} is laid out in a way that cannot be changed safely.",
        hint="Nothing was written; change it in an editor.",
    )
