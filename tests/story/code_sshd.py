"""An sshd that asks for one-time codes by PAM, before the real Slurm: a password, then a code."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from podtui.backends.base import Question
from podtui.errors import Cancelled
from tests.story.own_sshd import OwnSshd, own_sshd, sshd_program
from tests.story.ssh_bed import ROOT, SLURM

SERVICES = Path("/etc/pam.d")
MODULE = "pam_oath.so"
_MODULES = ("/usr/lib/*/security", "/lib/*/security", "/usr/lib/security", "/usr/lib64/security")
PASSWORD = "correct horse"
SAYS = "Cluster Helios. Codes are in your token."
WRONG = "That password is not right."
_CHECK = f"""#!/bin/sh
read -r given
[ "$given" = '{PASSWORD}' ] && exec echo '{SAYS}'
echo '{WRONG}'
exit 1
"""


def why_not() -> str:
    """Empty where it can run; else what is missing."""
    if SLURM.why_not:
        return SLURM.why_not
    if not any(list(Path("/").glob(f"{place[1:]}/{MODULE}")) for place in _MODULES):
        return "no PAM module that asks for codes: `apt-get install libpam-oath` enables this"
    return ""


@dataclass
class Codes:
    """The server, and the token that shows its user's codes, one after the other (RFC 4226)."""

    sshd: OwnSshd
    service: Path
    user: str
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    shown: int = 0

    def next(self) -> str:
        """The next code; it is good once."""
        digest = hmac.digest(self.secret, struct.pack(">Q", self.shown), hashlib.sha1)
        self.shown += 1
        start = digest[-1] & 15
        [number] = struct.unpack(">I", digest[start : start + 4])
        return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"

    @property
    def spent(self) -> int:
        """How many codes the server has taken."""
        line = (self.sshd.folder / "users.oath").read_text().split()
        return int(line[4]) + 1 if len(line) > 4 else 0

    def config(self, folder: Path, port: int = 0) -> Path:
        """A configuration whose one cluster this is, by way of `port` if given."""
        file = SLURM.config(folder, self.user, port or self.sshd.port)
        (folder / "known_hosts").write_text(self.sshd.known_at(port or self.sshd.port))
        return file


@asynccontextmanager
async def code_sshd(
    folder: Path, *methods: str, user: str = "alice", password: bool = False
) -> AsyncIterator[Codes]:
    """Run it with these AuthenticationMethods, a PAM service of its own and fresh codes.

    sshd's PAM service is called as its program is: under another name it reads another file than
    the machine's own sshd.
    """
    folder.mkdir()
    name = f"podtui-test-{os.getpid()}-{secrets.token_hex(4)}"
    program = folder / name
    program.symlink_to(sshd_program())
    users, check = folder / "users.oath", folder / "check"
    check.write_text(_CHECK)
    check.chmod(0o700)
    asks = f"auth requisite pam_exec.so quiet stdout expose_authtok {check}\n" if password else ""
    service = SERVICES / name
    lines = (
        *("UsePAM yes", "KbdInteractiveAuthentication yes", "PermitRootLogin no"),
        f"AuthenticationMethods {' '.join(methods)}",
        f"AuthorizedKeysFile {ROOT}/sshd/authorized_keys",
        f"SetEnv {' '.join((ROOT / 'slurm' / 'login.env').read_text().split())}",
    )
    try:
        service.write_text(
            f"{asks}auth required {MODULE} usersfile={users} window=3 digits=6\n"
            "account required pam_permit.so\nsession required pam_permit.so\n"
        )
        async with own_sshd(folder, *lines, program=program) as sshd:
            codes = Codes(sshd, service, user)
            await asyncio.to_thread(users.write_text, f"HOTP {user} - {codes.secret.hex()}\n")
            users.chmod(0o600)
            yield codes
    finally:
        service.unlink(missing_ok=True)


class Owner:
    """A Prompter that has the token: answers codes and passwords, and notes what it was asked.

    `wrong` answers are given first; when `away`, it answers nothing.
    """

    def __init__(self, codes: Codes, *wrong: str) -> None:
        self._codes = codes
        self.wrong = list(wrong)
        self.asked: list[tuple[str, tuple[Question, ...]]] = []
        self.away = False

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        self.asked.append((title, tuple(questions)))
        if self.away:
            raise Cancelled("Nobody is here.")
        return [self.wrong.pop(0) if self.wrong else self._answer(one) for one in questions]

    def _answer(self, question: Question) -> str:
        return self._codes.next() if "One-time" in question.text else PASSWORD

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        raise AssertionError(f"{cluster} showed an unknown host {host}")
