"""Login nodes: from nothing to one that answers, reusing what is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from podtui.backends.base import Nodes
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
from podtui.domain.text import visible
from podtui.errors import (
    AlreadyThere,
    HostKeyChanged,
    HostKeyUnknown,
    InputError,
    LoginRequired,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from podtui.services.clusters import ClusterService
from podtui.services.keys import KeyService

_T = TypeVar("_T")
_P = ProvisionPhase
_DEFAULT_VOLUME_GB = 50  # the guide's own example
_LOOK_EVERY = 1.0  # seconds between looks at a booting node
_SSH_TRIES = 60


@dataclass(frozen=True, slots=True)
class NodeOverview:
    """Everything a person has and can have on one controller."""

    account: Account | None
    volume: Volume | None
    images: tuple[Image, ...]
    flavors: tuple[Flavor, ...]
    nodes: tuple[LoginNode, ...]


class NodeService:
    """Provisions and ends login nodes."""

    def __init__(
        self, clusters: ClusterService, keys: KeyService, refresh_jobs: Callable[[str], None]
    ) -> None:
        self._clusters = clusters
        self._keys = keys
        self._refresh_jobs = refresh_jobs

    async def overview(self, cluster: str) -> NodeOverview:
        """What is there now."""
        async with self._clusters.call(cluster) as backend:
            nodes = backend.nodes
            return NodeOverview(
                account=await nodes.account(),
                volume=await nodes.volume(),
                images=await nodes.images(),
                flavors=await nodes.flavors(),
                nodes=await nodes.nodes(),
            )

    async def nodes(self, cluster: str) -> tuple[LoginNode, ...]:
        """The login nodes, oldest first."""
        async with self._clusters.call(cluster) as backend:
            return await backend.nodes.nodes()

    async def delete(self, cluster: str, node_id: str) -> None:
        """End a login node; the volume stays."""
        async with self._clusters.call(cluster) as backend:
            try:
                await backend.nodes.delete_node(node_id)
            except OutcomeUnknown:
                left = [node.id for node in await backend.nodes.nodes() if node.status != "DELETED"]
                if node_id in left:
                    raise

    async def provision(self, cluster: str, spec: NodeSpec) -> AsyncIterator[ProvisionStep]:
        """Account → volume → key → size → instance → ACTIVE → SSH answers, telling each step.

        Cancelling stops the waiting and deletes nothing; called again it goes on where it stood,
        because what exists is reused. A node that fits `spec` is never made twice.
        """
        async with self._clusters.call(cluster) as backend:
            nodes = backend.nodes
            account, made = await _have(nodes.account, nodes.create_account)
            yield ProvisionStep(_P.ACCOUNT, account.system_name, made)
            size = spec.volume_gb or _DEFAULT_VOLUME_GB
            volume, made = await _have(nodes.volume, lambda: nodes.create_volume(size))
            yield ProvisionStep(_P.VOLUME, f"{volume.size_gb} GB", made)
            key, made = await self._keys.ensure(cluster)
            yield ProvisionStep(_P.KEY, key.fingerprint, made)
            image, flavor = await _choose(nodes, spec)
            yield ProvisionStep(_P.SIZE, f"{visible(image.name)} on {visible(flavor.name)}")
            wanted = _fitting(spec, image, flavor)
            node, made = await _have(
                lambda: _existing(nodes, wanted),
                lambda: nodes.create_node(account, image, flavor),
            )
            yield ProvisionStep(_P.INSTANCE, node.id, made, node)
            async for waiting in _boot(nodes, node):
                node = waiting
                yield ProvisionStep(_P.BOOT, node.status, node=node)
        where = f"{node.address}:{node.ssh_port}"
        yield ProvisionStep(_P.SSH, where, node=node)
        await self._answers(cluster)
        self._refresh_jobs(cluster)  # a first account has made job polls possible
        yield ProvisionStep(_P.READY, where, node=node)

    async def open_login(self, cluster: str) -> None:
        """Make sure that the newest login node that is up lets us in by SSH."""
        async with self._clusters.call(cluster) as backend:
            await backend.open_shell_link()

    async def _answers(self, cluster: str) -> None:
        """Wait until SSH lets us in: sshd and the pushed key may come a little after ACTIVE."""
        for last in (*[False] * (_SSH_TRIES - 1), True):
            try:
                await self.open_login(cluster)
            except (HostKeyChanged, HostKeyUnknown):
                raise
            except (Unreachable, LoginRequired):
                if last:
                    raise
                await asyncio.sleep(_LOOK_EVERY)
            else:
                return


async def _have(
    look: Callable[[], Coroutine[Any, Any, _T | None]],
    make: Callable[[], Coroutine[Any, Any, _T]],
) -> tuple[_T, bool]:
    """What is there, else a new one; after a lost answer it is looked for, not made again.

    What another podtui made in between is what is there.
    """
    there = await look()
    if there is not None:
        return there, False
    try:
        return await make(), True
    except (AlreadyThere, OutcomeUnknown) as error:
        there = await look()
        if there is None:
            raise
        return there, isinstance(error, OutcomeUnknown)


async def _choose(nodes: Nodes, spec: NodeSpec) -> tuple[Image, Flavor]:
    """The wished-for image and flavor by id or name; what is open, the smallest that fits."""
    images = [i for i in await nodes.images() if i.active or spec.image in (i.id, i.name)]
    flavors = list(await nodes.flavors())
    if spec.image:
        images = [i for i in images if spec.image in (i.id, i.name)]
    if spec.flavor:
        flavors = [f for f in flavors if spec.flavor in (f.id, f.name)]
    for found, wish, what in ((images, spec.image, "image"), (flavors, spec.flavor, "flavor")):
        if not found:
            raise InputError(
                f"There is no {what} {visible(wish, 80)!r} here."
                if wish
                else f"There is no {what} to choose.",
                title=f"No such {what}",
                hint="`podtui nodes --json` lists what there is.",
            )
    if not images[0].active:
        raise InputError(
            f"The image {visible(images[0].name, 80)} is not active.",
            title="Image not active",
            hint="Choose another: `podtui nodes --json` lists what there is.",
        )
    images.sort(key=lambda i: (i.min_disk, i.min_ram))
    flavors.sort(key=lambda f: (f.vcpu, f.memory, f.disk))
    for image in images:
        for flavor in flavors:
            if flavor.fits(image):
                return image, flavor
    raise Refused(
        f"{visible(images[0].name)} needs {images[0].min_ram} MB of memory and "
        f"{images[0].min_disk} GB of disk; {visible(flavors[-1].name)} has "
        f"{flavors[-1].memory} MB and {flavors[-1].disk} GB.",
        title="Image too big",
        hint="Choose a larger flavor or a smaller image.",
    )


def _fitting(spec: NodeSpec, image: Image, flavor: Flavor) -> Callable[[LoginNode], bool]:
    """Whether a node is what was wished for; what was left open fits anything."""

    def fits(node: LoginNode) -> bool:
        image_fits = not spec.image or node.image_id == image.id
        flavor_fits = not spec.flavor or node.flavor_id == flavor.id
        return image_fits and flavor_fits and node.status in ("BUILD", "ACTIVE")

    return fits


async def _existing(nodes: Nodes, wanted: Callable[[LoginNode], bool]) -> LoginNode | None:
    fitting = [node for node in await nodes.nodes() if wanted(node)]
    return fitting[-1] if fitting else None


async def _boot(nodes: Nodes, node: LoginNode) -> AsyncIterator[LoginNode]:
    """The node each time its status changes, until it is up."""
    told = ""
    while True:
        if node.status != told:
            told = node.status
            yield node
        if node.active:
            return
        if node.failed:
            raise Refused(
                f"Login node {visible(node.id, 80)} went to ERROR while booting.",
                title="Login node failed",
                hint="Delete it and make another; if that fails too, ask the site's support.",
            )
        await asyncio.sleep(_LOOK_EVERY)
        try:
            found = [n for n in await nodes.nodes() if n.id == node.id]
        except Unreachable:
            continue
        if not found:
            raise Refused(
                f"Login node {visible(node.id, 80)} is gone while it was booting.",
                title="Login node gone",
                hint="Somebody deleted it; make another.",
            )
        node = found[0]
