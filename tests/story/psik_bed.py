"""psik_api services to tell stories on: the real 1.0.0 three ways, and `/v2` by its emulator."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from podtui.config.model import Config, PsikConfig, Secret
from podtui.paths import Paths
from podtui.services.session import Session
from tests.emulators.psik2.service import Psik2
from tests.story.pod import NobodyToAsk

ROOT = Path(os.environ.get("PODTUI_TESTBED", f"{tempfile.gettempdir()}/podtui-testbed")) / "psik"
HERE = Path(__file__).parents[1] / "testbed" / "psik"
PORT = int(os.environ.get("PSIK_PORT", "6840"))
TLS_PORT = int(os.environ.get("PSIK_TLS_PORT", "6841"))
CLOSED_PORT = int(os.environ.get("PSIK_CLOSED_PORT", "6842"))
PLAIN = PsikConfig("psik", url=f"http://127.0.0.1:{PORT}", poll_seconds=1)
UNIX = PsikConfig("psik", uds=ROOT / "psik.sock", poll_seconds=1)
TLS = PsikConfig(
    "psik",
    url=f"https://127.0.0.1:{TLS_PORT}",
    ca_file=ROOT / "tls" / "server" / "CA.crt",
    client_cert=ROOT / "tls" / "client.crt",
    client_key=ROOT / "tls" / "client.key",
    poll_seconds=1,
)
STRANGER = replace(
    TLS, client_cert=ROOT / "tls" / "stranger.crt", client_key=ROOT / "tls" / "stranger.key"
)
CLOSED = PsikConfig("psik", url=f"http://127.0.0.1:{CLOSED_PORT}", poll_seconds=1)


def why_not() -> str:
    """Empty when the real service is there; else how to get it."""
    try:
        socket.create_connection(("127.0.0.1", PORT), 5).close()
    except OSError:
        return "no real psik_api here: `tests/testbed/psik/up.sh` enables this (it needs rc)"
    return ""


@dataclass(frozen=True)
class Bed:
    """A service, credentials it refuses, and how it goes away and comes back."""

    config: PsikConfig
    refused: PsikConfig
    emulator: Psik2 | None = None

    async def go_away(self) -> None:
        await self._real("stop") if self.emulator is None else await self.emulator.go_away()

    async def come_back(self) -> None:
        await self._real("start") if self.emulator is None else await self.emulator.come_back()

    async def _real(self, verb: str) -> None:
        command = [HERE / "server.sh", verb]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)


@asynccontextmanager
async def emulated(folder: Path) -> AsyncIterator[Bed]:
    async with Psik2(folder, "BISCUIT").running() as service:
        config = PsikConfig("psik", url=service.url, token=Secret("BISCUIT"), poll_seconds=1)
        yield Bed(config, replace(config, token=Secret("STRANGER")), service)


def session(folder: Path, config: PsikConfig) -> Session:
    """A podtui that knows this cluster alone."""
    folder.mkdir(exist_ok=True)
    paths = Paths(folder / "config.toml", folder / "state", folder)
    return Session(Config(clusters=(config,)), paths, NobodyToAsk())
