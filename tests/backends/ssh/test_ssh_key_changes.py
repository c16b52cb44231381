"""Changes to key pairs of this machine, the agent, and known_hosts files."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from podtui.backends.ssh.agent import add_to_agent, remove_from_agent
from podtui.backends.ssh.hostkeys import HostKeys, changed
from podtui.backends.ssh.identities import Keyring
from podtui.backends.ssh.key_changes import (
    change_comment,
    change_passphrase,
    close_to_others,
    delete_pair,
    open_key,
    rename_pair,
)
from podtui.backends.ssh.keyfile import read_key_file
from podtui.backends.ssh.known_hosts_file import forget, read_known_hosts
from podtui.backends.ssh.local_keys import generate_key, list_local_keys
from podtui.errors import (
    AlreadyThere,
    FileTrouble,
    InputError,
    LoginRequired,
    NotFound,
    NotOffered,
)
from podtui.paths import Paths

from .conftest import Person

_YEAR = 365 * 24 * 3600


def keygen(path: Path, *words: str) -> str:
    done = subprocess.run(
        ["ssh-keygen", *words, "-f", path], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_a_passphrase_is_changed_whatever_wrote_the_key(
    paths: Paths, form: str, kind: str
) -> None:
    path = paths.ssh / "key"
    keygen(path, "-q", "-t", kind, "-N", "before", "-m", form, "-C", "ann")
    before = keygen(path.with_suffix(".pub"), "-l")
    with pytest.raises((LoginRequired, FileTrouble)):
        await change_passphrase(path, "wrong", "after")
    with pytest.raises(LoginRequired):
        await change_passphrase(path, "", "after")
    await change_passphrase(path, "before", "after")
    assert keygen(path, "-y", "-P", "after").split()[1] in path.with_suffix(".pub").read_text()
    await change_passphrase(path, "after", "")
    assert keygen(path, "-l") == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_is_changed_keeps_its_age_and_a_link_stays_a_link(
    paths: Paths, tmp_path: Path
) -> None:
    real = tmp_path / "real"
    made = await generate_key(real, comment="old")
    for half in (real, real.with_name("real.pub")):
        os.utime(half, (_YEAR, _YEAR))
        (paths.ssh / half.name).symlink_to(half)
    link = paths.ssh / "real"
    await change_comment(link, "", "new one")
    await change_passphrase(link, "", "secret")
    assert link.is_symlink()
    [key] = await list_local_keys(paths)
    assert (key.public.comment, key.encrypted) == ("new one", True)
    assert key.public.same_as(made.public)
    assert key.made is not None
    assert key.made.timestamp() == _YEAR
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "real", "real.pub"]
    with pytest.raises(InputError):
        await change_comment(link, "secret", "a\nb")


async def test_permissions_that_ssh_refuses_are_told_and_mended(paths: Paths) -> None:
    made = await generate_key(paths.ssh / "key", comment="")
    assert made.exposed == ""
    made.path.chmod(0o604)
    [key] = await list_local_keys(paths)
    assert "mode 0604" in key.exposed
    await close_to_others(made.path)
    paths.ssh.chmod(0o770)
    [key] = await list_local_keys(paths)
    assert "write in its folder (mode 0770)" in key.exposed


async def test_a_pair_is_renamed_and_deleted_with_its_certificate(paths: Paths) -> None:
    old, new = paths.ssh / "old", paths.ssh / "new"
    await generate_key(old, comment="")
    (paths.ssh / "old-cert.pub").write_text("a certificate")
    (paths.ssh / "new.pub").write_text("in the way")
    with pytest.raises(AlreadyThere):
        await rename_pair(old, new)
    assert old.exists()
    (paths.ssh / "new.pub").unlink()
    await rename_pair(old, new)
    assert sorted(path.name for path in paths.ssh.iterdir()) == ["new", "new-cert.pub", "new.pub"]
    assert [path.name for path in await delete_pair(new)] == ["new", "new.pub", "new-cert.pub"]
    assert list(paths.ssh.iterdir()) == []
    with pytest.raises(NotFound):
        await delete_pair(new)


async def test_what_is_no_key_cannot_be_opened(paths: Paths) -> None:
    path = paths.ssh / "key"
    path.write_text(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    with pytest.raises(FileTrouble):
        await open_key(path)
    with pytest.raises(FileTrouble):
        await open_key(paths.ssh / "missing")


async def test_a_key_put_in_another_ones_place_is_read_anew(paths: Paths, person: Person) -> None:
    path = paths.ssh / "key"
    keyring = Keyring("pod", person)
    opened = []
    for _ in range(2):
        made = await generate_key(path, comment="")
        file = read_key_file(path)
        assert file is not None
        key = await keyring.unlock(file)
        assert key is not None
        opened.append(key.export_public_key("openssh").decode().split()[1] == made.public.data)
        await delete_pair(path)
    assert opened == [True, True]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent on this machine")
    at = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", at], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(at))
        yield
        process.terminate()


def _held() -> str:
    done = subprocess.run(["ssh-add", "-l"], check=False, capture_output=True, text=True)
    return done.stdout


async def test_the_agent_takes_and_gives_a_locked_key(paths: Paths, agent: None) -> None:
    key = await generate_key(paths.ssh / "key", comment="ann", passphrase="secret")
    with pytest.raises(LoginRequired):
        await add_to_agent(key.path, "wrong")
    await add_to_agent(key.path, "secret")
    assert f"{key.public.fingerprint} ann" in _held()
    await remove_from_agent(key.public)
    assert key.public.fingerprint not in _held()
    with pytest.raises(NotFound):
        await remove_from_agent(key.public)


async def test_the_agent_lets_a_key_go_when_its_time_is_up(paths: Paths, agent: None) -> None:
    key = await generate_key(paths.ssh / "key", comment="ann")
    await add_to_agent(key.path, seconds=4)
    assert key.public.fingerprint in _held()
    waited = 0
    while key.public.fingerprint in _held():  # each look takes its milliseconds
        waited += 1
        assert waited < 20_000


async def test_without_an_agent_that_is_said(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await generate_key(paths.ssh / "key", comment="")
    for value in ("", str(paths.home / "nothing")):
        monkeypatch.setenv("SSH_AUTH_SOCK", value)
        with pytest.raises(NotOffered):
            await add_to_agent(key.path)


async def test_a_known_host_is_forgotten_and_no_other_byte(paths: Paths) -> None:
    file = paths.ssh / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()
    content = f"# mine\r\n\nfarm {key}\n\xff broken\nlab,farm {key}\n@revoked x {key}".encode(
        "latin-1"
    )
    file.write_bytes(content)
    file.chmod(0o644)
    found = await read_known_hosts([file, file, paths.ssh / "missing"])
    assert [(host.line, host.names) for host in found] == [
        (3, ("farm",)),
        (5, ("lab", "farm")),
        (6, ("x",)),
    ]
    file.write_bytes(b"one more above\n" + content)
    await forget([found[1]])
    expected = content.replace(f"lab,farm {key}\n".encode(), b"")
    assert file.read_bytes() == b"one more above\n" + expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    with pytest.raises(NotFound):
        await forget([found[1]])


async def test_a_changed_host_key_tells_both_keys_and_where_the_old_one_stands(
    paths: Paths,
) -> None:
    old, new = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    hostkeys = HostKeys((paths.ssh / "known_hosts",))
    hostkeys.remember("farm", 2222, old)
    error = changed("[farm]:2222", hostkeys.find("farm", 2222), new)
    assert error.change is not None
    assert error.change.known == ("ssh-ed25519", old.get_fingerprint())
    assert error.change.shown == ("ssh-ed25519", new.get_fingerprint())
    assert (error.change.host, error.change.line) == ("[farm]:2222", 1)
    assert error.change.file == paths.ssh / "known_hosts"
