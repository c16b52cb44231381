"""Secrets that stand for somebody for a while: Cloud Auth tokens and Beoweb sessions."""

import hashlib
import math
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from podtui.demo.private_files import read_json, write_json

_ALPHABET = string.ascii_letters + string.digits


def random_word(length: int) -> str:
    """Give an unguessable word of letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(frozen=True)
class Lease:
    """One secret as it is handed out: for whom, and until which second since the epoch."""

    secret: str
    subject: str
    expires_at: float


class Leases:
    """A book of leases in one file; it holds digests, so that reading it gives nobody a way in."""

    def __init__(
        self,
        path: Path,
        *,
        length: int,
        seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._length = length
        self._seconds = seconds
        self._clock = clock
        self._book: dict[str, tuple[str, float]] = {
            digest: (subject, expires) for digest, subject, expires in read_json(path) or ()
        }

    def grant(self, subject: str) -> Lease:
        """Hand out a new secret for `subject`, written down before it is told."""
        lease = Lease(random_word(self._length), subject, self._clock() + self._seconds)
        self._book[_digest(lease.secret)] = (subject, lease.expires_at)
        self._write()
        return lease

    def find(self, secret: str) -> Lease | None:
        """Give the lease a secret stands for; None when it is unknown, ended or out of time."""
        subject, expires_at = self._book.get(_digest(secret), ("", -math.inf))
        return Lease(secret, subject, expires_at) if self._clock() < expires_at else None

    def end(self, secret: str) -> None:
        """End a lease before its time; an unknown secret changes nothing."""
        if self._book.pop(_digest(secret), None):
            self._write()

    def _write(self) -> None:
        now = self._clock()
        self._book = {digest: row for digest, row in self._book.items() if now < row[1]}
        write_json(self._path, [(digest, *row) for digest, row in self._book.items()])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
