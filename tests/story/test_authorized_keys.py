"""authorized_keys on a real OpenSSH server: one line more, one line less, nothing else."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from podtui.domain.key import LocalKey, PublicKey, parse_public_key
from podtui.errors import FileTrouble, LoginRequired, Refused
from podtui.services.session import Session

from .key_bed import Asked, Host, key_session, sshd_host

_OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5eCLwvCAcdnW1kzqCxgJj8E8xQ2cZmy7Fj1cXm0xUu bob"
_MIXED = (
    b"# mine, do not touch\r\n"
    b'from="10.0.0.0/8",command="echo \\"a b\\"" ' + _OTHER.encode() + b"\n"
    b"\n"
    b"not a key \xff\xfe at all\n"
    b"   \t\n"
    b"cert-authority " + _OTHER.encode() + b" the CA"
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with sshd_host(tmp_path, "lab") as host:
        yield host


@pytest.fixture
async def podtui(tmp_path: Path, host: Host) -> AsyncIterator[Session]:
    async with key_session(tmp_path, Asked(), host) as session:
        yield session


async def _let_in(podtui: Session, host: Host, before: bytes = b"") -> LocalKey:
    """Our key, on the host by another way than podtui's."""
    key = await podtui.keys.generate(podtui.paths.ssh / "id_ed25519", "me")
    host.file.parent.mkdir(mode=0o700)
    host.file.write_bytes(before + key.public.line.encode() + b"\n")
    host.file.chmod(0o600)
    return key


async def _second(podtui: Session) -> LocalKey:
    return await podtui.keys.generate(podtui.paths.ssh / "second", "second key")


async def test_a_key_more_and_a_key_less_leave_every_other_byte(
    podtui: Session, host: Host
) -> None:
    first = await _let_in(podtui, host)
    second = await _second(podtui)
    before = first.public.line.encode() + b"\n" + _MIXED
    host.file.write_bytes(before)
    told = await podtui.keys.on_cluster("lab")
    assert told == (first.public, parse_public_key(_OTHER))
    assert told[1].options == 'from="10.0.0.0/8",command="echo \\"a b\\""'
    await podtui.keys.add("lab", second.public)
    added = before + b"\n" + second.public.line.encode() + b"\n"
    assert host.file.read_bytes() == added
    assert stat.S_IMODE(host.file.stat().st_mode) == 0o600
    await podtui.keys.add("lab", second.public)  # once more is no line more
    assert host.file.read_bytes() == added
    await podtui.keys.remove("lab", second.public)
    assert host.file.read_bytes() == before + b"\n"
    await podtui.keys.remove("lab", parse_public_key(_OTHER))
    lines = before.split(b"\n")
    assert host.file.read_bytes() == b"\n".join(line for line in lines if b"from=" not in line) + (
        b"\n"
    ), "the line of that key goes with its options; the CA's line is another matter"
    assert not list(host.file.parent.glob("*.part"))


async def test_a_link_stays_a_link_and_its_target_is_changed(
    podtui: Session, host: Host, tmp_path: Path
) -> None:
    await _let_in(podtui, host)
    real = tmp_path / "elsewhere"
    host.file.rename(real)
    host.file.symlink_to(real)
    key = await _second(podtui)
    await podtui.keys.add("lab", key.public)
    assert host.file.is_symlink()
    assert key.public.line in real.read_text()
    assert list(real.parent.glob("elsewhere*")) == [real]


async def test_a_folder_others_can_write_is_closed_before_a_key_is_put_there(
    podtui: Session, host: Host
) -> None:
    await _let_in(podtui, host)
    await podtui.keys.on_cluster("lab")  # logged in
    host.file.unlink()
    host.file.parent.chmod(0o777)
    key = await _second(podtui)
    await podtui.keys.add("lab", key.public)
    assert stat.S_IMODE(host.file.parent.stat().st_mode) == 0o700
    assert host.file.read_text() == key.public.line + "\n"
    host.file.unlink()
    host.file.parent.rmdir()
    assert await podtui.keys.on_cluster("lab") == ()
    await podtui.keys.remove("lab", key.public)  # nothing there is nothing to take off
    assert not host.file.parent.exists()
    await podtui.keys.add("lab", key.public)
    assert stat.S_IMODE(host.file.parent.stat().st_mode) == 0o700


async def test_the_last_key_that_lets_us_in_stays_unless_that_is_wanted(
    podtui: Session, host: Host
) -> None:
    first = await _let_in(podtui, host, f"{_OTHER}\n".encode())
    second = await _second(podtui)
    with pytest.raises(Refused, match="the last of your keys on lab"):
        await podtui.keys.remove("lab", first.public)
    assert await podtui.keys.is_last("lab", first.public)
    await podtui.keys.add("lab", second.public)
    await podtui.keys.remove("lab", first.public)
    await podtui.keys.remove("lab", second.public, last_too=True)
    assert host.file.read_text() == f"{_OTHER}\n"


async def test_a_login_of_its_own_proves_a_key(podtui: Session, host: Host) -> None:
    first = await _let_in(podtui, host)
    second = await _second(podtui)
    assert (await podtui.keys.try_login("lab", first.path)).endswith(f"@127.0.0.1:{host.port}")
    with pytest.raises(LoginRequired, match="does not take second"):
        await podtui.keys.try_login("lab", second.path)
    await podtui.keys.add("lab", second.public)
    assert await podtui.keys.try_login("lab", second.path)


async def test_a_locked_key_is_proved_with_its_passphrase(host: Host, tmp_path: Path) -> None:
    person = Asked("tell nobody")
    async with key_session(tmp_path, person, host) as podtui:
        await _let_in(podtui, host)
        locked = await podtui.keys.generate(podtui.paths.ssh / "locked", "", "tell nobody")
        await podtui.keys.add("lab", locked.public)
        assert await podtui.keys.try_login("lab", locked.path, "tell nobody")
        assert person.titles == []
        assert await podtui.keys.try_login("lab", locked.path)
        assert person.titles == [f"Passphrase of {locked.path}"]


async def test_a_file_that_is_no_list_of_keys_is_left_alone(podtui: Session, host: Host) -> None:
    await _let_in(podtui, host)
    await podtui.keys.on_cluster("lab")
    key = await _second(podtui)
    big = b"# " + b"x" * (1 << 20)
    host.file.write_bytes(big)
    with pytest.raises(FileTrouble):
        await podtui.keys.add("lab", key.public)
    assert host.file.read_bytes() == big
    host.file.unlink()
    host.file.mkdir()
    with pytest.raises(FileTrouble):
        await podtui.keys.add("lab", key.public)


async def test_a_key_line_cannot_smuggle_another_line(podtui: Session, host: Host) -> None:
    await _let_in(podtui, host)
    before = host.file.read_bytes()
    evil = parse_public_key(_OTHER)
    evil = PublicKey(evil.algorithm, evil.data, 'x\ncommand="sh" ' + _OTHER)
    with pytest.raises(Exception, match="one public key line"):
        await podtui.keys.add("lab", evil)
    assert host.file.read_bytes() == before
