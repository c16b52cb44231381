"""`podtui config`: what is set and from where, and changing it."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from typing import Any

from podtui.cli.call import Answer, Call
from podtui.cli.facts import plain
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.config.edit import remove_key, set_key
from podtui.config.keys import cluster_key, cluster_names, is_secret, is_stored, unknown
from podtui.config.podtools_import import import_podtools as take_over
from podtui.config.secrets import forget_secret, store_secret
from podtui.config.show import describe
from podtui.config.variables import split_key
from podtui.errors import ConfigError, InputError
from podtui.paths import SYSTEM_CONFIG


def show(call: Call) -> Answer:
    """Every key with its value and origin; secrets stay hidden."""
    shown = describe(call.config)
    rows = [(name, *_cells(entry)) for name, entry in shown.items() if _is_entry(entry)]
    for cluster, entries in shown["clusters"].items():
        rows += [(f"clusters.{cluster}.{name}", *_cells(entry)) for name, entry in entries.items()]
    warnings = (f"Warning: {one_line(warning)}" for warning in shown["warnings"])
    return Answer(shown, (*ascii_table(("Key", "Value", "From"), rows), *warnings))


def path(call: Call) -> Answer:
    """The files and folders of this podtui."""
    paths = call.paths
    places = {
        "config": paths.config_file,
        "system": SYSTEM_CONFIG,
        "state": paths.state,
        "journal": paths.journal,
        "log": paths.state / "podtui.log",
        "tokens": paths.tokens,
        "secrets": paths.secrets,
        "themes": paths.themes,
    }
    width = max(map(len, places))
    lines = (f"{name:{width}}  {one_line(str(place))}" for name, place in places.items())
    return Answer(plain(places), tuple(lines))


def set_value(call: Call) -> Answer:
    """Set a key in the file, or put a secret away."""
    key, value = call.args.key, call.args.value
    name = split_key(key)[-1]
    if is_secret(name):
        return _set_secret(call, split_key(key), name)
    if value is None:
        raise InputError(f"{key} needs a value.", hint=f"`podtui config set {key} VALUE`")
    set_key(call.paths.config_file, key, value)
    file = str(call.paths.config_file)
    return Answer(
        {"key": key, "value": value, "file": file},
        (f"{one_line(key)} = {one_line(value)} is in {one_line(file)}.",),
    )


def _set_secret(call: Call, parts: list[str], name: str) -> Answer:
    key = call.args.key
    if call.args.value is not None:
        raise InputError(
            f"{key} is a secret, and everybody on this machine can read a command line.",
            title="Secret on the command line",
            hint=f"`podtui config set {key}` asks for it. Change the one that was just typed.",
        )
    if len(parts) != 3 or parts[0] != "clusters":
        raise InputError(
            "A secret belongs to one cluster.", hint=f"`podtui config set clusters.NAME.{name}`"
        )
    cluster = call.config.cluster(parts[1])
    if cluster_key(name, cluster.kind) is None:
        told = unknown(f"key for the kind {cluster.kind!r}", name, cluster_names(cluster.kind))
        raise ConfigError(f"Not set: {told}.")
    value = _read_secret(key)
    if not value:
        raise InputError("Nothing was given.", hint="Nothing was changed.")
    if is_stored(name):
        place = store_secret(call.paths, cluster.name, name, value)
    else:  # headers, whose names must be known before any keyring is asked
        set_key(call.paths.config_file, key, value)
        place = str(call.paths.config_file)
    return Answer({"key": key, "place": place}, (f"{one_line(key)} is in {one_line(place)}.",))


def _read_secret(key: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{one_line(key)}: ")
    return sys.stdin.readline().rstrip("\n")


def unset_value(call: Call) -> Answer:
    """Remove a key, and a secret that was put away; ConfigError for a key that does not exist."""
    key = call.args.key
    parts = split_key(key)
    removed = remove_key(call.paths.config_file, key)
    if len(parts) == 3 and is_stored(parts[-1]):
        removed = forget_secret(call.paths, parts[1], parts[2]) or removed
    line = f"{one_line(key)} is removed." if removed else f"{one_line(key)} was not set."
    return Answer({"key": key, "removed": removed}, (line,))


def import_podtools(call: Call) -> Answer:
    """Write PODTools' settings into podtui's own file."""
    done = take_over(call.paths)
    return Answer(plain(asdict(done)), tuple(one_line(line) for line in done.lines))


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and "from" in value


def _cells(entry: dict[str, Any]) -> tuple[str, str]:
    value = entry["value"]
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, list | tuple):
        value = " ".join(one if isinstance(one, str) else "=".join(one) for one in value)
    return ("" if value is None else str(value), str(entry["from"]))
