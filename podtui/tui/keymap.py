"""The person's own keys: `[keys]` of the configuration, checked before the screen sees them.

Textual passes over an id it does not know, and takes a key away from a binding that has it by
default. Both are told here instead, and only what is good is taken.
"""

from __future__ import annotations

import importlib
import pkgutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys
from textual.widget import Widget

import podtui.tui
from podtui.config.keys import unknown
from podtui.domain.text import visible
from podtui.errors import ConfigError

_TOLD = ("panes", "screens", "widgets")
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED = frozenset({*(str(key.value) for key in Keys), *KEY_NAME_REPLACEMENTS.values()})
_HINT = "Press ? on the screen for what there is; the other keys are as you set them."


@dataclass(frozen=True, slots=True)
class BoundKey:
    """One binding: its id, the class it works in, its keys, what it does."""

    id: str
    owner: type[DOMNode]
    keys: tuple[str, ...]
    description: str


def own_classes() -> tuple[type[DOMNode], ...]:
    """The app's, and every pane, screen and widget of podtui. Imports them all."""
    for name in _TOLD:
        package = importlib.import_module(f"podtui.tui.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module("podtui.tui.app")
    below = dict.fromkeys(_below(DOMNode))  # a class of several bases is met several times
    return tuple(kind for kind in below if kind.__module__.startswith(podtui.tui.__name__))


@cache
def bound_keys() -> tuple[BoundKey, ...]:
    """Every binding of podtui that has an id, each once for the class that defines it."""
    found: dict[tuple[str, type[DOMNode]], BoundKey] = {}
    for owner in sorted(own_classes(), key=lambda kind: (kind.__module__, kind.__qualname__)):
        for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ())):
            if binding.id:
                at = (binding.id, owner)
                keys = (*found[at].keys, binding.key) if at in found else (binding.key,)
                found[at] = BoundKey(binding.id, owner, keys, binding.description)
    return tuple(found.values())


def checked_keymap(
    wanted: Iterable[tuple[str, str]],
) -> tuple[dict[str, str], tuple[ConfigError, ...]]:
    """The keymap of what is good in `wanted`, pairs of an id and its keys, and what is not."""
    known = bound_keys()
    ids = [bound.id for bound in known]
    good: dict[str, str] = {}
    wrong = []
    for name, keys in wanted:
        if name not in ids:
            wrong.append(_wrong(unknown("key binding", name, ids, "keys.")))
        elif bad := next((key for key in _split(keys) if not is_key(key)), None):
            wrong.append(_wrong(f"keys.{name}: {visible(bad, 40)!r} is no key"))
        else:
            good[name] = keys
    for name in list(good):
        if other := _clash(name, good, known):
            wrong.append(
                _wrong(f"keys.{name}: {good[name]} is the key of {other.id} ({other.description})")
            )
            del good[name]
    return good, tuple(wrong)


def is_key(name: str) -> bool:
    """Whether a terminal can send a key of that name, such as `x`, `ctrl+x`, `f5` or `slash`."""
    *modifiers, key = name.split("+") if len(name) > 1 else [name]
    if not key or not set(modifiers) <= _MODIFIERS:
        return False
    if len(key) == 1 or key in _NAMED:
        return key.isprintable()
    try:
        unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    return True


def _clash(name: str, keymap: dict[str, str], known: tuple[BoundKey, ...]) -> BoundKey | None:
    """A binding that works at the same time as `name`, and has one of its keys."""
    mine = [bound for bound in known if bound.id == name]
    keys = {_full(key) for key in _split(keymap[name])}
    for bound in known:
        now = replace(bound, keys=_split(keymap.get(bound.id, ",".join(bound.keys))))
        met = keys & {_full(key) for key in now.keys}
        if met and bound.id != name and any(_together(one, bound) for one in mine):
            return bound
    return None


def _together(one: BoundKey, other: BoundKey) -> bool:
    """Whether both can be in force at once: in one class, or one in the app and one in a pane."""
    from podtui.tui.panes.base import Pane

    kinds = (one.owner, other.owner)
    if issubclass(kinds[0], kinds[1]) or issubclass(kinds[1], kinds[0]):
        return True
    return any(issubclass(kind, App) for kind in kinds) and any(
        issubclass(kind, Pane) for kind in kinds if issubclass(kind, Widget)
    )


def _split(keys: str) -> tuple[str, ...]:
    return tuple(key.strip() if len(key) > 1 else key for key in keys.split(","))


def _full(key: str) -> str:
    """A key by its long name, as Textual keeps it."""
    if len(key) > 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _wrong(text: str) -> ConfigError:
    return ConfigError(f"{text}.", title="Keys", hint=_HINT)


def _below(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
