"""One value read and checked: from TOML with its type, or from text with none."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from podtui.config import headers
from podtui.config.keys import Key, KeyType
from podtui.config.model import Secret
from podtui.domain.text import parse_size, visible
from podtui.errors import ConfigError, InputError

_LARGE = 1 << 63
_DEEPEST_ID = 4  # dots in the id of a binding, at most
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_API_VERSION = re.compile(r"auto|v[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}")
_WORDS = {"true": True, "yes": True, "on": True, "1": True}
_WORDS |= {"false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings come from. Relative paths are relative to `folder`.

    `text`: every value is a text and is turned into what its key needs (environment, options,
    INI files), where TOML has types of its own.
    """

    label: str
    folder: Path
    home: Path
    text: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A value as it stands in a source; `name` is how that source spells the key."""

    raw: object
    source: Source
    name: str

    @property
    def where(self) -> str:
        """The source and the key, for a message."""
        return f"{self.source.label}: {self.name}"


class _Wrong(Exception):
    """What is wrong with a value, without the value."""


def parse(key: Key, setting: Setting) -> object:
    """The value `key` is given by `setting`; ConfigError names the source, the key and the fault.

    A secret's value is in no message.
    """
    try:
        return _READERS[key.type](key, setting)
    except _Wrong as wrong:
        address = key.type in (KeyType.URL, KeyType.ADDRESS)
        hidden = key.secret or (address and "@" in str(setting.raw))
        shown = "" if hidden else f", not {_shown(setting.raw)}"
        raise ConfigError(f"{setting.where} {wrong}{shown}.") from None


def parse_command(key: Key, setting: Setting) -> tuple[str, ...]:
    """The argv `key` is given by `setting`; ConfigError as `parse`."""
    value = parse(key, setting)
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _shown(raw: object) -> str:
    if isinstance(raw, Secret):
        return "•••"
    if isinstance(raw, int) and abs(raw) >= _LARGE:
        return "a number that large"
    if isinstance(raw, str | int | float):
        return visible(repr(raw) if isinstance(raw, str) else str(raw).lower(), 60)
    return {"list": "a list", "dict": "a table"}.get(type(raw).__name__, "a date or time")


def _text(key: Key, setting: Setting) -> str:
    if not isinstance(setting.raw, str):
        raise _Wrong(f"must be {key.type.value} in quotes")
    if not key.secret and visible(setting.raw) != setting.raw:
        raise _Wrong("must be one line without control characters")
    return setting.raw


def _choice(key: Key, setting: Setting) -> str:
    allowed = {choice.lower(): choice for choice in key.choices}
    word = setting.raw.strip().lower() if isinstance(setting.raw, str) else ""
    if word not in allowed:
        raise _Wrong(f"must be one of {', '.join(key.choices)}")
    return allowed[word]


def _flag(_key: Key, setting: Setting) -> bool:
    if isinstance(setting.raw, bool):
        return setting.raw
    word = setting.raw.strip().lower() if isinstance(setting.raw, str) else ""
    if not setting.source.text or word not in _WORDS:
        raise _Wrong("must be true or false")
    return _WORDS[word]


def _number(key: Key, setting: Setting) -> float | int:
    raw = setting.raw
    if setting.source.text and isinstance(raw, str):
        raw = _from_text(raw, int if key.type is KeyType.WHOLE else float)
    allowed = int if key.type is KeyType.WHOLE else int | float
    finite = not isinstance(raw, float) or math.isfinite(raw)
    if isinstance(raw, bool) or not isinstance(raw, allowed) or not finite:
        raise _Wrong(f"must be {key.type.value}")
    if key.least is not None and raw < key.least:
        raise _Wrong(f"must be at least {key.least:g}")
    if key.most is not None and raw > key.most:
        raise _Wrong(f"must be at most {key.most:g}")
    return raw if key.type is KeyType.WHOLE else float(raw)


def _from_text(raw: str, convert: Callable[[str], float | int]) -> float | int | None:
    try:
        return convert(raw)
    except ValueError:
        return None


def _size(key: Key, setting: Setting) -> int:
    raw = setting.raw
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _LARGE:
        return raw
    if isinstance(raw, str):
        with suppress(InputError):
            return parse_size(raw)
    raise _Wrong(f"must be {key.type.value}")


def _path(key: Key, setting: Setting) -> Path:
    return expand(_filled(_text(key, setting), key), setting.source)


def _url(key: Key, setting: Setting) -> str:
    """An address without its last slash; an empty one stands for none."""
    url = _text(key, setting).strip().rstrip("/")
    if not setting.raw:
        return ""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise _Wrong(f"must be {key.type.value}") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_fits:
        raise _Wrong(f"must be {key.type.value}")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _Wrong(f"must be {key.type.value}, without user, query or #")
    return url


def _address(key: Key, setting: Setting) -> str:
    """As `_url`, or `unix:` with the absolute path of a socket; `unix:///path` is the same."""
    text = _text(key, setting).strip()
    scheme, _, path = text.partition(":")
    if scheme != "unix":
        return _url(key, setting)
    path = path.removeprefix("//") if path.startswith("///") else path
    if path.startswith("//") or not path.startswith(("/", "~")):
        raise _Wrong(f"must be {key.type.value}")
    return f"unix:{expand(path, setting.source)}"


def _api_version(key: Key, setting: Setting) -> str:
    text = _text(key, setting).strip().lower()
    if not _API_VERSION.fullmatch(text):
        raise _Wrong(f"must be {key.type.value}")
    return text


def _variable(key: Key, setting: Setting) -> str:
    text = _text(key, setting)
    if not _VARIABLE.fullmatch(text):
        raise _Wrong(f"must be {key.type.value}")
    return text


def _secret(key: Key, setting: Setting) -> Secret:
    if not isinstance(setting.raw, Secret):
        raise _Wrong(f"must be {key.type.value} in quotes")
    return setting.raw


def _command(key: Key, setting: Setting) -> tuple[str, ...]:
    try:
        argv = shlex.split(_text(key, setting))
    except ValueError:
        raise _Wrong("must be a command line: a quotation mark is left open") from None
    if not argv:
        raise _Wrong(f"must be {key.type.value}")
    program = expand(argv[0], setting.source) if "/" in argv[0] else argv[0]
    return (str(program), *argv[1:])


def _keymap(key: Key, setting: Setting) -> tuple[tuple[str, str], ...]:
    """Ids of bindings with their keys; TOML makes tables of an id's dots, in quotes or not."""
    raw = setting.raw
    if setting.source.text and isinstance(raw, str):
        raw = dict(word.partition("=")[::2] for word in raw.split())
    if not isinstance(raw, dict):
        raise _Wrong(f"must be {key.type.value}")
    pairs = tuple(_flat(raw))
    for name, keys in pairs:
        if not isinstance(keys, str) or not keys.strip() or visible(keys) != keys:
            raise _Wrong(f"must give {visible(name, 60)} a key in quotes")
    return tuple((name, str(keys)) for name, keys in pairs)


