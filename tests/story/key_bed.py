"""Hosts with a real OpenSSH server, each with a home of its own, for stories about keys."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from podtui.backends.base import Question
from podtui.config.load import load_config
from podtui.paths import Paths
from podtui.services.session import Session
from tests.ports import free_port, privilege_folder


@dataclass(frozen=True)
class Host:
    """One sshd; its users' home, where it looks for authorized_keys."""

    name: str
    port: int
    home: Path
    host_key: Path

    @property
    def file(self) -> Path:
        """The authorized_keys file."""
        return self.home / ".ssh" / "authorized_keys"

    @property
    def known(self) -> str:
        """Its line for known_hosts."""
        algorithm, data = self.host_key.with_suffix(".pub").read_text().split()[:2]
        return f"[127.0.0.1]:{self.port} {algorithm} {data}\n"


class Asked:
    """A prompter that gives the answers it was told, and notes every question."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.titles: list[str] = []
        self.trusts = True

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        self.titles.append(title)
        return [self.answers.pop(0) for _ in questions]

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        self.titles.append(fingerprint)
        return self.trusts


@contextmanager
def sshd_host(folder: Path, name: str) -> Iterator[Host]:
    """An sshd on the loopback whose one user has the home `folder`/name/home."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("no OpenSSH sshd on this machine")
    place = folder / name
    home = place / "home"
    home.mkdir(parents=True)
    key = place / "host"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    port = free_port()
    (place / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\n"
        f"AuthorizedKeysFile {home}/.ssh/authorized_keys\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"SetEnv HOME={home}\nSubsystem sftp internal-sftp -d {home}\n"
    )
    with privilege_folder(), ExitStack() as stack:
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", place / "config"], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        stack.callback(process.stderr.close)
        for line in process.stderr:
            if "Server listening" in line:
                break
        else:
            process.wait()
            pytest.skip("sshd does not start on this machine")
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        try:
            yield Host(name, port, home, key)
        finally:
            process.terminate()
            process.wait()
            drain.join()


def key_session(
    folder: Path, prompter: Asked, *hosts: Host, identity: str = "id_ed25519"
) -> Session:
    """A session whose clusters are `hosts`, in a home below `folder`; all host keys are known."""
    ssh = folder / "me" / ".ssh"
    ssh.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = ssh / "known_hosts"
    known.write_text("".join(host.known for host in hosts))
    file = folder / "config.toml"
    file.write_text(
        "".join(
            f'[clusters.{host.name}]\nkind = "ssh"\nhost = "127.0.0.1"\nport = {host.port}\n'
            f'user = "{getpass.getuser()}"\nidentity_file = "{ssh / identity}"\n'
            f'known_hosts = "{known}"\nscheduler = "slurm"\n'
            for host in hosts
        )
    )
    paths = Paths(file, folder / "state", folder / "me")
    return Session(load_config(paths, file=file, environ={}), paths, prompter)
