"""Login nodes: what exists is reused, what fails is told, what is lost is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.config.model import Config
from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.node import (
    Account,
    Flavor,
    Image,
    LoginNode,
    NodeSpec,
    ProvisionPhase,
    ProvisionStep,
    Volume,
)
from podtui.errors import (
    AlreadyThere,
    HostKeyChanged,
    InputError,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)
from podtui.paths import Paths
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend, config
from tests.story.pod import NobodyToAsk

SMALL = Flavor("1", "pod.free", memory=256, disk=5, vcpu=1)
LARGE = Flavor("2", "pod.large", memory=4096, disk=50, vcpu=4)
PLAIN = Image("i1", "CentOS 6", active=True, min_disk=5, min_ram=256)
BIG = Image("i2", "CUDA", active=True, min_disk=40, min_ram=1024)
OLD = Image("i3", "CentOS 5", active=False, min_disk=1, min_ram=64)


class FakeController(FakeBackend):
    """A controller that remembers what was made, and fails on order."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []
        self.there: dict[str, object] = {}
        self.instances: list[LoginNode] = []
        self.on: list[PublicKey] = []
        self.boot = ["BUILD", "ACTIVE"]
        self.lose: set[str] = set()
        self.raced: set[str] = set()
        self.ssh_errors: list[PodError] = []

    @property
    def nodes(self) -> FakeController:
        return self

    @property
    def keys(self) -> FakeKeys:
        return FakeKeys(self)

    def _make(self, what: str, value: object) -> None:
        self.made.append(what)
        self.there[what] = value
        if what in self.raced:
            raise AlreadyThere("another podtui was faster")
        if what in self.lose:
            self.lose.discard(what)
            raise OutcomeUnknown("lost")

    async def account(self) -> Account | None:
        return self.there.get("account")  # type: ignore[return-value]

    async def create_account(self) -> Account:
        account = Account("u1", "penguin")
        self._make("account", account)
        return account

    async def volume(self) -> Volume | None:
        return self.there.get("volume")  # type: ignore[return-value]

    async def create_volume(self, size_gb: int) -> Volume:
        volume = Volume("v1", size_gb)
        self._make("volume", volume)
        return volume

    async def images(self) -> tuple[Image, ...]:
        return (BIG, PLAIN, OLD)

    async def flavors(self) -> tuple[Flavor, ...]:
        return (LARGE, SMALL)

    async def list_nodes(self) -> tuple[LoginNode, ...]:
        for index, node in enumerate(self.instances):
            if node.status == "BUILD" and self.boot:
                status = self.boot.pop(0)
                address = "127.0.0.1" if status == "ACTIVE" else ""
                self.instances[index] = replace(node, status=status, public_ip=address)
        return tuple(self.instances)

    async def create_node(self, account: Account, image: Image, flavor: Flavor) -> LoginNode:
        node = LoginNode(f"n{len(self.instances)}", "BUILD", image.id, flavor.id)
        self.instances.append(node)
        self._make("node", node)
        return node

    async def delete_node(self, node_id: str) -> None:
        self.instances = [node for node in self.instances if node.id != node_id]
        self._make("deleted", node_id)

    async def open_shell_link(self) -> None:
        if self.ssh_errors:
            raise self.ssh_errors.pop(0)


class NodesOf:
    """The controller as Nodes: `nodes()` is a call there."""

    def __init__(self, controller: FakeController) -> None:
        self._controller = controller

    def __getattr__(self, name: str) -> object:
        return getattr(self._controller, "list_nodes" if name == "nodes" else name)


class FakeKeys:
    by_login = False

    def __init__(self, controller: FakeController) -> None:
        self._controller = controller

    async def public_keys(self) -> tuple[PublicKey, ...]:
        return tuple(self._controller.on)

    async def add_key(self, key: PublicKey) -> None:
        self._controller.on.append(key)
        self._controller._make("key", key)

    async def remove_key(self, key: PublicKey) -> None:
        self._controller.on = [there for there in self._controller.on if not there.same_as(key)]
        self._controller._make("key gone", key)


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> FakeController:
    monkeypatch.setattr("podtui.services.nodes._LOOK_EVERY", 0.0)
    monkeypatch.setattr(FakeController, "nodes", property(NodesOf))
    return FakeController()


