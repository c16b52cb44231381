"""Files that may not be written there, or not be read here: told by name, and the rest goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from podtui.domain.transfer import Direction, Rules, Transfer, Transport
from podtui.errors import FileTrouble, PodError, SourceChanged
from podtui.services.session import Session
from tests.story.pod import session
from tests.story.ssh_bed import ROOT, SLURM

UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD
USER = SLURM.users[0]
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups")
PATIENCE = 120  # seconds after which a command that hangs fails its test
WAYS = pytest.mark.parametrize("transport", [Transport.SFTP, Transport.TAR])

pytestmark = pytest.mark.skipif(bool(SLURM.why_not), reason=SLURM.why_not)


@pytest.fixture
def far() -> Iterator[Path]:
    """A folder of the ordinary user at the far side."""
    home = ROOT / "home" / USER
    folder = Path(tempfile.mkdtemp(prefix="permission-", dir=home))
    shutil.chown(folder, USER, USER)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def podtui(tmp_path: Path) -> AsyncIterator[Session]:
    async with session(SLURM.config(tmp_path)) as podtui:
        yield podtui


def move(way: Direction, here: Path, there: Path, transport: Transport) -> Transfer:
    rules = Rules(transport=transport)
    return Transfer(
        os.urandom(4).hex(), "slurm", way, str(here), str(there), exact=True, rules=rules
    )


def fill(folder: Path) -> dict[str, str]:
    files = {"a": "first", "closed/mine": "not for all", "d/last": "last"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return files


def content(folder: Path) -> dict[str, str]:
    found = filter(Path.is_file, folder.rglob("*"))
    return {str(path.relative_to(folder)): path.read_text() for path in found}


async def test_a_file_to_a_folder_of_another(podtui: Session, tmp_path: Path, far: Path) -> None:
    (tmp_path / "file").write_text("x")
    (far / "closed").mkdir()  # root's
    with pytest.raises(FileTrouble) as caught:
        await podtui.transfers.carry(
            move(UP, tmp_path / "file", far / "closed" / "file", Transport.AUTO)
        )
    assert caught.value.title == "No permission"
    assert f"does not allow that on {far}/closed/file" in caught.value.message
    assert list((far / "closed").iterdir()) == []


@WAYS
async def test_a_folder_to_a_folder_of_another(
    podtui: Session, tmp_path: Path, far: Path, transport: Transport
) -> None:
    fill(tmp_path / "set")
    (far / "closed").mkdir()
    with pytest.raises(FileTrouble) as caught:
        await podtui.transfers.carry(move(UP, tmp_path / "set", far / "closed" / "set", transport))
    assert caught.value.title == "No permission"
    assert list((far / "closed").iterdir()) == []


@WAYS
async def test_one_folder_there_is_closed_and_the_rest_arrives(
    podtui: Session, tmp_path: Path, far: Path, transport: Transport
) -> None:
    files = fill(tmp_path / "set")
    (far / "set" / "closed").mkdir(parents=True)
    shutil.chown(far / "set", USER, USER)
    errand = move(UP, tmp_path / "set", far / "set", transport)
    with pytest.raises(FileTrouble) as caught:
        await podtui.transfers.carry(errand)
    assert "closed/mine" in caught.value.message
    assert "All others are there." in caught.value.hint
    assert content(far / "set") == {name: files[name] for name in ("a", "d/last")}
    shutil.chown(far / "set" / "closed", USER, USER)
    done = await podtui.transfers.carry(errand)
    assert content(far / "set") == files
    assert done.resumed == len("firstlast")
    assert list(far.rglob("*.part*")) == []


@WAYS
async def test_a_file_there_that_may_not_be_read(
    podtui: Session, tmp_path: Path, far: Path, transport: Transport
) -> None:
    files = fill(far / "set")
    (far / "set" / "closed" / "mine").chmod(0o600)  # root's
    errand = move(DOWN, tmp_path / "got", far / "set", transport)
    with pytest.raises(PodError) as caught:
        await podtui.transfers.carry(errand)
    assert isinstance(caught.value, FileTrouble | SourceChanged)
    assert "closed/mine" in caught.value.message
    assert f"What is whole is kept in {tmp_path}/got.podtui.part" in caught.value.hint
    assert content(tmp_path / "got.podtui.part") == {n: files[n] for n in ("a", "d/last")}
    shutil.chown(far / "set" / "closed" / "mine", USER, USER)
    done = await podtui.transfers.carry(errand)
    assert content(tmp_path / "got") == files
    assert done.resumed == len("firstlast")


@pytest.fixture
def desk() -> Iterator[Path]:
    """A folder of the ordinary user on this machine, with what podtui needs to log in."""
    folder = Path(tempfile.mkdtemp(prefix="podtui-desk-"))
    try:
        key = folder / "key"
        key.write_bytes((ROOT / "sshd" / "id_ed25519").read_bytes())
        key.chmod(0o600)
        config = SLURM.config(folder)
        text = config.read_text().replace(f"{ROOT}/sshd/id_ed25519", str(key))
        config.write_text(text)
        config.chmod(0o600)
        fill(folder / "set")
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, USER, USER)
        yield folder
    finally:
        shutil.rmtree(folder)


def types(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """podtui's command line, as the ordinary user types it."""
    return subprocess.run(
        [*AS_USER, sys.executable, "-m", "podtui", "--config", str(desk / "config.toml"), *words],
        env={"PATH": os.environ["PATH"], "HOME": str(desk), "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        cwd=desk,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_file_here_that_may_not_be_read(desk: Path, far: Path) -> None:
    if types(desk, "--version").returncode:
        pytest.skip("an ordinary user cannot run this Python")
    files = fill(desk / "set")
    shutil.chown(desk / "set" / "closed" / "mine", "root", "root")
    (desk / "set" / "closed" / "mine").chmod(0o600)
    single = types(desk, "put", "set/closed/mine", str(far / "mine"))
    assert single.returncode == FileTrouble.exit_code
    assert f"{desk}/set/closed/mine" in single.stderr
    assert "Permission denied" in single.stderr
    assert list(far.iterdir()) == []
    for transport in ("sftp", "tar"):
        shutil.chown(desk / "set" / "closed" / "mine", "root", "root")
        put = ("put", "set", str(far / transport), "--transport", transport)
        done = types(desk, *put)
        assert done.returncode == FileTrouble.exit_code, done.stderr
        assert f"{desk}/set/closed/mine" in done.stderr
        assert "Permission denied" in done.stderr
        assert "What is whole is kept in" in done.stderr
        assert content(far / f"{transport}.podtui.part") == {n: files[n] for n in ("a", "d/last")}
        shutil.chown(desk / "set" / "closed" / "mine", USER, USER)
        again = types(desk, *put)
        assert again.returncode == 0, again.stderr
        assert content(far / transport) == files
