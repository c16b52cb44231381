"""asyncssh, imported without running a program that looks for libraries."""

from __future__ import annotations

import importlib
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from podtui.backends.collector import collector_at_rest

_LOADER_CACHE = Path("/etc/ld.so.cache")
_lock = threading.Lock()


def load_asyncssh() -> None:
    """Import asyncssh, in whatever thread.

    It looks for liboqs and nettle, which few have. For each name Python's `find_library` runs
    ldconfig, and for a library the loader's cache does not hold the compiler and the linker, in a
    tenth of a second, to find what only a developer's settings would lead to.
    """
    import ctypes.util

    with _lock, collector_at_rest():
        thorough = ctypes.util.find_library
        if "asyncssh" not in sys.modules and (find := _finder()) is not None:
            ctypes.util.find_library = find  # type: ignore[assignment]
        try:
            importlib.import_module("podtui.backends.ssh.login")
        finally:
            ctypes.util.find_library = thorough


def _finder() -> Callable[[str], str | None] | None:
    """What finds a library by the loader's cache alone; None where there is no such cache.

    The cache (glibc's ldconfig writes it) holds the path of each library as a C string, also of
    those for other processors: one that cannot be loaded is not there.
    """
    from ctypes import CDLL

    try:
        cache = _LOADER_CACHE.read_bytes()
    except OSError:
        return None

    def find(name: str) -> str | None:
        pattern = rb"/(lib%s\.so[^\0/]*)\0" % re.escape(name.encode())
        for found in dict.fromkeys(re.findall(pattern, cache)):
            try:
                CDLL(found.decode())
            except (OSError, UnicodeDecodeError):
                continue
            return str(found.decode())
        return None

    return find
