"""SSH servers, a person who answers, and a wire that can be cut."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from podtui.backends.base import Question
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.target import SshTarget
from podtui.config.model import SshOptions
from podtui.paths import Paths
from tests.ports import free_port, privilege_folder


@dataclass
class Person:
    """A Prompter that answers as told and remembers what it was asked."""

    answers: list[list[str] | Exception] = field(default_factory=list)
    trusts: bool = True
    asked: list[tuple[str, tuple[Question, ...]]] = field(default_factory=list)
    shown: list[tuple[str, str, str]] = field(default_factory=list)

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        self.asked.append((title, tuple(questions)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        self.shown.append((host, algorithm, fingerprint))
        return self.trusts


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    return Paths(tmp_path / "config.toml", tmp_path / "state", home)


LinkTo = Callable[..., SshLink]


@pytest.fixture
async def link_to(paths: Paths, person: Person) -> AsyncIterator[LinkTo]:
    """Make links that are closed at the end of the test."""
    links: list[SshLink] = []

    def make(host: str = "127.0.0.1", port: int | None = None, user: str = "ann", **options: Any):
        options.setdefault("host_keys", "accept-new")
        target = SshTarget("pod", host, port, user, SshOptions(**options))
        links.append(SshLink(target, paths=paths, prompter=person))
        return links[-1]

    yield make
    for link in links:
        await link.close()


class Door(asyncssh.SSHServer):
    """What one in-process server asks for, and how often it was asked."""

    password: str = ""
    prompts: tuple[tuple[str, bool], ...] = ()
    responses: tuple[str, ...] = ()
    keys: tuple[asyncssh.SSHKey, ...] = ()

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.logins = 0
        self.connections = 0
        self.live: set[asyncssh.SSHServerConnection] = set()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections += 1
        self.live.add(conn)

    def begin_auth(self, username: str) -> bool:
        self.begun.append(username)
        return True

    def auth_completed(self) -> None:
        self.logins += 1

    def password_auth_supported(self) -> bool:
        return bool(self.password)

    def validate_password(self, username: str, password: str) -> bool:
        return password == self.password

    def public_key_auth_supported(self) -> bool:
        return bool(self.keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key in self.keys

    def kbdint_auth_supported(self) -> bool:
        return bool(self.prompts)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "Pod", "Have your token ready", "", list(self.prompts)

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return tuple(responses) == self.responses

    def connection_requested(self, *where: Any) -> bool:
        return True  # as a jump host


_children: set[asyncio.subprocess.Process] = set()


async def shell(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run what is asked for by a real shell, in the server's folder."""
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", os.fsdecode(process.command or ""),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _children.add(child)
    assert child.stdin
    assert child.stdout
    assert child.stderr

    async def feed(stdin: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncssh.Error):
            while data := await process.stdin.read(1 << 16):
                stdin.write(data)
                await stdin.drain()
        stdin.close()

    async def tell(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
        while data := await source.read(1 << 16):
            target.write(data)

    feeding = asyncio.create_task(feed(child.stdin))
    await asyncio.gather(tell(child.stdout, process.stdout), tell(child.stderr, process.stderr))
    code = await child.wait()
    _children.discard(child)
    feeding.cancel()
    process.exit(code)


@dataclass(frozen=True)
class Served:
    """An in-process server."""

    port: int
    door: Door
    host_key: asyncssh.SSHKey
    listener: Any


@asynccontextmanager
async def serve(
    door: Door, *host_keys: asyncssh.SSHKey, port: int = 0, **options: Any
) -> AsyncIterator[Served]:
    """Serve on a free port of the loopback."""
    keys = host_keys or (asyncssh.generate_private_key("ssh-ed25519"),)
    options.setdefault("process_factory", shell)
    listener = await asyncssh.create_server(
        lambda: door, "127.0.0.1", port, server_host_keys=list(keys), encoding=None, **options
    )
    try:
        yield Served(listener.get_port(), door, keys[0], listener)
    finally:
        listener.close()
        for live in door.live:
            live.abort()
        await listener.wait_closed()
        for child in tuple(_children):
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


@pytest.fixture
def client_key(paths: Paths) -> asyncssh.SSHKey:
    """A key pair in the home's .ssh, which a login offers by itself."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(paths.ssh / "id_ed25519")
    key.write_public_key(paths.ssh / "id_ed25519.pub")
    return key


@pytest.fixture
def door(client_key: asyncssh.SSHKey) -> Door:
    """An in-process server's door that this key opens."""
    door = Door()
    door.keys = (client_key.convert_to_public(),)
    return door


@pytest.fixture
def near(tmp_path: Path) -> Path:
    """A folder of this machine."""
    folder = tmp_path / "near"
    folder.mkdir()
    return folder


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """A folder of the cluster."""
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@dataclass
class Wire:
    """A TCP proxy; `cut` ends all connections through it as a dead network does."""

    port: int
    passed: int = 0
    ends: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()


@asynccontextmanager
async def wire_to(port: int) -> AsyncIterator[Wire]:
    wire = Wire(0)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                wire.passed += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        wire.ends += [writer, far_writer]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(copy(reader, far_writer))
            tasks.create_task(copy(far_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        await server.wait_closed()


@dataclass(frozen=True)
class Sshd:
    """A real OpenSSH server."""

    port: int
    user: str
    identity: Path
    host_key: Path


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """OpenSSH's sshd as an ordinary process on the loopback, with files of its own."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("no OpenSSH sshd on this machine")
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "id"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    shutil.copy(folder / "id.pub", folder / "authorized")
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "Subsystem sftp internal-sftp\n"
    )
    with privilege_folder():
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", folder / "config"], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "Server listening" in line:
                break
        else:
            process.wait()
            pytest.skip("sshd does not start on this machine")
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield Sshd(port, getpass.getuser(), folder / "id", folder / "host.pub")
        process.terminate()
        process.wait()
        drain.join()
        process.stderr.close()


@pytest.fixture(params=["OpenSSH", "asyncssh"])
async def files(
    request: pytest.FixtureRequest, link_to: LinkTo, person: Person
) -> AsyncIterator[SftpFiles]:
    """The files of a real sshd, and of a server in this process."""
    if request.param == "OpenSSH":
        sshd: Sshd = request.getfixturevalue("sshd")
        yield SftpFiles(link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity))
        return
    door = Door()
    door.password = "open"
    person.answers = [["open"]]
    async with serve(door, sftp_factory=True) as served:
        yield SftpFiles(link_to(port=served.port))
