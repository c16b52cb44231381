"""An OpenSSH server of our own on loopback, and a line to it that takes its time."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from tests.ports import free_port

_SFTP = "/usr/lib/openssh/sftp-server"


@dataclass(frozen=True)
class Server:
    """Where it listens, and how OpenSSH's clients and podtui get in."""

    port: int
    folder: Path

    @property
    def options(self) -> list[str]:
        """What scp, sftp and ssh are told, the port apart."""
        known = f"UserKnownHostsFile={self.folder / 'known_hosts'}"
        return ["-i", str(self.folder / "id"), "-o", known, "-o", "BatchMode=yes"]

    @property
    def place(self) -> str:
        """`user@host`."""
        return f"{getuser()}@127.0.0.1"

    def config(self) -> Path:
        """A configuration of podtui with this server as its one cluster."""
        file = self.folder / f"podtui-{self.port}.toml"
        file.write_text(
            f'[clusters.bench]\nkind = "ssh"\nhost = "127.0.0.1"\nport = {self.port}\n'
            f'user = "{getuser()}"\nidentity_file = "{self.folder / "id"}"\n'
            f'known_hosts = "{self.folder / "known_hosts"}"\n'
        )
        file.chmod(0o600)
        return file

    def at(self, port: int) -> Server:
        """The same server by way of another port."""
        host_key = (self.folder / "host_key.pub").read_text().split()[:2]
        with (self.folder / "known_hosts").open("a") as known:
            known.write(f"[127.0.0.1]:{port} {' '.join(host_key)}\n")
        return Server(port, self.folder)


@contextmanager
def openssh(folder: Path) -> Iterator[Server]:
    """Run Debian's sshd while the block lasts."""
    for name in ("host_key", "id"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    (folder / "authorized_keys").write_bytes((folder / "id.pub").read_bytes())
    port = free_port()
    (folder / "sshd.conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
        f"PermitRootLogin prohibit-password\nSubsystem sftp {_SFTP}\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(folder / "sshd.conf")])
    try:
        wait_for(port)
        yield Server(port, folder).at(port)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def far_away(server: Server, round_trip: float) -> Iterator[Server]:
    """The server behind a line whose round trip takes so many seconds."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.bench.delay", str(port), str(server.port)]
    line = subprocess.Popen([*argv, str(round_trip / 2)])
    try:
        wait_for(port)
        yield server.at(port)
    finally:
        line.terminate()
        line.wait()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
