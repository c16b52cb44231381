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
    """Where it listens; `folder` has its keys."""

    port: int
    folder: Path

    @property
    def known(self) -> str:
        """Its line for a known_hosts file."""
        return self.known_at(self.port)

    def known_at(self, port: int) -> str:
        """Its line for a known_hosts file of who reaches it by way of `port`."""
        kind, key = (self.folder / "host.pub").read_text().split()[:2]
        return f"[127.0.0.1]:{port} {kind} {key}\n"

    def config(self, folder: Path, port: int = 0, **options: object) -> Path:
        """A configuration whose one cluster is this server, by way of `port` if given."""
        port = port or self.port
        known = folder / "known_hosts"
        known.write_text(self.known_at(port))
        file = folder / "config.toml"
        file.write_text(
            f'state_dir = "{folder}/state"\n[clusters.far]\nkind = "ssh"\n'
            f'host = "127.0.0.1"\nport = {port}\nuser = "{getpass.getuser()}"\n'
            f'identity_file = "{self.folder}/id"\nknown_hosts = "{known}"\n'
            + "".join(f"{name} = {value!r}\n" for name, value in options.items())
        )
        file.chmod(0o600)
        return file


def sshd_program() -> Path:
    """OpenSSH's sshd; skips where there is none."""
    found = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("no OpenSSH sshd on this machine")
    return Path(found)


@asynccontextmanager
async def own_sshd(
    folder: Path, *lines: str, program: Path | None = None
) -> AsyncIterator[OwnSshd]:
    """Run sshd with the configuration `lines` before its own; skip where there is none.

    Of two lines about one thing sshd takes the first. `program` is an sshd by another name.
    """
    program = program or sshd_program()
    folder.mkdir(exist_ok=True)
    for name in ("host", "id"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        await asyncio.to_thread(subprocess.run, make, check=True)
    shutil.copy(folder / "id.pub", folder / "authorized")
    port = free_port()
    (folder / "config").write_text(_configuration(folder, port, lines))
    with privilege_folder():
        process = await asyncio.create_subprocess_exec(
            *(program, "-D", "-e", "-f", str(folder / "config")), stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        said = asyncio.ensure_future(_listening(process.stderr))
        try:
            async with asyncio.timeout(_START_SECONDS):
                starts = await said
            if not starts:
                pytest.skip("sshd does not start on this machine")
            said = asyncio.ensure_future(_drained(process.stderr))
            yield OwnSshd(port, folder)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await asyncio.wait([said])


def _configuration(folder: Path, port: int, lines: tuple[str, ...]) -> str:
    told = (
        *lines,
        *(f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", "PidFile none"),
        *(f"AuthorizedKeysFile {folder}/authorized", "StrictModes no", "UsePAM no"),
        *("PasswordAuthentication no", "KbdInteractiveAuthentication no", "MaxStartups 200"),
        *([] if any(line.startswith("Subsystem") for line in lines) else [_SFTP]),
    )
    return "\n".join((*told, ""))


async def _listening(log: asyncio.StreamReader) -> bool:
    """Whether it says that it listens, before it says nothing more."""
    while line := await log.readline():
        if b"Server listening" in line:
            return True
    return False


async def _drained(log: asyncio.StreamReader) -> bool:
    """Read the log to its end, so that sshd never waits for a reader."""
    while await log.read(1 << 16):
        pass
    return True
