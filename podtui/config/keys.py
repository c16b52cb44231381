"""Every key that can be set: its type, what it may be, and the field it fills.

This one table serves loading, the environment, suggestions, editing and the sample file. Defaults
stand in the model and nowhere else. A further kind of cluster adds a tuple of keys to `KINDS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique

from podtui.domain.text import visible


@unique
class KeyType(Enum):
    """What a value has to be; the value is how an error names it."""

    TEXT = "a text"
    CHOICE = "one of its words"
    FLAG = "true or false"
    WHOLE = "a whole number"
    NUMBER = "a number"
    SIZE = "a size in bytes, or a text such as 10G"
    PATH = "a path"
    URL = "an address that begins with https:// or http://"
    ADDRESS = "an address that begins with https:// or http://, or unix: and an absolute path"
    API_VERSION = "auto, or a version such as v0.0.38"
    COMMAND = "a command line"
    VARIABLE = "the name of a variable"
    VARIABLES = "a table of variables and their texts"
    SECRET = "a secret text"  # noqa: S105 - how an error names it
    HEADERS = "a table of HTTP headers and their texts"
    KEYMAP = "a table of key bindings and their keys"


@unique
class Takes(Enum):
    """When a changed value holds in a podtui that runs; the value is how a person is told."""

    NOW = "at once"
    LINK = "at once; the cluster is connected anew"
    START = "from the next start"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `field` is the dotted field of the cluster's dataclass it fills (its name if empty).

    `least` and `most` bound numbers. `also` are other names people know it by: PODTools' own.
    `gives` names the secret this key tells the place of; such a key fills no field of its own.
    `takes` says when a change holds; without a word a cluster's key is one of its connection.
    """

    name: str
    type: KeyType = KeyType.TEXT
    field: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    also: tuple[str, ...] = ()
    gives: str = ""
    takes: Takes = Takes.LINK

    @property
    def fills(self) -> str:
        """The dotted field of the cluster's dataclass."""
        return self.field or self.name

    @property
    def secret(self) -> bool:
        """Whether its value is never shown."""
        return self.type in (KeyType.SECRET, KeyType.COMMAND, KeyType.HEADERS)


TOP_KEYS = (
    Key("default_cluster", takes=Takes.START),
    Key("theme", takes=Takes.NOW),
    Key(
        "loglevel",
        KeyType.CHOICE,
        choices=("ERROR", "WARNING", "INFO", "DEBUG"),
        takes=Takes.START,
    ),
    Key("state_dir", KeyType.PATH, takes=Takes.START),
    Key("podtools", KeyType.FLAG, takes=Takes.START),
    Key("notify", KeyType.CHOICE, choices=("all", "failed", "none"), takes=Takes.NOW),
    Key("bell", KeyType.FLAG, takes=Takes.NOW),
    Key("desktop", KeyType.CHOICE, choices=("off", "osc9", "osc777"), takes=Takes.NOW),
    Key("keys", KeyType.KEYMAP, takes=Takes.NOW),
)
"""The keys outside every table."""

_STAGING_KEYS = (
    Key("sched", KeyType.CHOICE, "staging.sched", ("TRQ", "SGE"), takes=Takes.NOW),
    Key("overwrite", KeyType.FLAG, "staging.overwrite", takes=Takes.NOW),
    Key(
        "hash_algo",
        KeyType.CHOICE,
        "staging.hash_algo",
        ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
        takes=Takes.NOW,
    ),
    Key("stageinmaxsize", KeyType.SIZE, "staging.stageinmaxsize", takes=Takes.NOW),
    Key("stageoutmaxsize", KeyType.SIZE, "staging.stageoutmaxsize", takes=Takes.NOW),
)

_OWN_DIALECT_KEYS = tuple(key for key in _STAGING_KEYS if key.name != "sched")

_SSH_KEYS = (
    Key("identity_file", KeyType.PATH, "ssh.identity_file"),
    Key("known_hosts", KeyType.PATH, "ssh.known_hosts"),
    Key("host_keys", KeyType.CHOICE, "ssh.host_keys", ("ask", "accept-new", "strict")),
)

_POLL_SECONDS = Key("poll_seconds", KeyType.NUMBER, least=1, most=86400, takes=Takes.NOW)
_PORT = Key("port", KeyType.WHOLE, least=1, most=65535)
_CA_FILE = Key("ca_file", KeyType.PATH)

_PASSWORD_KEYS = (
    Key("password", KeyType.SECRET),
    Key("password_command", KeyType.COMMAND, gives="password"),
)

_TOKEN_KEYS = (
    Key("token", KeyType.SECRET),
    Key("token_command", KeyType.COMMAND, gives="token"),
    Key("token_file", KeyType.PATH, gives="token"),
)

AUTH_TYPES = ("cloudauth", "password", "publickey")

_POD_KEYS = (
    Key("user"),
    Key(
        "auth_type", KeyType.CHOICE, "", ("cloudauth", "password", "publickey"), also=("authtype",)
    ),
    Key("auth_url", KeyType.URL, also=("cloudauth_url",)),
    Key("api_key", also=("cloudauth_api_key",)),
    Key("api_secret", KeyType.SECRET, also=("cloudauth_api_secret",)),
    Key("api_secret_command", KeyType.COMMAND, gives="api_secret"),
    Key("cloudauth_id"),
    Key("controller"),
    Key("beoweb_url", KeyType.URL, also=("address", "port", "ssl")),
    *_PASSWORD_KEYS,
    Key("ssh_auth_address"),
    Key("ssh_auth_port", KeyType.WHOLE, least=1, most=65535),
    Key("logout", KeyType.FLAG),
    _CA_FILE,
    _POLL_SECONDS,
    *_SSH_KEYS,
    *_STAGING_KEYS,
)