@pytest.fixture
def session(paths: Paths, controller: FakeController, tmp_path: Path) -> Session:
    from podtui.config.model import SshOptions

    ssh = SshOptions(identity_file=tmp_path / "id_ed25519")
    return Session(
        Config(clusters=(replace(config(), ssh=ssh),)),
        paths,
        NobodyToAsk(),
        opener=lambda _: controller,  # type: ignore[arg-type,return-value]
    )


async def provision(session: Session, spec: NodeSpec | None = None) -> list[ProvisionStep]:
    return [step async for step in session.nodes.provision("pod", spec or NodeSpec())]


async def test_from_nothing_each_thing_is_made_once(
    session: Session, controller: FakeController
) -> None:
    steps = await provision(session)
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == list(ProvisionPhase)
    assert controller.made == ["account", "volume", "key", "node"]
    assert steps[3].detail == "CentOS 6 on pod.free"
    assert steps[-1].node is not None
    assert steps[-1].node.active

    again = await provision(session)
    assert controller.made == ["account", "volume", "key", "node"]
    assert not any(step.made for step in again)


@pytest.mark.parametrize("what", ["account", "volume", "key", "node"])
async def test_a_lost_answer_is_looked_up(
    session: Session, controller: FakeController, what: str
) -> None:
    controller.lose = {what}
    await provision(session)
    assert controller.made == ["account", "volume", "key", "node"]


@pytest.mark.parametrize("what", ["account", "volume"])
async def test_what_another_podtui_made_meanwhile_is_used(
    session: Session, controller: FakeController, what: str
) -> None:
    controller.raced = {what}
    steps = await provision(session)
    assert steps[-1].phase is ProvisionPhase.READY
    assert [step.made for step in steps if step.phase.value == what] == [False]


async def test_another_size_is_another_node(session: Session, controller: FakeController) -> None:
    await provision(session)
    controller.boot = ["ACTIVE"]
    await provision(session, NodeSpec(image="CUDA", flavor="pod.large"))
    assert [(n.image_id, n.flavor_id) for n in controller.instances] == [("i1", "1"), ("i2", "2")]


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        (NodeSpec(image="CUDA", flavor="pod.free"), Refused, "needs 1024 MB"),
        (NodeSpec(image="Windows"), InputError, "no image 'Windows'"),
        (NodeSpec(flavor="huge"), InputError, "no flavor 'huge'"),
        (NodeSpec(image="CentOS 5"), InputError, "not active"),
    ],
)
async def test_a_wish_that_cannot_be(
    session: Session,
    controller: FakeController,
    spec: NodeSpec,
    error: type[PodError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        await provision(session, spec)
    assert "node" not in controller.made


async def test_a_node_that_goes_to_error_is_told(
    session: Session, controller: FakeController
) -> None:
    controller.boot = ["BUILD", "ERROR"]
    with pytest.raises(Refused) as caught:
        await provision(session)
    assert caught.value.title == "Login node failed"


async def test_ssh_that_comes_late_is_waited_for(
    session: Session, controller: FakeController
) -> None:
    controller.ssh_errors = [Unreachable("refused"), Unreachable("refused")]
    assert (await provision(session))[-1].phase is ProvisionPhase.READY


async def test_a_changed_host_key_is_not_waited_out(
    session: Session, controller: FakeController
) -> None:
    controller.ssh_errors = [HostKeyChanged("another key")]
    with pytest.raises(HostKeyChanged):
        await provision(session)


async def test_a_lost_delete_is_looked_up(session: Session, controller: FakeController) -> None:
    await provision(session)
    controller.lose = {"deleted"}
    await session.nodes.delete("pod", "n0")
    assert controller.instances == []


@pytest.mark.parametrize(
    "act", [lambda keys, key: keys.add("pod", key), lambda keys, key: keys.remove("pod", key)]
)
async def test_lost_answers_about_keys_are_looked_up(
    session: Session, controller: FakeController, act: Callable[..., object]
) -> None:
    key = parse_public_key(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFm5f6sVqcJVtVmXQMEQq9DPrLvfYJWBMgEsCyCdGGhh me"
    )
    controller.lose = {"key", "key gone"}
    await act(session.keys, key)  # type: ignore[misc]
