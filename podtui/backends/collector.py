"""Python's cycle collector, kept from looking through what is only being made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Rest:
    """How many want it to rest, and whether it was awake before the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._awake = False

    def begin(self) -> None:
        with self._lock:
            if self._wanted == 0:
                self._awake = gc.isenabled()
            self._wanted += 1
            gc.disable()

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0 and self._awake:
                gc.enable()


_rest = _Rest()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No cycles are looked for meanwhile, in any thread: for making many values that all stay.

    It would look through the 50,000 jobs of a list again and again while they are made, for a
    third of the time, and find nothing.
    """
    _rest.begin()
    try:
        yield
    finally:
        _rest.end()
