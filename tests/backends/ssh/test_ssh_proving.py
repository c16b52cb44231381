"""Large files are hashed at the far side while they arrive, and what differs is found."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shlex
import shutil
from pathlib import Path

import asyncssh
import pytest

from podtui.backends.ssh import proving
from podtui.backends.ssh.far_hasher import FarHasher, hasher_command
from podtui.backends.ssh.sftp import SftpFiles
from podtui.domain.piece import Piece
from podtui.errors import NotFound

from .conftest import Door, LinkTo, serve

MEGA = 1 << 20
SIZE = 24 * MEGA + 17


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "_LEAST", 2 * MEGA)
    monkeypatch.setattr(proving, "UNDER_WAY", 4 * MEGA)


def nothing(_: int) -> None:
    """A progress nobody looks at."""


async def no_matter(_: Piece) -> None:
    """What is proved, nobody writes down."""


class Asked:
    """What the far side was asked to hash, and what it is said to have told instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stretches: list[tuple[int, int, bool]] = []
        self.lies: list[str | None] = []
        hashing = FarHasher.hash

        async def hash_there(
            hasher: FarHasher, start: int, length: int, *, to_end: bool = False, keep: bool = False
        ) -> str | None:
            assert keep is not to_end  # the disk begins with each piece but the last
            self.stretches.append((start, length, to_end))
            told = await hashing(hasher, start, length, to_end=to_end, keep=keep)
            return self.lies.pop(0) if self.lies else told

        monkeypatch.setattr(FarHasher, "hash", hash_there)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.mark.parametrize("offset", [0, 5, 10 * MEGA])
@pytest.mark.parametrize("algo", ["sha256", "md5", "blake2s"])
async def test_every_piece_is_compared_and_all_of_them_are_the_file(
    files: SftpFiles, near: Path, far: Path, offset: int, algo: str, asked: Asked
) -> None:
    """By one command there, or, for a hash its tools do not know, by reading it back."""
    data = os.urandom(SIZE)
    (near / "a").write_bytes(data)
    (far / "b").write_bytes(data[:offset])
    proved: list[Piece] = []

    async def note(piece: Piece) -> None:
        proved.append(piece)

    sent, there = await files.upload_proved(near / "a", f"{far}/b", algo, nothing, note, offset)
    assert sent == there
    assert (far / "b").read_bytes() == data
    assert len(asked.stretches) > 2
    at = offset
    for start, length, to_end in asked.stretches:
        assert start == at
        at += length
        assert to_end is (at == SIZE)  # to the end, whatever that is: nothing may be behind it
    assert at == SIZE
    assert there == hashlib.new(algo, data[start:]).hexdigest()
    assert [(piece.start, piece.end - piece.start) for piece in proved] == [
        (start, length) for start, length, _ in asked.stretches
    ]
    for piece in proved:
        assert piece.hash == hashlib.new(algo, data[piece.start : piece.end]).hexdigest()


