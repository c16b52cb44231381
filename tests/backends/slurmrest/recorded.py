"""What real slurmrestd answered (22.05, 25.05, 26.05), and a transport that answers it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from podtui.backends.slurmrest.backend import SlurmRestBackend
from podtui.backends.slurmrest.jobs import SlurmRestJobs, Who
from podtui.backends.slurmrest.token import TokenKeeper
from podtui.backends.slurmrest.versions import Api
from podtui.backends.slurmrest.wire import Wire
from podtui.config.model import Secret, SlurmRestConfig
from podtui.paths import Paths

FOLDER = Path(__file__).parents[2] / "fixtures" / "slurmrest"
NEWER = ("v0.0.41", "v0.0.43", "v0.0.45")
VERSIONS = ("v0.0.38", *NEWER)
NOW = datetime(2026, 11, 22, 1, 0, 0, tzinfo=UTC)
URL = "http://slurm.test"
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they were."""

    name: str
    method: str
    path: str
    status: int
    type: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def response(self) -> httpx.Response:
        return httpx.Response(self.status, headers={"Content-Type": self.type}, content=self.body)


@cache
def exchanges(version: str) -> dict[str, Exchange]:
    found = {}
    for line in (FOLDER / f"{version}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = row["text"] if "text" in row else json.dumps(row["json"], ensure_ascii=False)
        found[row["name"]] = Exchange(
            row["name"], row["method"], row["path"], row["status"], row["type"], body.encode()
        )
    return found


def token(**claims: Any) -> str:
    """A JWT nobody signed."""
    parts = [{"alg": "HS256"}, claims]
    told = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    ]
    return ".".join((*told, "c2lnbmF0dXJl"))


GOOD = token(exp=int(NOW.timestamp()) + 3600, iat=int(NOW.timestamp()), sun="alice")


def config(**more: Any) -> SlurmRestConfig:
    return SlurmRestConfig(**{"name": "hpc", "url": URL, "token": Secret(GOOD)} | more)


def wire(handler: Handler, version: str = "v0.0.45", **more: Any) -> Wire:
    settings = config(**more)
    keeper = TokenKeeper(settings, lambda: NOW)
    made = Wire(settings, keeper, httpx.MockTransport(handler))
    made.api = Api(int(version.rpartition(".")[2]))
    return made


async def home() -> str:
    return "/home/alice"


def jobs(handler: Handler, version: str = "v0.0.45") -> SlurmRestJobs:
    """Jobs in one version, before whatever answers."""
    made = wire(handler, version)
    assert made.api is not None
    who = Who(lambda: "alice", home, lambda: "/home/alice", None)
    return SlurmRestJobs("hpc", made, made.api, who, lambda: NOW)


def backend(handler: Handler, folder: Path, **more: Any) -> SlurmRestBackend:
    paths = Paths(folder / "config.toml", folder / "state", folder)
    transport = httpx.MockTransport(handler)
    return SlurmRestBackend(config(**more), paths, Nobody(), lambda: NOW, transport=transport)


class Nobody:
    """A prompter that must not be needed."""

    async def ask(self, cluster: str, title: str, questions: object) -> list[str]:
        raise AssertionError(f"{cluster} asked: {title}")

    async def trust_host(self, *about: object) -> bool:
        raise AssertionError(f"shown: {about}")


def answers(version: str, *names: str) -> Handler:
    """Answers by method and path; `names` come first where several were recorded for one."""
    recorded = exchanges(version)
    order = [*(recorded[name] for name in names), *recorded.values()]

    def handle(request: httpx.Request) -> httpx.Response:
        asked = (request.method, request.url.raw_path.decode().rstrip("/"))
        for one in order:
            if (one.method, one.path.rstrip("/")) == asked:
                return one.response()
        return httpx.Response(404, text="Unable to find requested URL endpoint.")

    return handle
