"""A key replaced on two real OpenSSH servers, cut off anywhere and taken up again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.key_rotation import Act, Rotation
from podtui.errors import LoginRequired, PodError, Refused
from podtui.services.session import Session

from .key_bed import Asked, Host, key_session, sshd_host


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    with sshd_host(tmp_path, "lab") as lab, sshd_host(tmp_path, "farm") as farm:
        yield lab, farm


@pytest.fixture
async def podtui(tmp_path: Path, hosts: tuple[Host, Host]) -> AsyncIterator[Session]:
    async with key_session(tmp_path, Asked(), *hosts) as session:
        yield session


async def _installed(podtui: Session, *hosts: Host) -> LocalKey:
    key = await podtui.keys.generate(podtui.paths.ssh / "id_ed25519", "me@here")
    for host in hosts:
        host.file.parent.mkdir(mode=0o700)
        host.file.write_text(f"# first\n{key.public.line}\n")
    return key


def _on(host: Host, key: PublicKey | None) -> bool:
    return key is not None and key.data in host.file.read_text()


async def test_a_key_is_replaced_wherever_it_was(podtui: Session, hosts: tuple[Host, Host]) -> None:
    old = await _installed(podtui, *hosts)
    rotation = await podtui.rotations.begin(old)
    seen: list[Act] = []
    while (step := rotation.next_step) is not None:
        if step.act is Act.REMOVE:
            assert all(place.proved for place in rotation.places)
        seen.append(step.act)
        rotation = await podtui.rotations.advance(rotation)
        if Act.REMOVE not in seen:
            assert all(_on(host, old.public) for host in hosts), "not before all is proved"
    assert seen == [Act.MAKE, *[Act.INSTALL] * 2, *[Act.PROVE] * 2, *[Act.REMOVE] * 2, Act.SWAP]
    for host in hosts:
        assert _on(host, rotation.new)
        assert not _on(host, old.public)
        assert host.file.read_text().startswith("# first\n")
    by_path = {key.path.name: key.public for key in await podtui.keys.local()}
    assert by_path == {"id_ed25519": rotation.new, "id_ed25519_old": old.public}
    assert await podtui.rotations.under_way() == ()
    await podtui.clusters.disconnect("lab")
    assert await podtui.keys.on_cluster("lab") == (rotation.new,), "the new one logs in by itself"


async def test_it_is_taken_up_again_by_another_podtui_after_any_step(
    tmp_path: Path, hosts: tuple[Host, Host]
) -> None:
    async with key_session(tmp_path, Asked(), *hosts) as podtui:
        old = await _installed(podtui, *hosts)
        rotation = await podtui.rotations.begin(old)
    while rotation.next_step is not None:
        async with key_session(tmp_path, Asked(), *hosts) as podtui:
            (kept,) = await podtui.rotations.under_way()
            assert kept == rotation
            after = await podtui.rotations.advance(kept)
            # the step done twice, as by a podtui that died before it wrote down what it did
            rotation = await podtui.rotations.advance(kept) if kept.next_step else after
            assert rotation == after
    async with key_session(tmp_path, Asked(), *hosts) as podtui:
        for name in ("lab", "farm"):
            assert await podtui.keys.on_cluster(name) == (rotation.new,)


async def test_the_old_key_stays_where_the_new_one_does_not_log_in(
    podtui: Session, hosts: tuple[Host, Host]
) -> None:
    lab, farm = hosts
    old = await _installed(podtui, lab, farm)
    rotation = await podtui.rotations.begin(old)
    for _ in range(3):  # made, and put on twice
        rotation = await podtui.rotations.advance(rotation)
    farm.file.write_text(f"{old.public.line}\n")  # somebody takes it off again
    rotation = await podtui.rotations.advance(rotation)  # proved on lab
    with pytest.raises(LoginRequired, match="does not take"):
        await podtui.rotations.advance(rotation)
    assert _on(lab, old.public)
    assert _on(farm, old.public)
    rotation = await podtui.rotations.leave_out(rotation, "farm")
    while rotation.next_step is not None:
        rotation = await podtui.rotations.advance(rotation)
    assert not _on(lab, old.public)
    assert _on(farm, old.public)
    assert rotation.old_still_needed
    assert (podtui.paths.ssh / "id_ed25519_old").exists()


async def test_a_new_key_that_vanished_after_its_proof_keeps_the_old_one(
    podtui: Session, hosts: tuple[Host, Host]
) -> None:
    lab, _ = hosts
    old = await _installed(podtui, lab)
    rotation = await podtui.rotations.begin(old)
    rotation = await _until(podtui, rotation, Act.REMOVE)
    lab.file.write_text(f"{old.public.line}\n")
    with pytest.raises(Refused, match="no more"):
        await podtui.rotations.advance(rotation)
    assert _on(lab, old.public)
    (again,) = await podtui.rotations.under_way()
    assert again.next_step is not None
    assert again.next_step.act is Act.INSTALL


async def test_it_can_be_given_up_until_the_old_key_is_off_somewhere(
    podtui: Session, hosts: tuple[Host, Host]
) -> None:
    old = await _installed(podtui, *hosts)
    rotation = await _until(podtui, await podtui.rotations.begin(old), Act.REMOVE)
    await podtui.rotations.give_up(rotation)
    for host in hosts:
        assert host.file.read_text() == f"# first\n{old.public.line}\n"
    assert [key.public for key in await podtui.keys.local()] == [old.public]
    assert await podtui.rotations.under_way() == ()
    rotation = await _until(podtui, await podtui.rotations.begin(old), Act.REMOVE)
    rotation = await podtui.rotations.advance(rotation)
    with pytest.raises(Refused, match="off already"):
        await podtui.rotations.give_up(rotation)


async def test_a_cluster_that_cannot_be_asked_is_named(
    tmp_path: Path, hosts: tuple[Host, Host]
) -> None:
    lab, farm = hosts
    async with key_session(tmp_path, Asked(), lab, farm) as podtui:
        old = await _installed(podtui, lab)
        rotation = await podtui.rotations.begin(old)  # farm lets nobody in
        assert [place.cluster for place in rotation.places] == ["lab"]
        assert rotation.unseen == ("farm",)


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent on this machine")
async def test_an_agent_gives_the_old_key_back(
    podtui: Session, hosts: tuple[Host, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await _installed(podtui, *hosts)
    at = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", at], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(at))
        await podtui.key_pairs.lend(old)
        rotation = await podtui.rotations.begin(old)
        while rotation.next_step is not None:
            rotation = await podtui.rotations.advance(rotation)
        held = subprocess.run(
            ["ssh-add", "-l"], check=False, capture_output=True, text=True, env=dict(os.environ)
        )
        process.terminate()
    assert "no identities" in held.stdout


async def _until(podtui: Session, rotation: Rotation, act: Act) -> Rotation:
    while rotation.next_step is not None and rotation.next_step.act is not act:
        rotation = await podtui.rotations.advance(rotation)
    return rotation


async def test_a_rotation_nobody_can_read_is_told(podtui: Session) -> None:
    folder = podtui.paths.state / "rotations"
    folder.mkdir()
    (folder / "x.json").write_text("{}")
    with pytest.raises(PodError, match="does not hold a rotation"):
        await podtui.rotations.under_way()
