"""Every way to prove who we are."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from podtui.backends.base import Question
from podtui.errors import Cancelled, ConfigError, LoginRequired
from podtui.paths import Paths

from .conftest import Door, LinkTo, Person, Sshd, serve


@pytest.fixture
def locked_key(paths: Paths) -> Path:
    """A key of ssh-keygen's with the passphrase "tell nobody"."""
    path = paths.ssh / "locked"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "tell nobody", "-f", path], check=True
    )
    return path


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A running ssh-agent, empty."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent on this machine")
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it has bound its socket when it says so
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield socket
    process.terminate()
    process.wait()
    process.stdout.close()


def public(path: Path) -> asyncssh.SSHKey:
    return asyncssh.read_public_key(path.with_name(path.name + ".pub"))


async def test_a_key_file_of_the_cluster_logs_in_without_a_question(
    link_to: LinkTo, person: Person, sshd: Sshd
) -> None:
    link = link_to(port=sshd.port, user=sshd.user, identity_file=sshd.identity)
    assert (await link.run(["true"], timeout=20)).returncode == 0
    assert person.asked == []


async def test_a_default_key_file_logs_in(
    link_to: LinkTo, person: Person, client_key: asyncssh.SSHKey
) -> None:
    door = Door()
    door.keys = (client_key.convert_to_public(),)
    async with serve(door) as served:
        await link_to(port=served.port).connect()
    assert (door.logins, person.asked) == (1, [])


async def test_the_key_file_of_the_ssh_configuration_logs_in(
    link_to: LinkTo, person: Person, paths: Paths
) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    key.write_private_key(paths.ssh / "special", "pkcs1-pem")  # without a public half beside it
    (paths.ssh / "config").write_text("Host *\n IdentityFile ~/.ssh/special\n User eve\n")
    door = Door()
    door.keys = (key.convert_to_public(),)
    async with serve(door) as served:
        await link_to(port=served.port, user=None).connect()
    assert (door.begun, person.asked) == (["eve"], [])


async def test_a_passphrase_is_asked_again_when_wrong_and_never_after_a_cut(
    link_to: LinkTo, person: Person, locked_key: Path
) -> None:
    door = Door()
    door.keys = (public(locked_key),)
    person.answers = [["wrong"], ["tell nobody"]]
    async with serve(door) as served:
        link = link_to(port=served.port, identity_file=locked_key)
        await link.connect()
        assert [title for title, _ in person.asked] == [f"Passphrase of {locked_key}"] * 2
        assert "try 2 of 3" in person.asked[1][1][0].text
        assert all(question.secret for _, [question] in person.asked)
        await link.close()
        await link.connect()
        assert (door.logins, len(person.asked)) == (2, 2)


async def test_a_passphrase_is_not_asked_for_a_key_the_server_does_not_take(
    link_to: LinkTo, person: Person, locked_key: Path, client_key: asyncssh.SSHKey
) -> None:
    door = Door()
    door.keys = (client_key.convert_to_public(),)
    async with serve(door) as served:
        await link_to(port=served.port, identity_file=locked_key).connect()
    assert (door.logins, person.asked) == (1, [])


async def test_declining_a_passphrase_ends_the_login(
    link_to: LinkTo, person: Person, locked_key: Path
) -> None:
    door = Door()
    door.keys = (public(locked_key),)
    person.answers = [Cancelled("No.")]
    async with serve(door) as served:
        with pytest.raises(Cancelled):
            await link_to(port=served.port, identity_file=locked_key).connect()
    assert len(person.asked) == 1


async def test_the_agent_is_used_and_spares_the_passphrase(
    link_to: LinkTo, person: Person, locked_key: Path, agent: Path, tmp_path: Path
) -> None:
    helper = tmp_path / "askpass"
    helper.write_text("#!/bin/sh\necho tell nobody\n")
    helper.chmod(0o700)
    subprocess.run(
        ["ssh-add", "-q", locked_key],
        check=True,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force"},
    )
    door = Door()
    door.keys = (public(locked_key),)
    async with serve(door) as served:
        await link_to(port=served.port, identity_file=locked_key).connect()
        await link_to(port=served.port).connect()  # not named anywhere: offered by the agent
    assert (door.logins, person.asked) == (2, [])


