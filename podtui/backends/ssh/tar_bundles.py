"""Many small files over SSH as one tar stream after the other, each file verified by its hash."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from podtui.backends.base import Progress
from podtui.backends.pace import FREE, Pace
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.standing import Standing, last_line, standing
from podtui.backends.ssh.tar_format import pack, unpack
from podtui.domain.text import to_bytes, visible
from podtui.errors import (
    BadAnswer,
    FileTrouble,
    HashMismatch,
    NoSpace,
    NotOffered,
    PodError,
    SourceChanged,
    Unreachable,
)

_CHANGED = 'exec find "$1" -newerct "2 seconds ago" -print -quit 2>/dev/null'
_LOOKS = 60
_PROBE_SECONDS = 30.0
_LACKS = "The cluster lacks GNU tar and coreutils, which bundles need."
# $1 is the folder there, $2 the mark. One line, for csh takes no quoted line break; no backslash,
# for fish takes that as its own. The client speaks first: a server that runs its SFTP service in
# place of any command reads that as nonsense and ends. Each part reads its share of the input to
# the end whatever becomes of it: the next bundle must not begin in the middle of this one.
_BEGIN = (
    "LC_ALL=C; export LC_ALL; mark=$2; read -r hello;"
    ' answered() { printf %s. "$mark"; printf %s. "$mark" >&2; };'
    ' case "`tar --version 2>/dev/null`" in "tar (GNU tar)"*) ;; *) exit 96;; esac;'
    " printf %s | xargs -0 true && HASH -z </dev/null >/dev/null 2>&1 && head -c 0 || exit 96;"
)
_REST = "cat >/dev/null"
_SEND = (
    f'{_BEGIN} mkdir -p -- "$1" && cd -- "$1" && printf usable; answered;'
    " while read -r folder size list; do"
    ' head -c "$size" | ( mkdir -p "$folder" && cd "$folder" &&'
    f' tar -x "$3" --no-same-owner --quoting-style=literal -f -; {_REST} );'
    f' head -c "$list" | ( cd "$folder" && xargs -0 -r HASH -b -z --; {_REST} );'
    " answered; done"
)
_FETCH = (
    f'{_BEGIN} cd -- "$1" && printf usable; answered;'
    " while read -r list; do"
    ' head -c "$list" | ( tar -c -h --hard-dereference -b 20 --format=gnu --no-recursion'
    f" --quoting-style=literal --null -T - -f -; {_REST} );"
    ' printf %s/ "$mark";'
    f' head -c "$list" | ( xargs -0 -r HASH -b -z --; {_REST} );'
    " answered; done"
)
_FULL = (b"No space left on device", b"quota exceeded")


class TarBundles:
    """`Bundles` of podtui.backends.base, where there are GNU tar and coreutils."""

    def __init__(self, link: SshLink, pace: Pace = FREE) -> None:
        self._link = link
        self._pace = pace
        self._lacking = False

    async def settled(self, there: str) -> None:
        """Wait until nothing below `there` has changed for two seconds, half a minute at most."""
        for _ in range(_LOOKS):
            try:
                done = await self._link.run(
                    ("sh", "-c", _CHANGED, "sh", there), timeout=_PROBE_SECONDS
                )
            except Unreachable:
                if not self._link.connected:
                    raise
                return  # a server that runs no commands: nothing there writes for us
            if not done.stdout:
                return
            await asyncio.sleep(0.5)

    @asynccontextmanager
    async def sending(
        self, here: Path, there: str, algo: str, *, keep: bool = True
    ) -> AsyncIterator[Sending]:
        """Bundles from `here` to `there`; NotOffered where the far side lacks what it takes."""
        async with self._script(_SEND, there, algo, "-p" if keep else "-m") as (script, _):
            yield Sending(script, here, there, algo)

    @asynccontextmanager
    async def fetching(
        self, there: str, here: Path, algo: str, *, keep: bool = True
    ) -> AsyncIterator[Fetching]:
        """Bundles from `there` to `here`; NotOffered where the far side lacks what it takes."""
        async with self._script(_FETCH, there, algo) as (script, mark):
            yield Fetching(script, here, algo, mark, keep=keep)

    @asynccontextmanager
    async def _script(
        self, text: str, there: str, algo: str, *options: str
    ) -> AsyncIterator[tuple[Standing, bytes]]:
        """The script that takes bundles, once it has found what it needs."""
        if self._lacking:
            raise NotOffered(_LACKS)
        mark = f"podtui-{secrets.token_hex(16)}"
        text = text.replace("HASH", f"{new_hash(algo).name}sum")
        argv = ("sh", "-c", text, "sh", there, mark, *options)
        ready = False
        try:
            async with standing(self._link, argv, f"{mark}.".encode(), self._pace) as script:
                ready = await _ready(script, there)
                if ready:
                    yield script, f"{mark}/".encode()
        except Unreachable:
            if ready or not self._link.connected:
                raise
            # else a server that gives files and no commands, or no second session
        if not ready:
            self._lacking = True
            raise NotOffered(_LACKS)


class Sending:
    """Bundles on their way to one folder there, several under way."""

    def __init__(self, script: Standing, here: Path, there: str, algo: str) -> None:
        self._script = script
        self._here = here
        self._there = there
        self._algo = algo
        self._packing = asyncio.Lock()

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        """Send the files to below `into` there; those that did not arrive, and why."""
        async with self._packing:  # one after the other: threads would only be in each other's way
            packed = await asyncio.to_thread(pack, self._here, paths, self._algo)
        names = _listed(packed.hashes)
        head = f"{into or '.'} {len(packed.data)} {len(names)}\n".encode()
        out, err = await self._script.ask(head, packed.data, names, sent=progress)
        if any(word in err for word in _FULL):
            raise NoSpace(f"No space is left for {visible(self._there, 120)!r}: {last_line(err)}")
        theirs = _hashes(out, packed.hashes)
        failed = dict(packed.failed)
        for path, digest in packed.hashes.items():
            if path not in theirs:
                failed[path] = FileTrouble(f"{_shown(path)} was not taken there: {_why(err, path)}")
            elif theirs[path] != digest:
                failed[path] = _differs(path, self._algo, digest, theirs[path])
        return failed


class Fetching:
    """Bundles on their way from one folder there, several under way."""

    def __init__(self, script: Standing, here: Path, algo: str, half: bytes, *, keep: bool) -> None:
        self._script = script
        self._here = here
        self._algo = algo
        self._half = half  # the mark between an archive and the hashes
        self._keep = keep
        self._unpacking = asyncio.Lock()

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        """Bring the files to below `into` here; those that did not arrive, and why."""
        names = _listed(paths)
        head = b"%d\n" % len(names)
        out, err = await self._script.ask(head, names, names, received=progress)
        at = out.rfind(self._half)
        if at < 0:
            raise BadAnswer("The server's bundle of files has no end.")
        archive, here = memoryview(out)[:at], self._here / into
        async with self._unpacking:
            unpacked = await asyncio.to_thread(
                unpack, archive, paths, here, self._algo, keep=self._keep
            )
        ours, failed = unpacked.hashes, dict(unpacked.failed)
        theirs = _hashes(out[at + len(self._half) :], ours)
        for path in paths:
            if path in failed:
                continue
            if path not in ours:
                failed[path] = SourceChanged(f"{_shown(path)} was not sent: {_why(err, path)}")
            elif theirs.get(path) != ours[path]:
                there = theirs.get(path, "unknown")
                failed[path] = _differs(path, self._algo, ours[path], there)
        return failed


async def _ready(script: Standing, there: str) -> bool:
    """Whether the far side has what it takes; FileTrouble when only the folder is amiss."""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            out, err = await script.ask(b"podtui\n")
    except (TimeoutError, FileTrouble):
        return False
    if out.endswith(b"usable"):
        return True
    raise FileTrouble(f"{visible(there, 120)!r} takes no files: {last_line(err)}")


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(b"./" + to_bytes(path) + b"\0" for path in paths)


def _hashes(said: bytes, paths: Iterable[str]) -> dict[str, str]:
    """The hash the far side tells of each path."""
    names = {b"./" + to_bytes(path): path for path in paths}
    found = {}
    for line in said.split(b"\0"):
        digest, _, name = line.partition(b" *")
        if name in names:
            found[names[name]] = digest.decode("ascii", "replace")
    return found


def _why(err: bytes, path: str) -> str:
    """What tar said about the file, else the last that was said."""
    about = b"tar: ./" + to_bytes(path) + b": "
    for line in err.splitlines():
        if line.startswith(about):
            return visible(line[len(about) :].decode("utf-8", "replace"), 200)
    return last_line(err) or "tar did not say why."


def _differs(path: str, algo: str, here: str, there: str) -> HashMismatch:
    return HashMismatch(f"{_shown(path)}: {algo} here is {here}, there {there}.")


def _shown(path: str) -> str:
    return repr(visible(path, 200))