SCHEDULERS = ("auto", "slurm", "torque", "openpbs", "sge", "slurm-wrappers")

_SSH_CLUSTER_KEYS = (
    Key("host"),
    _PORT,
    Key("user"),
    Key("scheduler", KeyType.CHOICE, "", SCHEDULERS),
    Key("scheduler_version"),
    Key("env", KeyType.VARIABLES, "environment"),
    Key("job_folder"),
    _POLL_SECONDS,
    *_SSH_KEYS,
    *_OWN_DIALECT_KEYS,
)

_SLURMREST_KEYS = (
    Key("url", KeyType.ADDRESS),
    Key("user"),
    *_TOKEN_KEYS,
    Key("token_env", KeyType.VARIABLE, gives="token"),
    Key("api", KeyType.API_VERSION),
    _CA_FILE,
    Key("headers", KeyType.HEADERS),
    Key("ssh_host"),
    _PORT,
    _POLL_SECONDS,
    *_SSH_KEYS,
    *_OWN_DIALECT_KEYS,
)

_PSIK_KEYS = (
    Key("url", KeyType.URL),
    Key("backend"),
    Key("uds", KeyType.PATH),
    _CA_FILE,
    Key("client_cert", KeyType.PATH),
    Key("client_key", KeyType.PATH),
    *_TOKEN_KEYS,
    _POLL_SECONDS,
    *_OWN_DIALECT_KEYS,
)

_KOTTA_KEYS = (
    Key("url", KeyType.URL),
    *_TOKEN_KEYS,
    Key("queue"),
    _CA_FILE,
    _POLL_SECONDS,
    *_OWN_DIALECT_KEYS,
)

_RESOP_KEYS = (
    Key("url", KeyType.URL),
    Key("user"),
    *_PASSWORD_KEYS,
    _CA_FILE,
    Key("job_folder"),
    _POLL_SECONDS,
    *_OWN_DIALECT_KEYS,
)

DEFAULT_KIND = "pod"

KINDS: dict[str, tuple[Key, ...]] = {
    "pod": _POD_KEYS,
    "ssh": _SSH_CLUSTER_KEYS,
    "slurmrest": _SLURMREST_KEYS,
    "psik": _PSIK_KEYS,
    "kotta": _KOTTA_KEYS,
    "resop": _RESOP_KEYS,
}
"""The keys of each kind of cluster, `kind` itself apart."""

KIND_KEY = Key("kind", KeyType.CHOICE, choices=tuple(KINDS))

KEYMAP = "keys"
"""The top key whose entries, ids of bindings, are set one by one as `keys.ID`."""


def top_key(name: str) -> Key | None:
    """The key of that name outside every table."""
    return _find(TOP_KEYS, name)


def cluster_key(name: str, kind: str = "") -> Key | None:
    """The key of that name in a cluster of `kind`; of any kind without."""
    if name == KIND_KEY.name:
        return KIND_KEY
    wanted = (KINDS[kind],) if kind else tuple(KINDS.values())
    return next((key for keys in wanted if (key := _find(keys, name))), None)


def cluster_names(kind: str = "") -> tuple[str, ...]:
    """The names of all keys a cluster of `kind` (of any kind without) may have, in order."""
    wanted = (KINDS[kind],) if kind else tuple(KINDS.values())
    return tuple(dict.fromkeys([KIND_KEY.name, *(key.name for keys in wanted for key in keys)]))


def is_secret(name: str) -> bool:
    """Whether some kind's key of that name holds secrets itself: no command line, no open file."""
    key = cluster_key(name)
    return key is not None and key.type in (KeyType.SECRET, KeyType.HEADERS)


def is_stored(name: str) -> bool:
    """Whether some kind's key of that name is a secret for the keyring or a file of its own."""
    key = cluster_key(name)
    return key is not None and key.type is KeyType.SECRET


def _find(keys: Iterable[Key], name: str) -> Key | None:
    return next((key for key in keys if key.name == name), None)


def fold(name: str) -> str:
    """A name as the environment can spell it: lower case, `_` for all but letters and digits."""
    return "".join(char if char.isalnum() else "_" for char in name.lower())


def unknown(what: str, name: str, known: Iterable[str], prefix: str = "") -> str:
    """A sentence about the unknown `name`, with the nearest of `known` where one is near.

    `prefix` stands before both, such as the name of their table.
    """
    near = nearest(name, known)
    offer = f" (did you mean {prefix + near!r}?)" if near else ""
    return f"unknown {what} {visible(prefix + name, 120)!r}{offer}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of `known` that `name` was most likely meant to be, or the empty string."""
    by_fold = {fold(one): one for one in known}
    for key in (*TOP_KEYS, *(key for keys in KINDS.values() for key in keys)):
        if fold(name) in key.also and key.name in by_fold:
            return by_fold[key.name]
    import difflib

    found = difflib.get_close_matches(fold(name), by_fold, n=1, cutoff=0.5)
    return by_fold[found[0]] if found else ""