@pytest.mark.parametrize("where", [0, SIZE // 2, SIZE - 1, SIZE])
async def test_one_wrong_byte_is_found(files: SftpFiles, near: Path, far: Path, where: int) -> None:
    """Also one too many."""
    data = os.urandom(SIZE)
    (near / "a").write_bytes(data)
    first = True

    def spoil(_: int) -> None:
        nonlocal first
        if first or where < (far / "b").stat().st_size < where + MEGA or where >= SIZE - 1:
            first = False
            with (far / "b").open("r+b") as file:
                file.seek(where)
                file.write(bytes([data[where] ^ 1 if where < SIZE else 0]))

    sent, there = await files.upload_proved(near / "a", f"{far}/b", "sha256", spoil, no_matter)
    assert (sent == there) is ((far / "b").read_bytes() == data)
    assert where not in (0, SIZE) or sent != there


async def test_a_piece_that_was_not_whole_yet_is_looked_at_again(
    files: SftpFiles, near: Path, far: Path, asked: Asked
) -> None:
    """A server may write in any order: what differs on the way is no error yet."""
    (near / "a").write_bytes(os.urandom(SIZE))
    asked.lies = ["of a gap"]
    sent, there = await files.upload_proved(near / "a", f"{far}/b", "sha256", nothing, no_matter)
    assert sent == there
    assert asked.stretches[-1] == asked.stretches[0]


@pytest.mark.parametrize("python", ["python3", "no-such-python"])
@pytest.mark.parametrize("shell", ["sh", "bash", "csh", "fish"])
async def test_the_command_tells_what_it_is_asked_for(far: Path, python: str, shell: str) -> None:
    """By Python, or by what else is there, whatever shell gets the line; of a gone file nothing."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    data, path = os.urandom(3 * MEGA + 5), far / "it's \udcff a"
    path.write_bytes(data)
    command = shlex.join(hasher_command("sha256", str(path))).replace("python3 -I", f"{python} -I")
    process = await asyncio.create_subprocess_exec(
        shell, "-c", command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    lines = (b"0 all", b"0 7", b"1048570 1048590 keep", b"3000000 all", b"5 0", b"3000000 9999999")
    asked = b"".join(b"%d %s\n" % (number, line) for number, line in enumerate(lines))
    told, _ = await process.communicate(asked)
    found = dict(line.split()[:2] for line in told.splitlines())
    stretches = (data, data[:7], data[1048570:2097160], data[3000000:], b"", data[3000000:])
    assert found == {
        b"%d" % number: hashlib.sha256(one).hexdigest().encode()
        for number, one in enumerate(stretches)
    }
    assert process.returncode == 0


@pytest.mark.parametrize("python", ["python3", "no-such-python"])
@pytest.mark.parametrize("there", ["nothing", "a folder", "a pipe"])
async def test_the_command_ends_where_it_cannot_tell(far: Path, python: str, there: str) -> None:
    """At once: whoever waits for its answer would wait for as long as for a slow disk."""
    path = far / "a"
    if there == "a folder":
        path.mkdir()
    elif there == "a pipe":
        os.mkfifo(path)
    argv = [word.replace("python3 -I", f"{python} -I") for word in hasher_command("md5", str(path))]
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"0 0 7\n")
    async with asyncio.timeout(20):
        assert await process.stdout.read() == b""
        await process.wait()


async def test_stretches_are_hashed_side_by_side(files: SftpFiles, far: Path) -> None:
    """By one command, also more of them than are there, and none of a file that is gone."""
    data = os.urandom(3 * MEGA)
    (far / "b").write_bytes(data)
    async with files.stretches(f"{far}/b", "sha256") as hash_there:
        starts = range(0, 4 * MEGA, MEGA // 2)
        told = await asyncio.gather(*(hash_there(start, MEGA) for start in starts))
        assert told == [hashlib.sha256(data[at : at + MEGA]).hexdigest() for at in starts]
        (far / "b").unlink()
        with pytest.raises(NotFound):
            await hash_there(0, MEGA)


async def test_where_the_command_fails_another_is_tried(
    files: SftpFiles, near: Path, far: Path, asked: Asked
) -> None:
    (near / "a").write_bytes(os.urandom(SIZE))
    asked.lies = [None, None]
    sent, there = await files.upload_proved(near / "a", f"{far}/b", "sha256", nothing, no_matter)
    assert sent == there


async def test_a_server_without_commands(
    link_to: LinkTo, door: Door, near: Path, far: Path
) -> None:
    async def refuse(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.exit(1)

    (near / "a").write_bytes(os.urandom(SIZE))
    async with serve(door, sftp_factory=True, process_factory=refuse) as served:
        files = SftpFiles(link_to(port=served.port))
        sent, there = await files.upload_proved(
            near / "a", f"{far}/b", "sha256", nothing, no_matter
        )
        assert sent == there


def test_pieces_cover_a_file_of_any_size() -> None:
    for size in (0, 1, 3 * MEGA, 4 * MEGA + 1, 10**12, random.Random(1).randrange(10**10)):
        at, pieces = 0, 0
        while at < size:
            end = proving.cut_piece(at, size)
            assert at < end <= size
            at, pieces = end, pieces + 1
        assert pieces < 1100
    assert proving.cut_piece(0, 0) == 0


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 7), (5, None), (5, 7), (100, 7)])
async def test_a_stretch_is_hashed_there(
    files: SftpFiles, far: Path, start: int, length: int | None
) -> None:
    data = os.urandom(50)
    (far / "b").write_bytes(data)
    end = None if length is None else start + length
    told = await files.hash(str(far / "b"), "sha256", start, length)
    assert told == hashlib.sha256(data[start:end]).hexdigest()
