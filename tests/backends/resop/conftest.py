"""The backend against the emulated service, over a real socket."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podtui.backends.base import Question
from podtui.backends.resop.backend import ResopBackend
from podtui.config.model import ResopConfig, Secret
from podtui.paths import Paths
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import ResopServer, serving
from tests.emulators.resop.service import Service

USER = "alice"
PASSWORD = "wonder-land"
TOOLS = (
    "sh base64 timeout gzip find stat truncate head tail sha256sum md5sum chmod mkdir mv rm rmdir"
    " ln touch df readlink realpath id hostname uname date tr cat sleep printf echo true ls"
)


class Person:
    """Who is asked; gives the answers one after the other."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        self.asked += [question.text for question in questions]
        return [self.answers.pop(0)]

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        raise AssertionError(f"{cluster} showed a host {host}")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A login node without a scheduler."""
    home, tools = tmp_path / "far" / USER, tmp_path / "tools"
    for folder in (home, tools):
        folder.mkdir(parents=True)
    for name in TOOLS.split():
        (tools / name).symlink_to(shutil.which(name) or "/nowhere")
    (home / ".profile").write_text(f"PATH={tools}\n")  # /etc/profile has set another
    return Machine(home, str(tools))


@pytest.fixture
def server(machine: Machine) -> Iterator[ResopServer]:
    """A resop before it."""
    with serving(Service(machine, {USER: PASSWORD})) as running:
        yield running


def new_backend(
    server: ResopServer, folder: Path, person: Person | None = None, password: str = PASSWORD
) -> ResopBackend:
    """A podtui's backend that keeps its token in `folder`; asks where `password` is empty."""
    config = ResopConfig(
        "lab", USER, url=server.url, password=Secret(password) if password else None
    )
    paths = Paths(folder / "config.toml", folder / "state", folder)
    return ResopBackend(config, paths, person or Person(), lambda: datetime.now(UTC))


@pytest.fixture
async def backend(server: ResopServer, tmp_path: Path) -> AsyncIterator[ResopBackend]:
    """A backend that is logged in."""
    one = new_backend(server, tmp_path / "near")
    await one.connect()
    yield one
    await one.close()
