"""What servers of the tests need from the machine."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def free_port() -> int:
    """A port nobody listens on, nor is given by chance before the server that is meant does.

    The system gives connections, and whoever binds 0, ports from 32768 on, those of tests in
    another process too.
    """
    while True:
        port = secrets.choice(range(10_000, 32_768))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


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
