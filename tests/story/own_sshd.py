"""OpenSSH's own server on a free port of the loopback, with keys of the test, as one cluster."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port, privilege_folder

_START_SECONDS = 20
_SFTP = "Subsystem sftp internal-sftp"


@dataclass(frozen=True)
class OwnSshd:
    """Where it listens; `folder` has its keys, and `home` is a folder to send to."""

    port: int
    folder: Path

    def config(self, folder: Path, port: int = 0, **options: object) -> Path:
        """A configuration whose one cluster is this server, by way of `port` if given."""
        port = port or self.port
        kind, key = (self.folder / "host.pub").read_text().split()[:2]
        known = folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
        file = folder / "config.toml"
        file.write_text(
            f'state_dir = "{folder}/state"\n[clusters.far]\nkind = "ssh"\n'
            f'host = "127.0.0.1"\nport = {port}\nuser = "{getpass.getuser()}"\n'
            f'identity_file = "{self.folder}/id"\nknown_hosts = "{known}"\n'
            + "".join(f"{name} = {value!r}\n" for name, value in options.items())
        )
        file.chmod(0o600)
        return file


@asynccontextmanager
async def own_sshd(folder: Path, *lines: str) -> AsyncIterator[OwnSshd]:
    """Run sshd with the configuration `lines` besides its own; skip where there is none."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("no OpenSSH sshd on this machine")
    folder.mkdir(exist_ok=True)
    for name in ("host", "id"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        await asyncio.to_thread(subprocess.run, make, check=True)
    shutil.copy(folder / "id.pub", folder / "authorized")
    port = free_port()
    told = "\n".join(
        (
            *(f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", "PidFile none"),
            *(f"AuthorizedKeysFile {folder}/authorized", "StrictModes no", "UsePAM no"),
            *("PasswordAuthentication no", "KbdInteractiveAuthentication no"),
            *("MaxStartups 200", *lines),
            *([] if any(line.startswith("Subsystem") for line in lines) else [_SFTP]),
            "",
        )
    )
    (folder / "config").write_text(told)
    with privilege_folder():
        process = await asyncio.create_subprocess_exec(
            *(program, "-D", "-e", "-f", str(folder / "config")), stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                while b"Server listening" not in (line := await process.stderr.readline()):
                    if not line:
                        pytest.skip("sshd does not start on this machine")
            drain = asyncio.ensure_future(process.stderr.read())
            yield OwnSshd(port, folder)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await drain
