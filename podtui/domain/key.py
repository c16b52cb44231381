"""SSH keys as podtui shows and sends them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from podtui.domain.text import visible
from podtui.errors import InputError

_PRIVATE = r"(?:-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|PuTTY-User-Key-File-)"
_PRIVATE_HEAD = re.compile(rf"\s*{_PRIVATE}".encode())
_PRIVATE_ANYWHERE = re.compile(_PRIVATE.encode())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key line, taken apart; `fingerprint` is OpenSSH's SHA256 form.

    `options` are what an authorized_keys file restricts the key to; they are shown, never sent.
    """

    algorithm: str
    data: str
    comment: str = ""
    options: str = field(default="", compare=False)

    @property
    def line(self) -> str:
        """The line as `authorized_keys` and the controller take it."""
        return " ".join(part for part in (self.algorithm, self.data, self.comment) if part)

    @property
    def fingerprint(self) -> str:
        """SHA256 fingerprint as `ssh-keygen -l` prints it."""
        digest = hashlib.sha256(base64.b64decode(self.data)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def same_as(self, other: PublicKey) -> bool:
        """Whether both are the same key, whatever the comments."""
        return (self.algorithm, self.data) == (other.algorithm, other.data)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An OpenSSH certificate beside a key: the CA's signature algorithm, and until when it holds.

    `expires` is None for one that holds for ever.
    """

    signed_with: str
    expires: datetime | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key pair on this machine.

    `made` is the older time of its two files; `exposed` says who else may read or replace the
    private one, empty when nobody may.
    """

    path: Path
    public: PublicKey
    bits: int
    encrypted: bool
    in_agent: bool = False
    made: datetime | None = None
    exposed: str = ""
    certificate: Certificate | None = None


def refuse_private_key(content: bytes, name: str, *, anywhere: bool = False) -> None:
    """InputError when `content`, a file's beginning, is that of a private key.

    With `anywhere` also when a private key stands further down.
    """
    find = _PRIVATE_ANYWHERE.search if anywhere else _PRIVATE_HEAD.match
    if find(content):
        raise InputError(
            f"{visible(name, 200)} is a private key. It never leaves this machine.",
            title="Private key refused",
            hint="Send its public half, the file that ends in .pub; nothing was sent.",
        )


def parse_public_key(text: str) -> PublicKey:
    """The public key in `text`; InputError for anything else, above all for a private key.

    The format is one line `algorithm base64 [comment]`, the base64 beginning with the algorithm's
    own name (RFC 4253, section 6.6).
    """
    refuse_private_key(text.encode("utf-8", "replace"), "That", anywhere=True)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise InputError(f"Expected one public key line, found {len(lines)}.", title="Not a key")
    algorithm, data, comment = (*lines[0].split(maxsplit=2), "", "", "")[:3]
    try:
        blob = base64.b64decode(data, validate=True)
    except ValueError:  # binascii.Error, or letters outside ASCII
        blob = b""
    name = algorithm.encode("utf-8", "replace")
    if not data or blob[: 4 + len(name)] != len(name).to_bytes(4, "big") + name:
        raise InputError(
            "This is not an OpenSSH public key.",
            title="Not a key",
            hint="A public key is one line such as: ssh-ed25519 AAAA… name@host",
        )
    return PublicKey(algorithm, data, comment.strip())
