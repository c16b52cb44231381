"""Unix crypt: md5-crypt (`$1$`), sha256-crypt (`$5$`) and sha512-crypt (`$6$`).

Python's own crypt module is gone from 3.13. Sources: Poul-Henning Kamp's md5-crypt and Ulrich
Drepper's public specification "Unix crypt using SHA-256 and SHA-512", with its 5000 rounds.
"""
# ruff: noqa: S324 - the login is defined by these hashes

import hashlib
from collections.abc import Callable, Iterable

_LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHA_ROUNDS = 5000
_MD5_ROUNDS = 1000
_LONGEST_SALT = {"1": 8, "5": 16, "6": 16}


def crypt_hash(password: str, mode: str, salt: str) -> str:
    """Give the fourth `$`-field of crypt(password, "$mode$salt"); an unknown mode is a KeyError."""
    key = password.encode()
    salted = salt.encode()[: _LONGEST_SALT[mode]]
    if mode == "1":
        return _md5_crypt(key, salted)
    return _sha_crypt(key, salted, hashlib.sha256 if mode == "5" else hashlib.sha512)


def _letters(value: int, count: int) -> str:
    return "".join(_LETTERS[(value >> 6 * place) & 63] for place in range(count))


def _encode(digest: bytes, triples: Iterable[tuple[int, int, int]], rest: str) -> str:
    text = "".join(_letters(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in triples)
    return text + rest


def _md5_crypt(key: bytes, salt: bytes) -> str:
    inner = hashlib.md5(key + salt + key).digest()
    start = key + b"$1$" + salt
    start += (inner * (len(key) // 16 + 1))[: len(key)]
    bits = len(key)
    while bits:
        start += b"\0" if bits & 1 else key[:1]
        bits >>= 1
    digest = hashlib.md5(start).digest()
    for turn in range(_MD5_ROUNDS):
        digest = hashlib.md5(_mixed(turn, key, salt, digest)).digest()
    triples = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    return _encode(digest, triples, _letters(digest[11], 2))


def _mixed(turn: int, key: bytes, salt: bytes, digest: bytes) -> bytes:
    """Give the text of one round: the same mixing in md5-crypt and in the SHA ones."""
    text = key if turn & 1 else digest
    if turn % 3:
        text += salt
    if turn % 7:
        text += key
    return text + (digest if turn & 1 else key)


def _sha_crypt(key: bytes, salt: bytes, hasher: Callable[[bytes], "hashlib._Hash"]) -> str:
    def stretched(block: bytes, length: int) -> bytes:
        return (block * (length // len(block) + 1))[:length]

    inner = hasher(key + salt + key).digest()
    start = key + salt + stretched(inner, len(key))
    bits = len(key)
    while bits:
        start += inner if bits & 1 else key
        bits >>= 1
    digest = hasher(start).digest()
    key_block = stretched(hasher(key * len(key)).digest(), len(key))
    salt_block = stretched(hasher(salt * (16 + digest[0])).digest(), len(salt))
    for turn in range(_SHA_ROUNDS):
        digest = hasher(_mixed(turn, key_block, salt_block, digest)).digest()
    if len(digest) == 32:
        order = [_rotated(index, (0, 10, 20), -1) for index in range(10)]
        return _encode(digest, order, _letters(digest[31] << 8 | digest[30], 3))
    order = [_rotated(index, (0, 21, 42), 1) for index in range(21)]
    return _encode(digest, order, _letters(digest[63], 2))


def _rotated(index: int, columns: tuple[int, int, int], step: int) -> tuple[int, int, int]:
    """Give the bytes of one output group: the columns change places from group to group."""
    turn = index * step % 3
    a, b, c = columns[turn:] + columns[:turn]
    return (a + index, b + index, c + index)
