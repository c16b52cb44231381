"""Who is at the other end: no key is trusted unseen, and a changed one is refused."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import asyncssh
import pytest

from podtui.errors import (
    Cancelled,
    ConfigError,
    FileTrouble,
    HostKeyChanged,
    HostKeyUnknown,
)
from podtui.paths import Paths

from .conftest import Door, LinkTo, Person, serve


@pytest.fixture
def known(paths: Paths) -> Path:
    return paths.ssh / "known_hosts"


def line(names: str, key: asyncssh.SSHKey) -> str:
    return f"{names} {key.export_public_key('openssh').decode().strip()}\n"


async def test_an_unknown_key_is_shown_and_written_down_before_we_say_who_we_are(
    link_to: LinkTo, person: Person, door: Door, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = person.trust_host

    async def nothing_sent_yet(*about: str) -> bool:
        assert door.begun == []
        return await trust(*about)

    monkeypatch.setattr(person, "trust_host", nothing_sent_yet)
    known.write_text("# mine\nother ssh-ed25519 nonsense")  # no newline at the end
    async with serve(door) as served:
        link = link_to(port=served.port, host_keys="ask")
        await link.connect()
        name = f"[127.0.0.1]:{served.port}"
        assert person.shown == [(name, "ssh-ed25519", served.host_key.get_fingerprint())]
        assert known.read_text() == "# mine\nother ssh-ed25519 nonsense\n" + line(
            name, served.host_key.convert_to_public()
        )
        await link.close()
        await link.connect()
    assert (len(person.shown), door.logins) == (1, 2)


async def test_a_new_known_hosts_file_is_private(
    link_to: LinkTo, door: Door, tmp_path: Path
) -> None:
    own = tmp_path / "new" / "hosts"
    async with serve(door) as served:
        await link_to(port=served.port, known_hosts=own).connect()
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert own.read_text().count("\n") == 1


async def test_a_key_that_is_not_trusted_ends_it_before_we_say_who_we_are(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    person.trusts = False
    async with serve(door) as served:
        with pytest.raises(Cancelled):
            await link_to(port=served.port, host_keys="ask").connect()
    assert door.begun == []
    assert not known.exists()


async def test_strict_refuses_an_unknown_key_and_tells_it(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        with pytest.raises(HostKeyUnknown) as told:
            await link_to(port=served.port, host_keys="strict").connect()
        assert served.host_key.get_fingerprint() in told.value.message
        assert str(known) in told.value.hint
    assert (door.begun, person.shown, known.exists()) == ([], [], False)


async def test_accept_new_takes_a_first_key_without_a_question(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        await link_to(port=served.port, host_keys="accept-new").connect()
        assert line(f"[127.0.0.1]:{served.port}", served.host_key) == known.read_text()
    assert person.shown == []


async def test_a_word_that_is_no_policy_is_refused(link_to: LinkTo) -> None:
    with pytest.raises(ConfigError, match="host_keys"):
        await link_to(port=1, host_keys="yes").connect()


@pytest.mark.parametrize("policy", ["ask", "accept-new", "strict"])
async def test_a_changed_key_is_refused_and_the_hint_is_what_cures_it(
    link_to: LinkTo, person: Person, door: Door, known: Path, policy: str
) -> None:
    old = asyncssh.generate_private_key("ssh-ed25519")
    async with serve(door) as served:
        name = f"[127.0.0.1]:{served.port}"
        known.write_text("# first\n" + line(name, old))
        link = link_to(port=served.port, host_keys=policy)
        with pytest.raises(HostKeyChanged) as told:
            await link.connect()
        for part in (
            old.get_fingerprint(),
            served.host_key.get_fingerprint(),
            f"{known}, line 2",
        ):
            assert part in told.value.message
        assert (door.begun, person.shown) == ([], [])
        command = told.value.hint.partition(": ")[2]
        subprocess.run(["sh", "-c", command], check=True, capture_output=True)
        assert known.read_text() == "# first\n"


async def test_a_host_with_another_kind_of_key_too_shows_the_known_one(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with serve(door, asyncssh.generate_private_key("ssh-ed25519"), rsa) as served:
        known.write_text(line(f"[127.0.0.1]:{served.port}", rsa))
        await link_to(port=served.port, host_keys="strict").connect()
    assert door.logins == 1


async def test_a_host_that_shows_only_a_kind_not_known_of_it_is_refused(
    link_to: LinkTo, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        known.write_text(line(f"[127.0.0.1]:{served.port}", rsa))
        with pytest.raises(HostKeyChanged, match="ssh-rsa"):
            await link_to(port=served.port, host_keys="accept-new").connect()


async def test_hashed_names_are_found(link_to: LinkTo, door: Door, known: Path) -> None:
    async with serve(door) as served:
        known.write_text(line(f"[127.0.0.1]:{served.port}", served.host_key))
        subprocess.run(["ssh-keygen", "-H", "-f", known], check=True, capture_output=True)
        assert known.read_text().startswith("|1|")
        await link_to(port=served.port, host_keys="strict").connect()
    assert door.logins == 1


async def test_a_key_known_for_the_name_alone_counts_for_another_port(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        known.write_text(line("127.0.0.1", served.host_key))
        await link_to(port=served.port, host_keys="strict").connect()
        other = asyncssh.generate_private_key("ssh-ed25519")
        known.write_text(line("127.0.0.1", other))  # another server's: unknown, not changed
        await link_to(port=served.port, host_keys="ask").connect()
    assert len(person.shown) == 1


async def test_a_broken_line_does_not_hide_the_others(
    link_to: LinkTo, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        known.write_bytes(
            b"alone\n@strange x y\n|1|bad ssh-ed25519 AAAA\n\xff\xfe\n"
            + line(f"[127.0.0.1]:{served.port}", served.host_key).encode()
        )
        await link_to(port=served.port, host_keys="strict").connect()
    assert door.logins == 1


async def test_a_revoked_key_is_refused_even_as_a_first_use(
    link_to: LinkTo, person: Person, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        known.write_text("@revoked " + line("*", served.host_key))
        with pytest.raises(HostKeyChanged, match="revoked"):
            await link_to(port=served.port, host_keys="accept-new").connect()
    assert (door.begun, person.shown) == ([], [])


async def test_a_certificate_of_a_known_authority_is_trusted(
    link_to: LinkTo, door: Door, known: Path
) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    key = asyncssh.generate_private_key("ssh-ed25519")
    signed = authority.generate_host_certificate(key, "pod", principals=["127.0.0.1"])
    known.write_text("@cert-authority " + line("127.0.0.*", authority))
    async with serve(door, (key, signed)) as served:  # type: ignore[arg-type]
        await link_to(port=served.port, host_keys="strict").connect()
    assert door.logins == 1


async def test_a_key_that_changes_while_the_person_looks_is_refused(
    link_to: LinkTo, person: Person, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = person.trust_host
    async with serve(door) as served:

        async def meanwhile(*about: str) -> bool:
            served.listener.update(server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")])
            return await trust(*about)

        monkeypatch.setattr(person, "trust_host", meanwhile)
        with pytest.raises(HostKeyChanged, match="another key"):
            await link_to(port=served.port, host_keys="ask").connect()
    assert door.begun == []


async def test_host_key_alias_is_the_name_that_is_looked_up_and_written(
    link_to: LinkTo, paths: Paths, door: Door, known: Path
) -> None:
    async with serve(door) as served:
        (paths.ssh / "config").write_text(
            f"Host login\n HostName 127.0.0.1\n Port {served.port}\n HostKeyAlias pod-login\n"
        )
        await link_to("login", host_keys="accept-new").connect()
        assert known.read_text() == line("pod-login", served.host_key)
        await link_to("login", host_keys="strict").connect()


async def test_a_key_that_cannot_be_written_down_is_not_trusted(
    link_to: LinkTo, door: Door, tmp_path: Path
) -> None:
    async with serve(door) as served:
        with pytest.raises(FileTrouble, match=r"could not be written|cannot be read"):
            await link_to(port=served.port, known_hosts=tmp_path).connect()
    assert door.begun == []
