"""The picture of a fingerprint: easier to compare by eye than 43 letters."""

from __future__ import annotations

import base64
import hashlib

from podtui.domain.key import PublicKey
from podtui.domain.key_strength import key_bits

_WIDTH, _HEIGHT = 17, 9
_COINS = " .o+=*BOX@%&#/^SE"
_START, _END = len(_COINS) - 2, len(_COINS) - 1
_NAMES = {"ssh-rsa": "RSA", "ssh-dss": "DSA", "ssh-ed25519": "ED25519", "ssh-ed448": "ED448"}


def randomart(key: PublicKey) -> tuple[str, ...]:
    """The lines `ssh-keygen -lv` draws for the key's SHA256 fingerprint.

    The walk is that of the drunken bishop (D. Loss, T. Limmer, A. von Gernler, 2009): every two
    bits of the hash, lowest first, are one diagonal step; a wall is slid along.
    """
    field = _walk(hashlib.sha256(base64.b64decode(key.data)).digest())
    rows = ("".join(_COINS[min(field[x][y], _END)] for x in range(_WIDTH)) for y in range(_HEIGHT))
    head = f"[{_name(key.algorithm)} {key_bits(key)}]"
    head = head if len(head) <= _WIDTH else f"[{_name(key.algorithm)}]"
    return (_border(head), *(f"|{row}|" for row in rows), _border("[SHA256]"))


def _walk(digest: bytes) -> list[list[int]]:
    field = [[0] * _HEIGHT for _ in range(_WIDTH)]
    x, y = _WIDTH // 2, _HEIGHT // 2
    for byte in digest:
        for pair in range(4):
            step = byte >> (2 * pair)
            x = min(max(x + (1 if step & 1 else -1), 0), _WIDTH - 1)
            y = min(max(y + (1 if step & 2 else -1), 0), _HEIGHT - 1)
            field[x][y] = min(field[x][y] + 1, _START - 1)
    field[_WIDTH // 2][_HEIGHT // 2] = _START
    field[x][y] = _END
    return field


def _border(text: str) -> str:
    left = (_WIDTH - len(text)) // 2
    return f"+{'-' * left}{text}{'-' * (_WIDTH - len(text) - left)}+"


def _name(algorithm: str) -> str:
    if algorithm.startswith("sk-"):
        return "ED25519-SK" if "ed25519" in algorithm else "ECDSA-SK"
    return _NAMES.get(algorithm, "ECDSA" if algorithm.startswith("ecdsa") else "KEY")
