"""Which signed requests were seen before: a replay is refused, over a restart too."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from podtui.demo.private_files import read_json, write_json

WINDOW_SECONDS = 300


class Nonces:
    """The nonces seen within the clock window; older requests are refused by their timestamp."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._seen: dict[str, int] = read_json(path) or {}

    def is_fresh(self, timestamp: int) -> bool:
        """Say whether a timestamp lies within the window around the pod's clock."""
        return abs(self._clock() - timestamp) <= WINDOW_SECONDS

    def spend(self, consumer_key: str, nonce: str, timestamp: int) -> bool:
        """Take a nonce; False when it was seen within the window, under whatever timestamp."""
        digest = hashlib.sha256(repr((consumer_key, nonce)).encode()).hexdigest()
        if digest in self._seen:
            return False
        self._seen = {name: at for name, at in self._seen.items() if self.is_fresh(at)}
        self._seen[digest] = timestamp
        write_json(self._path, self._seen)
        return True
