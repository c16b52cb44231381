"""What an OpenSSH certificate says: who it lets in, until when, and how it is signed."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime

from podtui.domain.key import Certificate
from podtui.domain.key_strength import length_prefixed

_SUFFIX = "-cert-v01@openssh.com"
_KEY_FIELDS = {  # strings of the public key itself, after the nonce
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ssh-dss": 4,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519": 2,
    "sk-ecdsa-sha2-nistp256": 3,
}
_FOR_EVER = 2**64 - 1


def parse_certificate(text: str) -> Certificate | None:
    """The certificate in a `-cert.pub` line (PROTOCOL.certkeys of OpenSSH); None for anything else.

    Its signature is not checked: the server does that.
    """
    try:
        algorithm, data = text.split()[:2]
        blob = base64.b64decode(data, validate=True)
        count = _KEY_FIELDS[algorithm.removesuffix(_SUFFIX)]
        rest = _skip(blob, 2 + count)[8 + 4 :]  # behind serial and type
        key_id_and_names = length_prefixed(rest)[:2]
        after = _skip(rest, 2)
        (before,) = struct.unpack_from(">Q", after, 8)
        signature = length_prefixed(after[16:])[4]  # behind options, extensions, reserved, CA key
        signed_with = length_prefixed(signature)[0].decode("ascii")
        names = tuple(one.decode() for one in length_prefixed(key_id_and_names[1]))
    except (ValueError, KeyError, IndexError, struct.error):
        return None
    return Certificate(signed_with, _moment(before), names)


def _moment(seconds: int) -> datetime | None:
    if seconds == _FOR_EVER:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # so far off that no calendar has it


def _skip(data: bytes, strings: int) -> bytes:
    for _ in range(strings):
        (length,) = struct.unpack_from(">I", data)
        data = data[4 + length :]
    return data