def _flat(table: dict[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict) and above.count(".") < _DEEPEST_ID:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _variables(key: Key, setting: Setting) -> tuple[tuple[str, str], ...]:
    """Names with texts, from a table, or from `NAME=text NAME=text` where all is text."""
    raw = setting.raw
    if setting.source.text and isinstance(raw, str):
        try:
            raw = dict(word.partition("=")[::2] for word in shlex.split(raw))
        except ValueError:
            raw = None
    if not isinstance(raw, dict):
        raise _Wrong(f"must be {key.type.value}")
    for name, text in raw.items():
        if not _VARIABLE.fullmatch(str(name)):
            raise _Wrong(f"has {visible(str(name), 40)!r}, which no variable can be called")
        if not isinstance(text, str) or "\0" in text:
            raise _Wrong(f"must give the variable {name} a text in quotes")
    return tuple(raw.items())


def _headers(key: Key, setting: Setting) -> headers.Headers:
    """Names with secret texts, from a table, or from one sealed text where all is text."""
    raw = setting.raw
    try:
        if isinstance(raw, Secret) and setting.source.text:
            return headers.from_text(raw)
        if isinstance(raw, dict):
            return headers.from_table(raw)
    except headers.WrongHeaders as wrong:
        raise _Wrong(str(wrong)) from None
    raise _Wrong(f"must be {key.type.value}")


def _filled(text: str, key: Key) -> str:
    if not text.strip():
        raise _Wrong(f"must be {key.type.value}")
    return text


def expand(text: str, source: Source) -> Path:
    """The path meant by `text`: `~` is the home, a relative one begins at the source's folder."""
    if text == "~" or text.startswith("~/"):
        return source.home / text[2:]
    try:
        return source.folder / Path(text).expanduser()
    except RuntimeError:
        raise _Wrong("must be a path: there is no such user") from None


_READERS: dict[KeyType, Callable[[Key, Setting], object]] = {
    KeyType.TEXT: _text,
    KeyType.CHOICE: _choice,
    KeyType.FLAG: _flag,
    KeyType.WHOLE: _number,
    KeyType.NUMBER: _number,
    KeyType.SIZE: _size,
    KeyType.PATH: _path,
    KeyType.URL: _url,
    KeyType.ADDRESS: _address,
    KeyType.API_VERSION: _api_version,
    KeyType.COMMAND: _command,
    KeyType.VARIABLE: _variable,
    KeyType.VARIABLES: _variables,
    KeyType.SECRET: _secret,
    KeyType.HEADERS: _headers,
    KeyType.KEYMAP: _keymap,
}
