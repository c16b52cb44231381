"""How strong a key is, and what to do about one that is not."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass

from podtui.domain.key import LocalKey, PublicKey

LEAST_RSA_BITS = 2048
"""NIST SP 800-131A disallows shorter RSA keys; OpenSSH 9.1 and later can refuse them."""
_FIXED_BITS = {
    "ssh-ed25519": 256,
    "sk-ssh-ed25519@openssh.com": 256,
    "ssh-ed448": 456,
}
_SHA1_SIGNATURES = ("ssh-rsa", "ssh-dss")
_REPLACE = "Make an ed25519 key in its place."


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is wrong with a key, and what a person can do about it."""

    reason: str
    advice: str


def key_bits(key: PublicKey) -> int:
    """The key's size in bits, as `ssh-keygen -l` counts; 0 for a kind we do not know."""
    if key.algorithm in _FIXED_BITS:
        return _FIXED_BITS[key.algorithm]
    if "ecdsa" in key.algorithm:
        digits = "".join(filter(str.isdigit, key.algorithm.partition("nistp")[2][:3]))
        return int(digits or 0)
    fields = length_prefixed(base64.b64decode(key.data))
    if key.algorithm == "ssh-rsa" and len(fields) == 3:  # name, e, n (RFC 4253, section 6.6)
        return int.from_bytes(fields[2]).bit_length()
    if key.algorithm == "ssh-dss" and len(fields) == 5:  # name, p, q, g, y
        return int.from_bytes(fields[1]).bit_length()
    return 0


def weakness(key: PublicKey) -> Weakness | None:
    """What is wrong with a public key: DSA, or RSA that is too short."""
    bits = key_bits(key)
    if key.algorithm == "ssh-dss":
        return Weakness("DSA: OpenSSH 10 has given it up, most servers refuse it", _REPLACE)
    if key.algorithm == "ssh-rsa" and bits < LEAST_RSA_BITS:
        return Weakness(
            f"RSA of {bits} bits can be broken; {LEAST_RSA_BITS} are the least", _REPLACE
        )
    return None


def local_weakness(key: LocalKey) -> Weakness | None:
    """What is wrong with a key of ours: the key itself, or a certificate signed with SHA-1."""
    found = weakness(key.public)
    if found is None and key.certificate and key.certificate.signed_with in _SHA1_SIGNATURES:
        return Weakness(
            f"its certificate is signed with SHA-1 ({key.certificate.signed_with})",
            "Ask who signs your certificates for one signed with rsa-sha2-256 or ed25519.",
        )
    return found


def length_prefixed(data: bytes, plain_after: int = -1) -> list[bytes]:
    """The strings of RFC 4251 in `data`; a bare uint32 is skipped after `plain_after` of them."""
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
