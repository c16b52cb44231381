"""What servers of the tests need from the machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def privilege_folder() -> Iterator[None]:
    """The empty folder sshd wants when root runs it, where no boot script has made it."""
    folder = Path("/run/sshd")
    made = os.geteuid() == 0 and not folder.is_dir()
    if made:
        folder.mkdir(mode=0o755)
    yield
    if made and not any(folder.iterdir()):
        folder.rmdir()
