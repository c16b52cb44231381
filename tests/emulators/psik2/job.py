"""One job of the emulator: a folder, a history, and a process that really runs the script."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDS = ("completed", "failed", "canceled")


@dataclass
class PsikJob:
    """Its parts as psik keeps them: work/, log/ and scripts/run below its folder."""

    id: str
    backend: str
    spec: dict[str, Any]
    folder: Path
    history: list[dict[str, Any]] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def state(self) -> str:
        return str(self.history[-1]["state"])

    def make(self) -> None:
        for name in ("work", "log", "scripts"):
            (self.folder / name).mkdir(parents=True)
        script = self.spec["script"]
        text = script if script.startswith("#!") else f"#!/usr/bin/env rc\n{script}"
        run = self.folder / "scripts" / "run"
        run.write_text(text if text.endswith("\n") else f"{text}\n")
        run.chmod(0o755)
        self.reach("new")

    def reach(self, state: str, index: int = 0, info: int = 0) -> None:
        self.history.append(
            {
                "jobid": self.id,
                "name": self.spec.get("name") or "",
                "updated": time.time(),
                "jobndx": index,
                "state": state,
                "info": info,
            }
        )

    async def run(self) -> None:
        """Run it as psik's local backend does, its output into log/."""
        with (
            (self.folder / "log" / "stdout.1").open("wb") as out,
            (self.folder / "log" / "stderr.1").open("wb") as err,
        ):
            self.process = await asyncio.create_subprocess_exec(
                str(self.folder / "scripts" / "run"), cwd=self.work, stdout=out, stderr=err
            )
        (self.folder / "log" / "console").touch()
        self.reach("queued", 1, self.process.pid)
        self.reach("active", 1, self.process.pid)
        try:
            status = await self.process.wait()
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
        if self.state not in ENDS:
            self.reach("failed" if status else "completed", 1, self.process.pid)

    def cancel(self) -> None:
        """Note it first, whatever it is, and end what runs: so does psik."""
        self.reach("canceled")
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
