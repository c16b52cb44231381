"""PODTools' own configuration, read as PODTools reads it and imported into podtui's.

The options, their defaults and their meaning are those of PODTools 2.4.1's documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.config.keys import AUTH_TYPES, Key, KeyType, cluster_key, unknown
from podtui.config.layers import Layer, Settings, read_text, refuse_shared, seal
from podtui.config.values import Setting, Source, parse
from podtui.errors import ConfigError
from podtui.paths import Paths

if TYPE_CHECKING:
    import configparser

_OPTIONS = {
    "podtools": {
        "user": "user",
        "address": "",
        "port": "",
        "logout": "logout",
        "ssl": "",
        "authtype": "auth_type",
        "auth_type": "auth_type",
        "cloudauth_api_key": "api_key",
        "cloudauth_api_secret": "api_secret",
        "cloudauth_url": "auth_url",
        "ssh_auth_address": "ssh_auth_address",
        "ssh_auth_port": "ssh_auth_port",
        "password": "password",
        "loglevel": "loglevel",
    },
    "podsh": {
        "overwrite": "overwrite",
        "sched": "sched",
        "stageinmaxsize": "stageinmaxsize",
        "stageoutmaxsize": "stageoutmaxsize",
        "hash_algo": "hash_algo",
    },
}
"""podtui's key for each option; address, port and ssl become one `beoweb_url`."""

_SECRETS = ("password", "cloudauth_api_secret")
_DEFAULT_ADDRESS = "127.0.0.1"
_DEFAULT_HASH = "md5"
_AUTH_TYPE = Key("auth_type", KeyType.CHOICE, choices=AUTH_TYPES)
_PORT = Key("port", KeyType.WHOLE, least=1, most=65535)
_SSL = Key("ssl", KeyType.FLAG)


@dataclass(slots=True)
class Podtools:
    """What the files set, as settings of podtui's keys: a cluster's, and those outside tables."""

    files: list[Path] = field(default_factory=list)
    cluster: Settings = field(default_factory=dict)
    fallback: Settings = field(default_factory=dict)
    top: Settings = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_podtools(paths: Paths) -> Podtools | None:
    """What PODTools' files set, the later file winning; None when neither is there.

    `fallback` holds what PODTools does where nobody says otherwise. ConfigError when a file cannot
    be read or holds a secret that others can read.
    """
    found = Podtools()
    options: Settings = {}
    for file in paths.podtools:
        read = read_text(file)
        if read is not None:
            text, mode = read
            found.files.append(file)
            source = Source(str(file), file.absolute().parent, paths.home, text=True)
            options |= _options(_parse(text, file), source, mode, found.warnings)
    if not found.files:
        return None
    for option, setting in options.items():
        name = _key(option)
        if name:
            sealed = replace(setting, raw=seal(name, setting.raw, setting.source.label))
            (found.cluster if cluster_key(name) else found.top)[name] = sealed
    _add_addresses(found, options)
    default = Source("PODTools' default", Path("/"), paths.home, text=True)
    found.fallback = {"hash_algo": Setting(_DEFAULT_HASH, default, "hash_algo")}
    return found


def add_podtools(found: Podtools, taken: set[str]) -> tuple[str, Layer]:
    """The cluster's name (`pod`, or `podtools` where that is taken; else empty) and its layer."""
    name = next((name for name in ("pod", "podtools") if name not in taken), "")
    layer = Layer(top=found.top, warnings=found.warnings)
    if name:
        layer.clusters[name] = found.cluster
    else:
        files = ", ".join(map(str, found.files))
        layer.warnings.append(f"{files}: not used, the names 'pod' and 'podtools' are taken.")
    return name, layer


def _key(option: str) -> str:
    return next((keys[option] for keys in _OPTIONS.values() if option in keys), "")


def _parse(text: str, file: Path) -> configparser.RawConfigParser:
    """The file as INI; PODTools' Python took `;` after a blank as a comment. No line is shown."""
    import configparser

    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        raise ConfigError(
            f"{file}, line {error.lineno}: a setting stands before [podtools]."
        ) from None
    except configparser.ParsingError as error:
        lines = ", ".join(str(number) for number, _ in error.errors)
        raise ConfigError(f"{file}, line {lines}: this is not INI.") from None
    return parser


def _options(
    parser: configparser.RawConfigParser, source: Source, mode: int, warnings: list[str]
) -> Settings:
    """One file's known options by name; `auth_type` wins over the older spelling beside it."""
    found: Settings = {}
    for section in parser.sections():
        known = _OPTIONS.get(section.lower(), {})
        if not known:
            warnings.append(f"{source.label}: {unknown('section', section, _OPTIONS)}.")
            continue
        for option, value in sorted(parser.items(section), key=lambda item: item[0] != "authtype"):
            if option not in known:
                warnings.append(f"{source.label}: {_stranger(option, known)}.")
            elif value:
                setting = Setting(value, source, f"{section}.{option}")
                if option in _SECRETS:
                    refuse_shared(setting, Path(source.label), mode)
                found["auth_type" if option == "authtype" else option] = setting
    return found


def _stranger(option: str, known: dict[str, str]) -> str:
    for section, options in _OPTIONS.items():
        if option in options:
            return f"the option {option!r} belongs into [{section}]"
    return unknown("option", option, known)


def _add_addresses(found: Podtools, options: Settings) -> None:
    """Turn address, port and ssl into `beoweb_url`, and give publickey its address.

    With Cloud Auth and no address the controllers are discovered, and there is nothing to turn.
    """
    kind = _parsed(_AUTH_TYPE, found.cluster.get("auth_type"), "cloudauth")
    origin = options.get("address")
    if origin is None and kind == "cloudauth":
        for name in sorted(options.keys() & {"port", "ssl"}):
            found.warnings.append(f"{options[name].where} has no effect without address.")
        return
    host = str(origin.raw).strip() if origin else _DEFAULT_ADDRESS
    origin = origin or found.cluster["auth_type"]
    secure = _parsed(_SSL, options.get("ssl"), True)
    port = _parsed(_PORT, options.get("port"), 443)
    end = "" if port == (443 if secure else 80) else f":{port}"
    shown = f"[{host}]" if ":" in host else host
    url = f"{'https' if secure else 'http'}://{shown}{end}"
    found.cluster["beoweb_url"] = Setting(url, origin.source, "podtools.address")
    if kind == "publickey":
        found.cluster.setdefault(
            "ssh_auth_address", Setting(host, origin.source, "podtools.address")
        )


def _parsed(key: Key, setting: Setting | None, default: object) -> object:
    return default if setting is None else parse(key, setting)
