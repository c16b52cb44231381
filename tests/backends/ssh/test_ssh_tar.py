"""Bundles as GNU tar writes and reads them; names of any bytes; archives that lie."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from podtui.backends.ssh import tar_bundles
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.tar_bundles import TarBundles
from podtui.backends.ssh.tar_format import members, pack, unpack
from podtui.backends.trace import TRACE
from podtui.errors import BadAnswer, FileTrouble, HashMismatch, InputError, SourceChanged

from .conftest import LinkTo, Sshd

NAME = some.binary(min_size=1, max_size=120).filter(
    lambda raw: b"/" not in raw and b"\0" not in raw and raw not in (b".", b"..")
)
PATHS = some.lists(some.tuples(NAME, some.lists(NAME, max_size=2)), min_size=1, max_size=4)
needs_tar = pytest.mark.skipif(
    b"GNU" not in subprocess.run(["tar", "--version"], capture_output=True, check=False).stdout
    if shutil.which("tar")
    else True,
    reason="no GNU tar on this machine",
)


def nothing(_: int) -> None:
    """A progress nobody looks at."""


def make(root: Path, paths: list[tuple[bytes, list[bytes]]], data: bytes) -> list[str]:
    """Files below `root`, each in folders of its own; their paths."""
    made = []
    for number, (name, folders) in enumerate(paths):
        path = b"/".join([b"%d" % number, *folders, name])
        whole = os.path.join(os.fsencode(root), path)  # noqa: PTH118 - names of any bytes
        os.makedirs(os.path.dirname(whole), exist_ok=True)  # noqa: PTH103, PTH120
        with open(whole, "wb") as file:  # noqa: PTH123
            file.write(data[number:])
        os.utime(whole, (1_000_000_000 + number, 1_000_000_000 + number))
        made.append(os.fsdecode(path))
    return made


@needs_tar
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(paths=PATHS, data=some.binary(max_size=1500))
def test_gnu_tar_reads_what_is_packed_and_writes_what_is_unpacked(
    tmp_path_factory: pytest.TempPathFactory, paths: list[tuple[bytes, list[bytes]]], data: bytes
) -> None:
    near, far, back = (tmp_path_factory.mktemp(name) for name in ("near", "far", "back"))
    names = make(near, paths, data)
    packed = pack(near, names, "sha256")
    assert len(packed.data) % 10240 == 0
    subprocess.run(["tar", "-x", "-p", "-f", "-", "-C", far], input=packed.data, check=True)
    for name in names:
        assert (far / name).read_bytes() == (near / name).read_bytes()
        assert (far / name).stat().st_mtime == (near / name).stat().st_mtime
    listed = b"".join(b"./" + os.fsencode(name) + b"\0" for name in names)
    options = ["-c", "-h", "--hard-dereference", "--format=gnu", "--no-recursion", "--null"]
    archive = subprocess.run(
        ["tar", "-C", far, *options, "-T", "-", "-f", "-"],
        input=listed,
        capture_output=True,
        check=True,
    ).stdout
    assert unpack(archive, names, back, "sha256").hashes == packed.hashes
    for name in names:
        assert (back / name).read_bytes() == (near / name).read_bytes()
        assert (back / name).stat().st_mode == (near / name).stat().st_mode


def hostile(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"x") -> bytes:
    """An archive with one member."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        info.size = len(data) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        hostile("../out"),
        hostile("/etc/out"),
        hostile("a/../../out"),
        hostile("other"),
        hostile("good", tarfile.SYMTYPE, "/etc/passwd"),
        hostile("good", tarfile.LNKTYPE, "/etc/passwd"),
        hostile("good", tarfile.CHRTYPE),
        hostile("good", tarfile.FIFOTYPE),
        hostile("good", tarfile.DIRTYPE),
        hostile("good") + b"x" * 512,
        hostile("good")[:512] + hostile("good"),
        hostile("good")[:700],
        hostile("good", data=b"x" * 5000)[:2000],
        hostile("good" * 60)[:1000],
    ],
)
def test_an_archive_that_lies_writes_nothing_outside(tmp_path: Path, archive: bytes) -> None:
    here = tmp_path / "a" / "here"
    here.mkdir(parents=True)
    try:
        unpack(archive, ["good"], here, "sha256")
    except BadAnswer as error:
        assert error.message.isprintable()  # noqa: PT017 - some end early and are whole so far
    assert [p for p in tmp_path.rglob("*") if p.is_file()] in ([], [here / "good"])
    assert not (here / "good").is_symlink()


@pytest.mark.parametrize(
    "size", [b"-0000001000", b"-1", b"1_0", b"+7", b"\x80\0\0\0", b"9", b"1 1"]
)
@pytest.mark.parametrize("kind", [b"0", b"L"])
def test_a_size_that_is_no_number_is_refused(size: bytes, kind: bytes) -> None:
    head = bytearray(hostile("good"))
    head[124:136] = size.ljust(12, b"\0")
    head[156:157] = kind
    with pytest.raises(BadAnswer):
        list(members(bytes(head)))


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=3000))
def test_any_bytes_end(data: bytes) -> None:
    with suppress(BadAnswer):
        list(members(data))


def test_what_cannot_be_packed_costs_itself_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "good").write_text("good")
    packed = pack(tmp_path, ["gone", "good", "fifo"], "sha256")
    assert [member.path for member in members(packed.data)] == list(packed.hashes) == ["good"]
    assert {path: type(error) for path, error in packed.failed.items()} == {
        "gone": SourceChanged,
        "fifo": SourceChanged,
    }


