"""The cluster behind the service: a folder that is somebody's home, and a login shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LONGEST = 33_000  # bytes of a command: the service's SSH library sends no more
_AWAY = "SSH_UTILS_ERROR: can't connect to host. wrong hostname or port?"


@dataclass
class Machine:
    """Runs command lines as an SSH server does, in `home`; `up` is whether its sshd answers."""

    home: Path
    path: str = "/usr/bin:/bin"
    shell: str = "/bin/bash"
    account: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    up: bool = True

    def run(self, line: str) -> tuple[bool, str]:
        """Whether it ended with 0, and stdout and stderr merged, cut at the first NUL."""
        if not self.up:
            return False, _AWAY
        if len(line.encode("utf-8", "surrogateescape")) > _LONGEST:
            return False, "Unable to send channel request"
        reader, writer = os.pipe()  # stdin stays open, as it does behind the service
        try:
            done = subprocess.run(
                [Path(self.shell).name, "-c", line],
                executable=self.shell,
                stdin=reader,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={
                    "HOME": str(self.home),
                    "PATH": self.path,
                    "SHELL": self.shell,
                    "LANG": "C.UTF-8",
                    **self.environ,
                },
                user=self.account or None,
                group=self.account or None,
                extra_groups=[] if self.account else None,
                check=False,
            )
        finally:
            os.close(reader)
            os.close(writer)
        said = done.stdout.partition(b"\0")[0]
        return done.returncode == 0, said.decode("utf-8", "replace")
