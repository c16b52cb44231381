"""A line of a known_hosts file as podtui shows it.

Format: SSH_KNOWN_HOSTS FILE FORMAT of sshd(8): `[@marker] names algorithm base64 [comment]`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from podtui.domain.key import PublicKey, parse_public_key
from podtui.errors import InputError

_HASHED = "|1|"


@dataclass(frozen=True, slots=True)
class KnownHost:
    """One host key we know. `line` counts from 1; `text` is the whole line, unchanged.

    `marker` is empty, `cert-authority` or `revoked`. A hashed name tells nobody which host it is,
    but can be compared with one that is asked for.
    """

    file: Path
    line: int
    text: bytes
    names: tuple[str, ...]
    key: PublicKey
    marker: str = ""

    @property
    def hashed(self) -> bool:
        """Whether the name is hidden behind a hash."""
        return self.names[0].startswith(_HASHED)

    def means(self, name: str) -> bool:
        """Whether the line is about exactly `name`, as `host` or `[host]:port`."""
        return any(_same(one, name) for one in self.names)


def parse_known_host(file: Path, line: int, text: bytes) -> KnownHost | None:
    """The line taken apart; None for a comment, or what holds no key."""
    words = text.decode("utf-8", "surrogateescape").strip()
    if not words or words.startswith("#"):
        return None
    marker = ""
    if words.startswith("@"):
        marker, _, words = words[1:].partition(" ")
    names, rest = (*words.split(maxsplit=1), "", "")[:2]
    try:
        key = parse_public_key(rest)
    except InputError:
        return None
    return KnownHost(file, line, text, tuple(names.split(",")), key, marker)


def _same(pattern: str, name: str) -> bool:
    if not pattern.startswith(_HASHED):
        return pattern.lower() == name.lower()
    try:
        salt, digest = map(base64.b64decode, pattern[len(_HASHED) :].split("|"))
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)
