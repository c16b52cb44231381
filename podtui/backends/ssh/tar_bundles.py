"""Many small files over SSH as one tar stream after the other, each file verified by its hash."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
_SIDE_BY_SIDE = 8  # bundles whose complaints may come together
_LACKS = "The cluster lacks GNU tar and coreutils, which bundles need."
# $1 is the mark, $2 an option for tar. One line, for csh takes no quoted line break; no backslash,
# for fish takes that as its own. The client speaks first: a server that runs its SFTP service in
# place of any command reads that as nonsense and ends. Each part reads its share of the input to
# the end whatever becomes of it: the next bundle must not begin in the middle of this one. What is
# sent is hashed while the next bundle is unpacked.
_BEGIN = (
    "LC_ALL=C; export LC_ALL; mark=$1; read -r hello;"
    ' answered() { printf %s. "$mark"; printf %s. "$mark" >&2; };'
    ' case "`tar --version 2>/dev/null`" in "tar (GNU tar)"*) ;; *) exit 96;; esac;'
    " printf %s | xargs -0 true && HASH -z </dev/null >/dev/null 2>&1 && head -c 0 || exit 96;"
    " quick=no; printf x | openssl dgst -r -ALGO >/dev/null 2>&1 && quick=yes;"
    ' hashes() { if [ "$1$quick" = plainyes ]; then xargs -0 -r openssl dgst -r -ALGO;'
    " else xargs -0 -r HASH -b -z --; fi; };"
    " printf usable; answered;"
    ' read -r size; there=$(head -c "$size"; printf x); there=${there%x};'
)
_REST = "cat >/dev/null"
_SEND = (
    f'{_BEGIN} mkdir -p -- "$there" && cd -- "$there" && printf there; answered;'
    " while read -r folder size list names; do"
    ' head -c "$size" | ( mkdir -p "$folder" && cd "$folder" &&'
    f' tar -x "$2" --no-same-owner --quoting-style=literal -f - >/dev/null; {_REST} );'
    ' echo "$folder $list $names"; head -c "$list"; done |'
    " while read -r folder list names; do"
    f' head -c "$list" | ( cd "$folder" && hashes "$names"; {_REST} );'
    " answered; done"
)
_FETCH = (
    f'{_BEGIN} cd -- "$there" && printf there; answered;'
    " while read -r list names; do"
    ' head -c "$list" | ( tar -c -h --hard-dereference -b 20 --format=gnu --no-recursion'
    f" --quoting-style=literal --null -T - -f -; {_REST} );"
    ' printf %s/ "$mark";'
    f' head -c "$list" | ( hashes "$names"; {_REST} );'
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
    async def sending(self, algo: str, *, keep: bool = True) -> AsyncIterator[Sending]:
        """A way to there, begun at once."""
        async with self._begun(_SEND, algo, "-p" if keep else "-m") as begun:
            yield Sending(begun, algo)

    @asynccontextmanager
    async def fetching(self, algo: str, *, keep: bool = True) -> AsyncIterator[Fetching]:
        """A way from there, begun at once."""
        async with self._begun(_FETCH, algo) as begun:
            yield Fetching(begun, algo, keep=keep)

    @asynccontextmanager
    async def _begun(self, text: str, algo: str, *options: str) -> AsyncIterator[_Begun]:
        """A script that is being started, and runs while the block lasts."""
        mark = f"podtui-{secrets.token_hex(16)}"
        name = new_hash(algo).name
        text = text.replace("HASH", f"{name}sum").replace("ALGO", name)
        script: asyncio.Future[Standing] = asyncio.get_running_loop().create_future()
        begun = _Begun(f"{mark}/".encode(), script, asyncio.Event())
        running = asyncio.ensure_future(self._run(("sh", "-c", text, "sh", mark, *options), begun))
        try:
            yield begun
        finally:
            begun.over.set()
            if not begun.script.done():
                running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self, argv: Sequence[str], begun: _Begun) -> None:
        """Have the script ready, until cancelled."""
        try:
            if self._lacking:
                raise NotOffered(_LACKS)
            mark = begun.half.replace(b"/", b".")
            async with self._after_sftp(), standing(self._link, argv, mark, self._pace) as script:
                if not await _usable(script):
                    raise NotOffered(_LACKS)
                begun.script.set_result(script)
                await begun.over.wait()
        except PodError as error:
            if isinstance(error, Unreachable) and self._link.connected:
                error = NotOffered(_LACKS)  # a server that gives files, and no commands
            self._lacking = self._lacking or isinstance(error, NotOffered)
            if not begun.script.done():
                begun.script.set_exception(error)
                begun.script.exception()  # also where nobody asks any more

    @asynccontextmanager
    async def _after_sftp(self) -> AsyncIterator[None]:
        """Begin once the file service is asked for: of one session, that is the one needed."""
        starting = asyncio.ensure_future(self._link.sftp())
        asked = asyncio.ensure_future(self._link.sftp_asked())
        try:
            await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
            yield
        except asyncio.CancelledError:
            starting.cancel()
            raise
        finally:  # one that starts is not broken off: its session would go on counting there
            asked.cancel()
            await asyncio.gather(starting, asked, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A script being started, at work until `over`.

    `half` is its mark between an archive and the hashes.
    """

    half: bytes
    script: asyncio.Future[Standing]
    over: asyncio.Event

    async def open(self, there: str) -> Standing:
        """The script, at work in the folder `there`."""
        script = await asyncio.shield(self.script)
        folder = to_bytes(there)
        out, err = await script.ask(b"%d\n" % len(folder), folder)
        if out != b"there":
            raise FileTrouble(f"{visible(there, 120)!r} takes no files: {last_line(err)}")
        return script