def test_a_private_key_is_never_packed(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n" + "A" * 200)
    with pytest.raises(InputError):
        pack(tmp_path, ["id"], "sha256")


@pytest.fixture
def bundles(link_to: LinkTo, sshd: Sshd) -> TarBundles:
    files = SftpFiles(link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity))
    return files.bundles


async def test_bundles_go_both_ways(bundles: TarBundles, near: Path, far: Path) -> None:
    names = make(near, [(b"a \n'\xff", [b"-rf"]), (b"b" * 110, [b"\\", b"d" * 110])], b"data")
    (near / names[0]).chmod(0o640)
    os.link(near / names[0], near / "twin")
    names.append("twin")
    moved: list[int] = []
    async with bundles.sending("sha256") as way:
        await way.open(near, str(far))
        assert await way.carry([*names, "empty/"], "", moved.append) == {}
    assert sum(moved) > 12
    (far / "twin").unlink()
    os.link(far / names[0], far / "twin")  # one file of two names is two files
    back = near / "back"
    async with bundles.fetching("sha256") as way:
        await way.open(back, str(far))
        assert await way.carry(names, "", nothing) == {}
    for name in names:
        assert (back / name).read_bytes() == (near / name).read_bytes()
        assert (back / name).stat().st_mode == (near / name).stat().st_mode
        assert (back / name).stat().st_mtime == (near / name).stat().st_mtime
    assert (far / "empty").is_dir()


async def test_one_script_takes_many_bundles_side_by_side(
    bundles: TarBundles, near: Path, far: Path
) -> None:
    """Each into a folder of its own, some larger than what the line takes at once."""
    names = make(near, [(b"f%d" % n, []) for n in range(40)], os.urandom(300_000))
    batches = [names[n::8] for n in range(8)]
    TRACE.entries.clear()
    async with bundles.sending("sha256") as way:
        await way.open(near, str(far))
        sent = [way.carry(batch, f"b{n}", nothing) for n, batch in enumerate(batches)]
        assert await asyncio.gather(*sent) == [{}] * 8
    async with bundles.fetching("sha256") as way:
        await way.open(near / "back", str(far))
        got = [
            way.carry([f"b{n}/{name}" for name in batch], "", nothing)
            for n, batch in enumerate(batches)
        ]
        assert await asyncio.gather(*got) == [{}] * 8
    for n, batch in enumerate(batches):
        for name in batch:
            assert (near / "back" / f"b{n}" / name).read_bytes() == (near / name).read_bytes()
    scripts = [entry for entry in TRACE.entries if entry.what.startswith("sh ")]
    assert [entry.outcome for entry in scripts] == ["ok", "ok"]


async def test_without_keep_times_are_of_now(bundles: TarBundles, near: Path, far: Path) -> None:
    names = make(near, [(b"a", [])], b"x")
    async with bundles.sending("sha256", keep=False) as way:
        await way.open(near, str(far))
        await way.carry(names, "", nothing)
    async with bundles.fetching("sha256", keep=False) as way:
        await way.open(near / "back", str(far))
        await way.carry(names, "", nothing)
    for place in (far, near / "back"):
        assert (place / names[0]).stat().st_mtime > 1_500_000_000


async def test_a_file_spoilt_over_there_is_told(
    bundles: TarBundles, near: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = make(near, [(b"a", []), (b"b", [])], b"xy")
    spoil = "cat >/dev/null; test -f 0/a && echo more >> 0/a );"
    script = tar_bundles._SEND.replace("cat >/dev/null );", spoil, 1)
    assert script != tar_bundles._SEND
    with monkeypatch.context() as patch:
        patch.setattr(tar_bundles, "_SEND", script)
        async with bundles.sending("sha256") as way:
            await way.open(near, str(far))
            failed = await way.carry(names, "", nothing)
            assert list(failed) == [names[0]]
            assert isinstance(failed[names[0]], HashMismatch)
            assert "sha256 here is" in failed[names[0]].message
            assert await way.carry(names[1:], "", nothing) == {}


async def test_a_file_in_the_way_or_missing_costs_itself_only(
    bundles: TarBundles, near: Path, far: Path
) -> None:
    names = make(near, [(b"a", []), (b"b", [])], b"xy")
    (far / "0" / "a").mkdir(parents=True)
    (far / "0" / "a" / "full").touch()
    async with bundles.sending("sha256") as way:
        await way.open(near, str(far))
        failed = await way.carry(names, "", nothing)
        assert {path: error.message for path, error in failed.items()} == {
            "0/a": "'0/a' was not taken there: Cannot open: File exists"
        }
    async with bundles.fetching("sha256") as way:
        await way.open(near / "b", str(far))
        failed = await way.carry(["missing", names[1]], "", nothing)
        assert {path: error.message for path, error in failed.items()} == {
            "missing": "'missing' was not sent: Cannot stat: No such file or directory"
        }
    assert (near / "b" / names[1]).read_bytes() == b"y"
    (far / "full").write_text("in the way")
    with pytest.raises(FileTrouble, match="takes no files"):
        async with bundles.sending("sha256") as way:
            await way.open(near, f"{far}/full")


async def test_a_script_that_dies_is_told_to_all_who_wait(
    bundles: TarBundles, near: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = make(near, [(b"a", [])], b"x")
    dies = 'echo it is late >&2; exit 3; head -c "$list"'
    script = tar_bundles._SEND.replace('head -c "$list"', dies)
    monkeypatch.setattr(tar_bundles, "_SEND", script)
    async with bundles.sending("sha256") as way:
        await way.open(near, str(far))
        for _ in range(2):
            with pytest.raises(FileTrouble, match="it is late"):
                await way.carry(names, "", nothing)
