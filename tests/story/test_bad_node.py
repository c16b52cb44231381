"""Login nodes that cannot be, and hosts that are not who they were: told, and then mended."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.backends.ssh.local_keys import generate_key
from podtui.config.model import PodConfig, SshOptions
from podtui.domain.cluster import LinkState
from podtui.domain.key import PublicKey
from podtui.domain.node import NodeSpec, ProvisionPhase
from podtui.domain.staging import StagedPhase
from podtui.errors import (
    HostKeyChanged,
    HostKeyUnknown,
    InputError,
    LoginRequired,
    NotFound,
    PodError,
    Refused,
)
from podtui.services.session import Session
from tests.story.bad import (
    changed_session,
    check_done,
    check_told,
    end,
    polling,
    staged_request,
    started_again,
)
from tests.story.pod import Pod, client, running_pod, session


async def provision(podtui: Session, spec: NodeSpec) -> list[ProvisionPhase]:
    return [step.phase async for step in podtui.nodes.provision("pod", spec)]


async def test_a_key_before_there_is_a_volume(tmp_path: Path) -> None:
    key = (await generate_key(tmp_path / "key", comment="me", passphrase="")).public
    async with running_pod(tmp_path / "pod") as pod, session(pod.config) as podtui:
        await podtui.clusters.connect("pod")
        nodes = podtui.clusters.link("pod").backend.nodes
        with pytest.raises(Refused) as caught:
            await podtui.keys.add("pod", key)
        check_told(caught.value, "No account yet", pod)
        await nodes.create_account()
        with pytest.raises(Refused) as caught:
            await podtui.keys.add("pod", key)
        check_told(caught.value, "No volume yet", pod)
        assert await podtui.keys.on_cluster("pod") == ()
        await nodes.create_volume(1)
        await podtui.keys.add("pod", key)
        assert await podtui.keys.on_cluster("pod") == (key,)


async def test_keys_that_are_none(pod: Pod) -> None:
    async with session(pod.config) as podtui:
        before = await podtui.keys.on_cluster("pod")
        for data in ("AAAA", "no base64!", ""):
            with pytest.raises(InputError) as caught:
                await podtui.keys.add("pod", PublicKey("ssh-ed25519", data, "x\x1b[31m"))
            check_told(caught.value, "Not a key", pod)
        assert await podtui.keys.on_cluster("pod") == before


async def test_an_image_too_big_for_the_flavor(tmp_path: Path) -> None:
    wish = NodeSpec(image="MT1 Login Node (large)", flavor="pod.free")
    async with running_pod(tmp_path / "pod") as pod, session(pod.config) as podtui:
        with pytest.raises(Refused) as caught:
            await provision(podtui, wish)
        check_told(caught.value, "Image too big", pod)
        overview = await podtui.nodes.overview("pod")
        assert overview.nodes == ()
        (image,) = [i for i in overview.images if i.name == wish.image]
        (flavor,) = [f for f in overview.flavors if f.name == wish.flavor]
        assert overview.account is not None
        nodes = podtui.clusters.link("pod").backend.nodes
        with pytest.raises(Refused) as caught:  # what the controller itself says
            await nodes.create_node(overview.account, image, flavor)
        check_told(caught.value, "Image too big", pod)
        assert await podtui.nodes.nodes("pod") == ()
        steps = await provision(podtui, replace(wish, flavor="pod.small"))
        assert steps[-1] is ProvisionPhase.READY
        assert len(await podtui.nodes.nodes("pod")) == 1


@pytest.mark.parametrize(
    ("wish", "title"),
    [
        (NodeSpec(image="MT1 Login Node (retired)"), "Image not active"),
        (NodeSpec(image="no\x1b[31msuch"), "No such image"),
        (NodeSpec(flavor="pod.\nhuge"), "No such flavor"),
    ],
)
async def test_images_and_flavors_that_cannot_be_had(pod: Pod, wish: NodeSpec, title: str) -> None:
    async with session(pod.config) as podtui:
        with pytest.raises(InputError) as caught:
            await provision(podtui, wish)
        check_told(caught.value, title, pod)
        assert len(await podtui.nodes.nodes("pod")) == 1


async def test_a_node_that_goes_to_error(tmp_path: Path) -> None:
    async with running_pod(tmp_path / "pod") as pod, session(pod.config) as podtui:
        with pytest.raises(Refused) as caught:
            await provision(podtui, NodeSpec(image="MT1 Login Node (broken)"))
        check_told(caught.value, "Login node failed", pod)
        (node,) = await podtui.nodes.nodes("pod")
        assert node.failed
        assert node.id in caught.value.message
        with pytest.raises(NotFound) as missing:
            await podtui.files.folder("pod", "~")
        check_told(missing.value, "No login node", pod)
        await podtui.nodes.delete("pod", node.id)
        assert (await provision(podtui, NodeSpec()))[-1] is ProvisionPhase.READY
        assert await podtui.files.folder("pod", "~") == ()


async def test_a_node_nobody_knows(pod: Pod) -> None:
    async with session(pod.config) as podtui:
        with pytest.raises(NotFound) as caught:
            await podtui.nodes.delete("pod", "f" * 32)
        check_told(caught.value, "Not found", pod)
        (node,) = await podtui.nodes.nodes("pod")
        await podtui.nodes.delete("pod", node.id)


async def test_a_host_key_that_changed(pod: Pod, tmp_path: Path) -> None:
    config, _ = client(pod.config)
    cluster = config.clusters[0]
    assert isinstance(cluster, PodConfig)
    assert cluster.ssh.known_hosts is not None
    mine = Path(shutil.copy(cluster.ssh.known_hosts, tmp_path / "known hosts"))
    options = SshOptions(cluster.ssh.identity_file, mine, "accept-new")
    request = staged_request(tmp_path, "trusted", b"data" * 1000)
    async with changed_session(pod, ssh=options) as podtui, polling(podtui):
        await podtui.files.folder("pod", "~")
        await end(pod)
        (key,) = pod.state.glob("controllers/16/nodes/*/host_key")
        key.unlink()
        async with started_again(pod):
            with pytest.raises(HostKeyChanged) as caught:
                await podtui.files.folder("pod", "~")
            check_told(caught.value, "HOST KEY CHANGED", pod)
            assert "ssh-keygen" in caught.value.hint
            staged = await podtui.staging.submit(request)
            failed = await podtui.staging.finish(staged.token)
            assert (failed.phase, failed.title) == (StagedPhase.FAILED, "HOST KEY CHANGED")
            assert not (pod.home() / "trusted").exists()
            assert podtui.clusters.status("pod").link is LinkState.ONLINE

            command = shlex.split(caught.value.hint[caught.value.hint.index("ssh-keygen") :])
            subprocess.run(command, check=True, capture_output=True)
            assert [e.name for e in await podtui.files.folder("pod", "~")] == ["podsh_jobs"]
            await podtui.staging.retry(staged.token)
            await podtui.staging.finish(staged.token)
            await check_done(podtui, staged.token, pod, tmp_path, "trusted")


async def test_a_host_that_nobody_vouches_for(pod: Pod, tmp_path: Path) -> None:
    config, _ = client(pod.config)
    cluster = config.clusters[0]
    assert isinstance(cluster, PodConfig)
    assert cluster.ssh.known_hosts is not None
    empty = tmp_path / "known_hosts"
    options = SshOptions(cluster.ssh.identity_file, empty, "strict")
    async with changed_session(pod, ssh=options) as podtui:
        with pytest.raises(HostKeyUnknown) as caught:
            await podtui.files.folder("pod", "~")
        check_told(caught.value, "Unknown host key", pod)
        assert not empty.exists()
        shutil.copy(cluster.ssh.known_hosts, empty)
        assert await podtui.files.folder("pod", "~") == ()


async def test_an_ssh_key_the_node_does_not_know(pod: Pod, tmp_path: Path) -> None:
    config, _ = client(pod.config)
    cluster = config.clusters[0]
    assert isinstance(cluster, PodConfig)
    other = await generate_key(tmp_path / "other", comment="", passphrase="")
    options = replace(cluster.ssh, identity_file=other.path)
    async with changed_session(pod, ssh=options) as podtui, polling(podtui):
        await podtui.clusters.connect("pod")
        with pytest.raises(LoginRequired) as caught:
            await podtui.files.folder("pod", "~")
        check_told(caught.value, "Login refused", pod)
        assert podtui.clusters.status("pod").link is LinkState.ONLINE  # jobs are asked for still
        await podtui.keys.add("pod", other.public)
        assert await podtui.files.folder("pod", "~") == ()
        assert isinstance(caught.value, PodError)
