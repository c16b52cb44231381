"""What a private key file tells without its passphrase."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.key_strength import length_prefixed
from podtui.errors import InputError

_MAGIC = b"openssh-key-v1\0"
_LARGEST = 64 * 1024  # bytes; a 16384-bit RSA key takes 13 KiB


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A private key file: its public half, None where only the passphrase would show it."""

    path: Path
    public: PublicKey | None
    encrypted: bool


def read_key_file(path: Path) -> KeyFile | None:
    """The key file at `path`, or None when it holds no private key.

    Formats: PROTOCOL.key of OpenSSH, PEM (RFC 1421 headers) and PKCS#8. OSError passes.
    """
    with path.open("rb") as file:
        data = file.read(_LARGEST)
    if b"PRIVATE KEY-----" not in data or not data.lstrip().startswith(b"-----BEGIN"):
        return None
    beside = _public_half_beside(path)
    if b"BEGIN OPENSSH PRIVATE KEY" in data:
        inside, encrypted = _openssh_header(data)
        if beside is None or (inside is not None and not beside.same_as(inside)):
            beside = inside
        return KeyFile(path, beside, encrypted)
    encrypted = b"BEGIN ENCRYPTED PRIVATE KEY" in data or b"Proc-Type: 4,ENCRYPTED" in data
    return KeyFile(path, beside, encrypted)


def _public_half_beside(path: Path) -> PublicKey | None:
    try:
        text = path.with_name(path.name + ".pub").read_text("utf-8", "replace")
        return parse_public_key(text)
    except (OSError, InputError):
        return None


def _openssh_header(data: bytes) -> tuple[PublicKey | None, bool]:
    """Public half and whether it is encrypted; the header stands before the secret part."""
    body = data.split(b"-----")[2]
    try:
        blob = base64.b64decode(body)
    except binascii.Error:
        return None, True
    if not blob.startswith(_MAGIC):
        return None, True
    fields = length_prefixed(blob[len(_MAGIC) :], plain_after=3)
    if len(fields) < 4:
        return None, True
    name = (length_prefixed(fields[3]) or [b""])[0].decode("ascii", "replace")
    public = PublicKey(name, base64.b64encode(fields[3]).decode())
    return public, fields[0] != b"none"
