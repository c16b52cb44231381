"""Many small files over SSH as one tar stream, each verified by its hash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from podtui.backends.base import Progress
from podtui.backends.pace import FREE, Pace
from podtui.backends.ssh.connection import Completed, SshLink
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.tar_format import pack, unpack
from podtui.backends.together import all_done
from podtui.domain.text import to_bytes, visible
from podtui.errors import FileTrouble, HashMismatch, NoSpace, PodError, SourceChanged, Unreachable

_PROBE = (
    "tar --version 2>/dev/null | head -n 1;"
    " printf '' | xargs -0 true && sha256sum -z </dev/null >/dev/null && echo usable"
)
_CHANGED = 'exec find "$1" -newerct "2 seconds ago" -print -quit 2>/dev/null'
_LOOKS = 60
_PROBE_SECONDS = 30.0
_BUNDLE_SECONDS = 24 * 3600.0
_INTO = 'mkdir -p -- "$1" && cd -- "$1" && exec tar -x "$2" --no-same-owner -f -'
_FROM = (
    'cd -- "$1" && exec tar -c -h --hard-dereference -b 20 --format=gnu --no-recursion'
    " --null -T - -f -"
)
_FULL = (b"No space left on device", b"quota exceeded")


class TarBundles:
    """`Bundles` of podtui.backends.base, where there are GNU tar and coreutils."""

    def __init__(self, link: SshLink, pace: Pace = FREE) -> None:
        self._link = link
        self._pace = pace
        self._usable: bool | None = None
        self._asking = asyncio.Lock()

    async def usable(self) -> bool:
        """Whether GNU tar, xargs and a hash tool that takes any name are there."""
        async with self._asking:
            if self._usable is None:
                self._usable = await self._probe()
            return self._usable

    async def settled(self, there: str) -> None:
        """Wait until nothing below `there` has changed for two seconds, half a minute at most."""
        for _ in range(_LOOKS):
            done = await self._link.run(("sh", "-c", _CHANGED, "sh", there), timeout=_PROBE_SECONDS)
            if not done.stdout:
                return
            await asyncio.sleep(0.5)

    async def _probe(self) -> bool:
        try:
            done = await self._link.run(("sh", "-c", _PROBE), timeout=_PROBE_SECONDS)
        except Unreachable:
            if not self._link.connected:
                raise
            return False  # a server that gives files and no commands
        return done.stdout.startswith(b"tar (GNU tar)") and done.stdout.endswith(b"usable\n")

    async def send(
        self,
        here: Path,
        paths: Sequence[str],
        there: str,
        algo: str,
        progress: Progress,
        *,
        keep: bool = True,
    ) -> None:
        """Send files of `here` to the same paths below `there`; HashMismatch unless all agree."""
        packed = await asyncio.to_thread(pack, here, paths, algo)
        done = await self._link.run(
            ("sh", "-c", _INTO, "sh", there, "-p" if keep else "-m"),
            input=packed.data,
            timeout=_BUNDLE_SECONDS,
            watch=progress,
            pace=self._pace,
        )
        if done.returncode:
            raise _refused(there, done)
        theirs = await self._hashes(there, tuple(packed.hashes), algo)
        _compare(packed.hashes, theirs, algo)

    async def fetch(
        self,
        there: str,
        paths: Sequence[str],
        here: Path,
        algo: str,
        progress: Progress,
        *,
        keep: bool = True,
    ) -> None:
        """Bring files of `there` to the same paths below `here`; HashMismatch unless all agree."""
        archive = asyncio.ensure_future(
            self._link.run(
                ("sh", "-c", _FROM, "sh", there),
                input=_listed(paths),
                timeout=_BUNDLE_SECONDS,
                watch=progress,
                pace=self._pace,
            )
        )
        hashing = asyncio.ensure_future(self._hashes(there, paths, algo))
        await all_done(archive, hashing)
        data = archive.result().stdout
        ours = await asyncio.to_thread(unpack, data, paths, here, algo, keep=keep)
        for path in paths:
            if path not in ours:
                raise SourceChanged(
                    f"{visible(path, 200)!r} was not sent: {_last_line(archive.result())}"
                )
        _compare(ours, hashing.result(), algo)

    async def _hashes(self, there: str, paths: Sequence[str], algo: str) -> dict[str, str]:
        if not paths:
            return {}
        tool = f"{new_hash(algo).name}sum"
        done = await self._link.run(
            ("sh", "-c", f'cd -- "$1" && LC_ALL=C exec xargs -0 {tool} -b -z --', "sh", there),
            input=_listed(paths),
            timeout=_BUNDLE_SECONDS,
        )
        found = {}
        names = {b"./" + to_bytes(path): path for path in paths}
        for line in done.stdout.split(b"\0"):
            digest, _, name = line.partition(b" *")
            if name in names:
                found[names[name]] = digest.decode("ascii", "replace")
        return found


def _listed(paths: Sequence[str]) -> bytes:
    return b"".join(b"./" + to_bytes(path) + b"\0" for path in paths)


def _compare(ours: dict[str, str], theirs: dict[str, str], algo: str) -> None:
    for path, digest in ours.items():
        there = theirs.get(path, "unknown")
        if there != digest:
            raise HashMismatch(f"{visible(path, 200)!r}: {algo} here is {digest}, there {there}.")


def _refused(there: str, done: Completed) -> PodError:
    said = _last_line(done)
    if any(word in done.stderr for word in _FULL):
        return NoSpace(f"No space is left for {visible(there, 120)!r}: {said}")
    return FileTrouble(f"{visible(there, 120)!r} took no files: {said}")


def _last_line(done: Completed) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return visible(lines[-1], 200) if lines else f"tar ended with status {done.returncode}."
