"""Memory for the bytes of a file on their way, used again and again.

New memory for each block costs as much processor time as a hash of it.
"""

from __future__ import annotations


class Rooms:
    """At most `most` buffers, each made when it is first needed."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._free: list[memoryview] = []

    def take(self, size: int) -> memoryview | None:
        """One of `size` bytes; None while all are in use."""
        if self._free:
            used = memoryview(self._free.pop().obj)
            if len(used) >= size:
                return used[:size]
            self._left += 1
        if not self._left:
            return None
        self._left -= 1
        return memoryview(bytearray(size))

    def free(self, room: memoryview) -> None:
        """It, or any part of it, is in use no more."""
        self._free.append(room)
