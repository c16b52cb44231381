"""Two folders of this machine as the two ends of a transfer, one of them taken for a cluster's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from podtui.backends.base import Bundles, BundleWay, Files, Progress
from podtui.backends.local import LocalFiles
from podtui.backends.ssh.hashing import new_hash
from podtui.domain.entry import Entry, Space
from podtui.domain.transfer import PLAIN, Rules
from podtui.services.carrying import Carrying, Told
from podtui.services.conflicts import Asker
from podtui.services.ledger import Ledger, Mark
from podtui.services.moving import Road
from podtui.services.plan import Total, count

STEP = 100_000


class FarFolder:
    """`Files` of a cluster that is a folder here; `calls` tells what was asked of it."""

    def __init__(self) -> None:
        self._here = LocalFiles()
        self.calls: list[tuple[str, str]] = []
        self.free: int | None = None
        self.at_step: Callable[[int], None] = lambda _: None
        self.hash_as: Callable[[str], str] = lambda told: told

    def __getattr__(self, name: str) -> object:
        real = getattr(self._here, name)

        def asked(path: str, *rest: object) -> object:
            self.calls.append((name, path))
            return real(path, *rest)

        return asked

    @property
    def bundles(self) -> Bundles | None:
        return None

    async def space(self, path: str) -> Space | None:
        return None if self.free is None else Space(self.free, 1 << 40)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        self.calls.append(("hash", path))
        return self.hash_as(await self._here.hash(path, algo, start, length))

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        self.calls.append(("upload", target))
        return await self._copy(source, Path(target), algo, progress, offset)

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        self.calls.append(("download", source))
        return await self._copy(Path(source), target, algo, progress, offset)

    async def pass_on(
        self, source: str, to: Files, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        self.calls.append(("pass on", source))
        return await self._copy(Path(source), Path(target), algo, progress, offset)

    async def _copy(
        self, source: Path, target: Path, algo: str, progress: Progress, offset: int
    ) -> str:
        digest = new_hash(algo)
        with source.open("rb") as file, target.open("r+b" if offset else "wb") as out:
            file.seek(offset)
            out.truncate(offset)
            out.seek(offset)
            at = offset
            while data := file.read(STEP):
                self.at_step(at)
                out.write(data)
                out.flush()
                digest.update(data)
                progress(len(data))
                at += len(data)
                await asyncio.sleep(0)
        return digest.hexdigest()


class Heard:
    """What a transfer told."""

    def __init__(self) -> None:
        self.moved = self.resumed = self.files = self.skipped = 0
        self.left_out: list[str] = []
        self.marks: list[Mark] = []

    def told(self) -> Told:
        return Told(
            lambda n: setattr(self, "moved", self.moved + n),
            lambda n: setattr(self, "resumed", self.resumed + n),
            lambda n: setattr(self, "files", self.files + n),
            lambda _: None,
            lambda n: setattr(self, "skipped", self.skipped + n),
            self.left_out.append,
        )

    async def save(self, mark: Mark) -> None:
        self.marks.append(mark)


class Ends:
    """This machine and a cluster, and the way between them."""

    def __init__(self, ledger: Ledger, far: FarFolder) -> None:
        self.ledger = ledger
        self.far = far
        self.here = LocalFiles()

    def road(self, direction: str = "up", *, keep: bool = True) -> Road:
        """From here to there; with `down` the other way, with `across` between clusters."""
        source = self.here if direction == "up" else self.far
        target = self.here if direction == "down" else self.far
        return Road(source, target, "far", "sha256", self.ledger, True, keep)  # type: ignore[arg-type]

    async def carry(
        self,
        source: Path | str,
        target: Path,
        direction: str = "up",
        rules: Rules = PLAIN,
        mark: Mark | None = None,
        ask: Asker | None = None,
        way: BundleWay | None = None,
    ) -> Heard:
        """One try; what it told, also when it fails (then in the exception's `heard`)."""
        heard = Heard()
        road = self.road(direction, keep=rules.keep)
        mark = mark or Mark(target=str(target))
        total: Total = await count(road.source, str(source), rules, mark.after)
        carrying = Carrying(road, rules, heard.told(), heard.save, ask, "me", way)
        try:
            await carrying.carry(str(source), str(target), total, mark)
        except BaseException as error:
            error.heard = heard  # type: ignore[attr-defined]
            raise
        return heard


@asynccontextmanager
async def two_ends(folder: Path) -> AsyncIterator[Ends]:
    async with Ledger(folder / "ledger" / "transfers.db") as ledger:
        yield Ends(ledger, FarFolder())


def tree(folder: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder, each with a time of its own."""
    for number, (name, data) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder, half-written ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(found: list[Entry]) -> list[str]:
    return [entry.name for entry in found]
