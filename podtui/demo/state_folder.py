"""The one folder in which a pod keeps everything, served by one process at a time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from podtui.demo.private_files import make_private_folder

_LOCK = "pod.lock"


class StateUnusable(Exception):
    """The state folder cannot be served; str() says why, for the user."""


def default_state_folder() -> Path:
    """Give the folder for `podtui demo` when none is named."""
    return platformdirs.user_state_path("podtui") / "demo"


@contextlib.contextmanager
def locked_state_folder(folder: Path) -> Iterator[Path]:
    """Open a state folder for this process alone.

    A folder with other things in it is refused: its mode would be changed, and it is not ours.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / _LOCK).exists():
            raise StateUnusable(f"{folder} is not empty and holds no embedded pod")
        folder = make_private_folder(folder).resolve()
    except OSError as error:
        raise StateUnusable(f"{folder} cannot be used: {error.strerror}") from error
    lock = FileLock(folder / _LOCK, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StateUnusable(f"another embedded pod is running on {folder}") from None
    try:
        yield folder
    finally:
        lock.release()
