"""A pod of a test's own: the embedded one as a process, and a client's session on it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from podtui.backends.base import Question
from podtui.config.load import load_config
from podtui.config.model import Config
from podtui.paths import Paths
from podtui.services.clusters import OpenBackend
from podtui.services.session import Session

START_SECONDS = 30


@dataclass(frozen=True)
class Pod:
    """What the pod told about itself, and its process."""

    told: dict[str, Any]
    process: asyncio.subprocess.Process

    @property
    def config(self) -> Path:
        return Path(self.told["config"])

    @property
    def state(self) -> Path:
        return Path(self.told["state_dir"])

    def home(self, user: str = "penguin") -> Path:
        """The storage volume, as the pod's own machine sees it."""
        (home,) = self.state.glob(f"controllers/16/volumes/{user}")
        return home


@asynccontextmanager
async def running_pod(state: Path, *options: str) -> AsyncIterator[Pod]:
    process = await start_pod(state, *options)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        yield Pod(json.loads(line), process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_SECONDS):
            await process.communicate()


async def start_pod(state: Path, *options: str) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-m", "podtui.demo", "--no-ui", "--state", str(state)]
    return await asyncio.create_subprocess_exec(
        *argv, "--boot-seconds", "0.2", *options, stdout=asyncio.subprocess.PIPE
    )


class NobodyToAsk:
    """A prompter that must not be needed."""

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        raise AssertionError(f"{cluster} asked: {title}")

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        raise AssertionError(f"{cluster} showed an unknown host {host}")


def client(file: Path, state: Path | None = None) -> tuple[Config, Paths]:
    """A configuration and the paths that go with it; `state` keeps clients apart."""
    paths = Paths(file, file.parent / "state", file.parent)
    config = load_config(paths, file=file, environ={})
    return config, replace(paths, state=state or config.state_dir or paths.state)


def own_client(pod: Pod, folder: Path) -> tuple[Config, Paths]:
    """A client of `pod` whose configuration, state and known hosts are its own, in `folder`."""
    there = pod.config.parent
    text = pod.config.read_text()
    for name in ("state", "known_hosts"):
        text = text.replace(f'"{there / name}"', f'"{folder / name}"')
    shutil.copy(there / "known_hosts", folder)
    file = folder / "config.toml"
    file.touch(mode=0o600)
    file.write_text(text)
    return client(file)


def session(file: Path, state: Path | None = None, opener: OpenBackend | None = None) -> Session:
    config, paths = client(file, state)
    return Session(config, paths, NobodyToAsk(), opener=opener)


def parts(folder: Path) -> list[str]:
    """Half-written files below `folder`."""
    return [str(path) for path in folder.rglob("*.podtui.part")]


def environment() -> dict[str, str]:
    """The environment of a client process."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
