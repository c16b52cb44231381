"""The key pairs of this machine."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import asyncssh
import pytest

from podtui.backends.ssh.local_keys import generate_key, list_local_keys
from podtui.errors import AlreadyThere, FileTrouble, InputError
from podtui.paths import Paths

KINDS = {"ed25519": "256", "ecdsa": "384", "rsa": "2048"}


def keygen(path: Path, *words: str) -> str:
    done = subprocess.run(
        ["ssh-keygen", *words, "-f", path], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("passphrase", ["", "tell nobody"])
@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
async def test_keys_of_ssh_keygen_are_listed_with_size_and_lock(
    paths: Paths, kind: str, passphrase: str, form: str
) -> None:
    path = paths.ssh / "mine"
    keygen(path, "-q", "-t", kind, "-b", KINDS[kind], "-N", passphrase, "-m", form, "-C", "ann")
    [key] = await list_local_keys(paths)
    assert (key.path, str(key.bits), key.encrypted) == (path, KINDS[kind], bool(passphrase))
    assert key.public.fingerprint in keygen(path.with_suffix(".pub"), "-l")
    assert (key.public.comment, key.in_agent) == ("ann", False)


async def test_what_is_no_key_pair_is_left_out(paths: Paths) -> None:
    (paths.ssh / "config").write_text("Host *\n")
    (paths.ssh / "known_hosts").write_text("x ssh-ed25519 AAAA\n")
    (paths.ssh / "lonely.pub").write_text("ssh-ed25519 AAAA\n")
    (paths.ssh / "broken").write_text(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    (paths.ssh / "folder").mkdir()
    assert await list_local_keys(paths, [paths.ssh / "missing"]) == ()


async def test_the_public_half_is_found_inside_and_beats_a_wrong_one_beside(paths: Paths) -> None:
    for name in ("alone", "other"):
        keygen(paths.ssh / name, "-q", "-t", "ed25519", "-N", "secret")
    expected = keygen(paths.ssh / "alone.pub", "-l").split()[1]
    (paths.ssh / "other.pub").replace(paths.ssh / "alone.pub")
    found = {key.path.name: key for key in await list_local_keys(paths)}
    assert found["alone"].public.fingerprint == expected
    assert set(found) == {"alone", "other"}


async def test_extra_files_come_first(paths: Paths, tmp_path: Path) -> None:
    for path in (paths.ssh / "a", tmp_path / "z"):
        await generate_key(path, comment="")
    found = await list_local_keys(paths, [tmp_path / "z", paths.ssh / "a"])
    assert [key.path.name for key in found] == ["z", "a"]


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa", "rsa"])
async def test_a_new_pair_is_private_and_openssh_reads_it(paths: Paths, algorithm: str) -> None:
    path = paths.home / "new" / "key"
    made = await generate_key(path, comment="ann@here", algorithm=algorithm)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_suffix(".pub").stat().st_mode) == 0o644
    told = keygen(path, "-l").split()
    assert (told[0], told[1], told[2]) == (str(made.bits), made.public.fingerprint, "ann@here")
    assert keygen(path, "-y").split()[:2] == [made.public.algorithm, made.public.data]
    assert not made.encrypted


async def test_a_passphrase_locks_the_new_key(paths: Paths) -> None:
    path = paths.ssh / "key"
    made = await generate_key(path, comment="", passphrase="tell nobody")
    assert made.encrypted
    with pytest.raises(asyncssh.KeyImportError):
        asyncssh.read_private_key(path)
    assert asyncssh.read_private_key(path, "tell nobody")
    [listed] = await list_local_keys(paths)
    assert listed == made


async def test_no_key_is_ever_replaced(paths: Paths) -> None:
    path = paths.ssh / "key"
    path.with_suffix(".pub").write_text("mine")
    with pytest.raises(AlreadyThere):
        await generate_key(path, comment="")
    assert not path.exists()
    path.with_suffix(".pub").unlink()
    path.symlink_to("nowhere")
    with pytest.raises(AlreadyThere):
        await generate_key(path, comment="")
    assert path.is_symlink()


async def test_what_cannot_be_made_is_refused(paths: Paths) -> None:
    with pytest.raises(InputError):
        await generate_key(paths.ssh / "key", comment="", algorithm="dsa")
    with pytest.raises(InputError):
        await generate_key(paths.ssh / "key", comment="a\nb")
    (paths.ssh / "file").touch()
    with pytest.raises(FileTrouble):
        await generate_key(paths.ssh / "file" / "key", comment="")


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent on this machine")
async def test_keys_the_agent_holds_are_marked(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        for name in ("in", "out"):
            await generate_key(paths.ssh / name, comment="")
        subprocess.run(["ssh-add", "-q", paths.ssh / "in"], check=True, capture_output=True)
        found = {key.path.name: key.in_agent for key in await list_local_keys(paths)}
        process.terminate()
    assert found == {"in": True, "out": False}
