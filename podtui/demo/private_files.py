"""Files and folders that only the pod's own user can read, and that no crash leaves half."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any


def make_private_folder(path: Path) -> Path:
    """Create `path` with its parents and close it to everybody else (0700)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` in one step by a file of mode 0600.

    A reader, or the next start after a SIGKILL, meets the old content or the new one, never half.
    """
    part = path.with_name(f".{path.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, value: object) -> None:
    """Replace `path` by `value` as JSON, privately and in one step."""
    write_private(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def read_json(path: Path) -> Any:
    """Give what `write_json` wrote, or None when nothing was written yet."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