class _Way:
    """What ways there and back have in common: the two folders, once they are known."""

    def __init__(self, begun: _Begun, algo: str) -> None:
        self._begun = begun
        self._algo = algo
        self._script: Standing | None = None
        self._here = Path()
        self._there = ""
        self._threads = asyncio.Lock()  # two that pack would only be in each other's way

    async def open(self, here: Path, there: str) -> None:
        """Settle the folders; NotOffered where the far side lacks what it takes."""
        self._here, self._there = here, there
        self._script = await self._begun.open(there)

    async def _ask(self, *request: bytes, **watch: Progress) -> tuple[bytes, bytes]:
        assert self._script is not None, "a way is opened before it is used"
        return await self._script.ask(*request, **watch)


class Sending(_Way):
    """Bundles on their way to one folder there, several under way."""

    def __init__(self, begun: _Begun, algo: str) -> None:
        super().__init__(begun, algo)
        self._said: deque[bytes] = deque(maxlen=_SIDE_BY_SIDE)

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        """Send the files to below `into` there; those that did not arrive, and why."""
        async with self._threads:
            packed = await asyncio.to_thread(pack, self._here, paths, self._algo)
        names = _listed(packed.hashes)
        head = f"{into or '.'} {len(packed.data)} {len(names)} {_kind(names)}\n".encode()
        out, err = await self._ask(head, packed.data, names, sent=progress)
        if any(word in err for word in _FULL):
            raise NoSpace(f"No space is left for {visible(self._there, 120)!r}: {last_line(err)}")
        self._said.append(err)
        err = b"".join(self._said)  # what is unpacked is a bundle further on than what is hashed
        theirs = _hashes(out, packed.hashes)
        failed = dict(packed.failed)
        for path, digest in packed.hashes.items():
            if path not in theirs:
                failed[path] = FileTrouble(f"{_shown(path)} was not taken there: {_why(err, path)}")
            elif theirs[path] != digest:
                failed[path] = _differs(path, self._algo, digest, theirs[path])
        return failed


class Fetching(_Way):
    """Bundles on their way from one folder there, several under way."""

    def __init__(self, begun: _Begun, algo: str, *, keep: bool) -> None:
        super().__init__(begun, algo)
        self._keep = keep

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        """Bring the files to below `into` here; those that did not arrive, and why."""
        names = _listed(paths)
        head = f"{len(names)} {_kind(names)}\n".encode()
        out, err = await self._ask(head, names, names, received=progress)
        at = out.rfind(self._begun.half)
        if at < 0:
            raise BadAnswer("The server's bundle of files has no end.")
        archive, here = memoryview(out)[:at], self._here / into
        async with self._threads:
            unpacked = await asyncio.to_thread(
                unpack, archive, paths, here, self._algo, keep=self._keep
            )
        ours, failed = unpacked.hashes, dict(unpacked.failed)
        theirs = _hashes(out[at + len(self._begun.half) :], ours)
        for path in paths:
            if path in failed:
                continue
            if path not in ours:
                failed[path] = SourceChanged(f"{_shown(path)} was not sent: {_why(err, path)}")
            elif theirs.get(path) != ours[path]:
                there = theirs.get(path, "unknown")
                failed[path] = _differs(path, self._algo, ours[path], there)
        return failed


async def _usable(script: Standing) -> bool:
    """Whether the far side has what it takes."""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            out, _ = await script.ask(b"podtui\n")
    except (TimeoutError, FileTrouble):
        return False
    return out.endswith(b"usable")


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(b"./" + to_bytes(path) + b"\0" for path in paths)


def _kind(names: bytes) -> str:
    """Whether openssl, which is several times as fast as coreutils, may be asked about them.

    It ends a line with the name: how a name with a line break is told depends on its version.
    """
    return "odd" if any(sign in names for sign in (b"\n", b"\r", b"\\")) else "plain"


def _hashes(said: bytes, paths: Iterable[str]) -> dict[str, str]:
    """The hash the far side tells of each path."""
    names = {b"./" + to_bytes(path): path for path in paths}
    found = {}
    if _kind(b"".join(names)) == "plain":
        said = said.replace(b"\n", b"\0")
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
