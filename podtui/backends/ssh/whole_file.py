"""A file of this machine replaced in one step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from podtui.backends.ssh.errors import local_file_errors


def replace_file(path: Path, data: bytes, mode: int, *, keep_time: bool = False) -> None:
    """Give `path` (the file a link leads to) new content and mode, whole or not at all.

    `keep_time` leaves the file's time as it was.
    """
    real = path.resolve()
    with local_file_errors(path):
        before = real.stat() if real.exists() else None
        part = real.with_name(f".{real.name}.{secrets.token_hex(4)}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            if before is not None and keep_time:
                os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
            part.replace(real)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
