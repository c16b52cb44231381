"""What a private key file tells without its passphrase."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from pathlib import Path

from podtui.domain.key import PublicKey, parse_public_key
from podtui.errors import InputError

_MAGIC = b"openssh-key-v1\0"
_LARGEST = 64 * 1024  # bytes; a 16384-bit RSA key takes 13 KiB
_FIXED_BITS = {"ssh-ed25519": 256, "sk-ssh-ed25519@openssh.com": 256, "ssh-ed448": 456}


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


def key_bits(key: PublicKey) -> int:
    """The key's size in bits, as `ssh-keygen -l` counts; 0 for a kind we do not know."""
    if key.algorithm in _FIXED_BITS:
        return _FIXED_BITS[key.algorithm]
    if "ecdsa" in key.algorithm:
        digits = "".join(filter(str.isdigit, key.algorithm.partition("nistp")[2][:3]))
        return int(digits or 0)
    fields = _strings(base64.b64decode(key.data))
    if key.algorithm == "ssh-rsa" and len(fields) == 3:  # name, e, n (RFC 4253, section 6.6)
        return int.from_bytes(fields[2]).bit_length()
    if key.algorithm == "ssh-dss" and len(fields) == 5:  # name, p, q, g, y
        return int.from_bytes(fields[1]).bit_length()
    return 0


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
    fields = _strings(blob[len(_MAGIC) :], plain_after=3)
    if len(fields) < 4:
        return None, True
    name = (_strings(fields[3]) or [b""])[0].decode("ascii", "replace")
    public = PublicKey(name, base64.b64encode(fields[3]).decode())
    return public, fields[0] != b"none"


def _strings(data: bytes, plain_after: int = -1) -> list[bytes]:
    """The length-prefixed strings of `data`; a bare uint32 is skipped after `plain_after`."""
    found: list[bytes] = []
    at = 0
    while at + 4 <= len(data):
        if len(found) == plain_after:
            at, plain_after = at + 4, -1
            continue
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length > len(data):
            break
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found