async def test_an_agent_that_does_not_answer_is_no_obstacle(
    link_to: LinkTo, client_key: asyncssh.SSHKey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nobody"))
    door = Door()
    door.keys = (client_key.convert_to_public(),)
    async with serve(door) as served:
        await link_to(port=served.port).connect()
    assert door.logins == 1


async def test_a_certificate_beside_the_key_is_offered(
    link_to: LinkTo, paths: Paths, client_key: asyncssh.SSHKey
) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    signed = authority.generate_user_certificate(client_key, "ann's", principals=["ann"])
    signed.write_certificate(paths.ssh / "id_ed25519-cert.pub")
    trusted = asyncssh.import_authorized_keys(
        "cert-authority " + authority.export_public_key("openssh").decode()
    )
    async with serve(Door(), authorized_client_keys=trusted) as served:
        await link_to(port=served.port).connect()
        assert served.door.logins == 1


async def test_a_password_is_asked_three_times_at_most(link_to: LinkTo, person: Person) -> None:
    door = Door()
    door.password = "open"
    person.answers = [["wrong"], ["open"], ["1"], ["2"], ["3"]]
    async with serve(door) as served:
        await link_to(port=served.port).connect()
        assert [title for title, _ in person.asked] == [
            f"Password for ann@127.0.0.1:{served.port}"
        ] * 2
        with pytest.raises(LoginRequired, match="did not take the answers"):
            await link_to(port=served.port).connect()
    assert len(person.asked) == 5


async def test_the_servers_own_questions_are_shown_with_its_title_and_echo(
    link_to: LinkTo, person: Person
) -> None:
    door = Door()
    door.prompts = (("Token \x1b[2J:", True), ("PIN:", False))
    door.responses = ("123456", "0000")
    person.answers = [["123456", "0000"]]
    async with serve(door) as served:
        await link_to(port=served.port).connect()
    title, questions = person.asked[0]
    assert title == "Pod\nHave your token ready"
    assert questions == (Question("Token ␛[2J:", secret=False), Question("PIN:", secret=True))
    assert door.logins == 1


async def test_no_way_in_tells_what_to_check(link_to: LinkTo) -> None:
    door = Door()
    door.keys = (asyncssh.generate_private_key("ssh-ed25519").convert_to_public(),)
    async with serve(door) as served:
        with pytest.raises(LoginRequired) as told:
            await link_to(port=served.port).connect()
    assert "identity_file" in told.value.hint


async def test_an_identity_file_that_is_none_is_a_mistake_in_the_configuration(
    link_to: LinkTo, tmp_path: Path
) -> None:
    public = tmp_path / "id.pub"
    public.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me\n")
    wrong = {
        tmp_path / "missing": "No such file",
        Path(__file__): "holds no private key",
        public: "the public half",
        tmp_path: "Is a directory",
    }
    async with serve(Door()) as served:
        for path, why in wrong.items():
            with pytest.raises(ConfigError, match=why) as told:
                await link_to(port=served.port, identity_file=path).connect()
            assert f"identity_file {path}" in told.value.message


async def test_no_secret_reaches_a_log(
    link_to: LinkTo, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door()
    door.password = "open sesame"
    person.answers = [["wrong secret"], ["open sesame"]]
    asyncssh.set_debug_level(2)
    with caplog.at_level(logging.DEBUG):
        async with serve(door) as served:
            await link_to(port=served.port).connect()
    asyncssh.set_debug_level(1)
    assert "Trying password auth" in caplog.text
    assert "sesame" not in caplog.text
    assert "wrong secret" not in caplog.text
