"""asyncssh, imported without asking the C compiler where libraries are."""

from __future__ import annotations

import importlib
import sys
import threading

from podtui.backends.collector import collector_at_rest

_lock = threading.Lock()


def load_asyncssh() -> None:
    """Import asyncssh, in whatever thread.

    It looks for liboqs and nettle, which few have. For a library the loader's cache does not hold
    Python's `find_library` then runs the compiler and the linker, in a tenth of a second, to find
    what only a developer's settings would lead to.
    """
    import ctypes.util

    with _lock, collector_at_rest():
        thorough = ctypes.util.find_library
        if "asyncssh" not in sys.modules and hasattr(ctypes.util, "_findSoname_ldconfig"):
            ctypes.util.find_library = ctypes.util._findSoname_ldconfig
        try:
            importlib.import_module("podtui.backends.ssh.login")
        finally:
            ctypes.util.find_library = thorough
