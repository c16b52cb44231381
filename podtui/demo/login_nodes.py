"""The login nodes of one controller: BUILD, then ACTIVE when the SSH server really listens."""

import asyncio
import logging
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.owner import Owner
from podtui.demo.catalogue import ControllerPlan, Flavor, Image, flavor
from podtui.demo.directory import Directory
from podtui.demo.login.node import LoginNode
from podtui.demo.private_files import make_private_folder
from podtui.demo.records import Instance, SystemUser
from podtui.demo.refusal import Refusal

logger = logging.getLogger(__name__)

_GIB = 1024**3


class LoginNodes:
    """Starts, remembers and ends the login node of each instance.

    An instance's state follows from what is stored (its creation time) and from what listens, so
    that a restart neither loses a node nor calls one ACTIVE that cannot be reached. `boot_seconds`
    is how long a node builds, and for how long a deleted one is still told as DELETED.
    """

    def __init__(
        self,
        folder: Path,
        *,
        plan: ControllerPlan,
        directory: Directory,
        engine: Engine,
        owner_of: Callable[[SystemUser], Owner],
        boot_seconds: float,
        clock: Callable[[], float],
        announce: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._directory = directory
        self._engine = engine
        self._owner_of = owner_of
        self._boot_seconds = boot_seconds
        self._clock = clock
        self._announce = announce
        self._nodes: dict[str, LoginNode] = {}
        self._failed: set[str] = set()
        self._starting: set[str] = set()
        self._boots: dict[str, asyncio.Task[None]] = {}

    def known_instances(self) -> tuple[Instance, ...]:
        """Give all instances, a deleted one until it has been told as DELETED for a while."""
        now = self._clock()
        return tuple(
            one
            for one in self._directory.contents.instances
            if one.deleted is None or now < one.deleted + self._boot_seconds
        )

    def status(self, instance: Instance) -> str:
        """Give the status word of an instance at this moment."""
        if instance.deleted is not None:
            return "DELETED"
        if instance.id in self._nodes:
            return "ACTIVE"
        image = self._plan.image(instance.image)
        booted = self._clock() >= instance.created + self._boot_seconds
        hopeless = image is None or not image.boots
        return "ERROR" if instance.id in self._failed or (hopeless and booted) else "BUILD"

    def host_key_lines(self) -> list[str]:
        """Give a known_hosts line for each node that listens."""
        found = [(self._directory.instance(name), node) for name, node in self._nodes.items()]
        return [
            f"[127.0.0.1]:{instance.port} {node.host_key_line}"
            for instance, node in found
            if instance is not None
        ]

    def create(
        self, cloudauth_id: str, body: Mapping[str, Any], group: asyncio.TaskGroup
    ) -> Instance:
        """Begin to build a login node for one user; what does not fit raises Refusal."""
        image, size = self._fitting(body.get("server-image"), body.get("server-flavor"))
        user = self._one_user(cloudauth_id, body.get("users"))
        number = self._directory.contents.instances_made + 1
        instance = Instance(
            id=secrets.token_hex(16),
            cloudauth_id=cloudauth_id,
            user_id=user.user_id,
            image=image.id,
            flavor=size.id,
            hostname=f"login-{self._plan.id}-{number}.pod.localhost",
            created=self._clock(),
        )
        kept = self.known_instances()
        self._directory.change(instances=(*kept, instance), instances_made=number)
        self.boot(instance, group)
        return instance

    def resize(self, instance: Instance, body: Mapping[str, Any]) -> Instance:
        """Give an instance another flavor, the one thing of it that can be changed."""
        if instance.deleted is not None:
            raise Refusal("the instance is deleted")
        if set(body) - {"server-flavor", "cloudauth-id"}:
            raise Refusal("only server-flavor of an instance can be changed")
        _, size = self._fitting(instance.image, body.get("server-flavor"))
        changed = replace(instance, flavor=size.id)
        self._directory.put_instance(changed)
        return changed

    async def delete(self, instance: Instance) -> Instance:
        """End a login node; the user's home and jobs stay."""
        if instance.deleted is None:
            instance = replace(instance, deleted=self._clock())
            self._directory.put_instance(instance)
        await self._end_boots(instance.id)
        if node := self._nodes.pop(instance.id, None):
            self._announce()
            await node.close()
        shutil.rmtree(self._folder / instance.id, ignore_errors=True)
        return instance

    async def resume(self, group: asyncio.TaskGroup) -> None:
        """Take up what the last run left: nodes that had listened listen before this returns."""
        for instance in self._directory.contents.instances:
            if instance.deleted is not None:
                shutil.rmtree(self._folder / instance.id, ignore_errors=True)
            elif instance.port:
                await self._listen(instance)
            else:
                self.boot(instance, group)

    def boot(self, instance: Instance, group: asyncio.TaskGroup) -> None:
        """Build one node in a task of `group`."""
        image = self._plan.image(instance.image)
        if image is not None and image.boots:
            task = group.create_task(self._boot(instance))
            self._boots[instance.id] = task
            task.add_done_callback(lambda _: self._boots.pop(instance.id, None))

    async def close(self) -> None:
        """Stop building and listening; the instances stay and listen again at the next start."""
        await self._end_boots(*self._boots)
        async with asyncio.TaskGroup() as group:
            for node in self._nodes.values():
                group.create_task(node.close())
        self._nodes.clear()

    async def _end_boots(self, *names: str) -> None:
        """End what builds: a wait is cancelled, a start that has begun is let come to its end."""
        boots = {name: self._boots[name] for name in names if name in self._boots}
        for name, boot in boots.items():
            if name not in self._starting:
                boot.cancel()
        if boots:
            await asyncio.wait(boots.values())

    async def _boot(self, instance: Instance) -> None:
        left = instance.created + self._boot_seconds - self._clock()
        await asyncio.sleep(min(max(left, 0), self._boot_seconds))
        await self._listen(instance)

    async def _listen(self, instance: Instance) -> None:
        user = self._directory.user(instance.user_id)
        volume = self._directory.volume_of(instance.cloudauth_id)
        if user is None or volume is None:
            raise LookupError(f"instance {instance.id} without its user or volume")
        node = LoginNode(
            engine=self._engine,
            owner=self._owner_of(user),
            hostname=instance.hostname,
            host_key=make_private_folder(self._folder / instance.id) / "host_key",
            quota_bytes=volume.size_gb * _GIB,
            public_keys=lambda: self._keys(instance.user_id),
            port=instance.port,
        )
        self._starting.add(instance.id)
        try:
            port = await node.start()
        except (OSError, asyncssh.Error):
            logger.exception("login node %s does not start", instance.id)
            self._failed.add(instance.id)
            return
        finally:
            self._starting.discard(instance.id)
        current = self._directory.instance(instance.id) or instance
        self._directory.put_instance(replace(current, port=port))
        self._nodes[instance.id] = node
        self._announce()

    def _keys(self, user_id: str) -> tuple[str, ...]:
        user = self._directory.user(user_id)
        return user.keys if user else ()

    def _fitting(self, image_id: object, flavor_id: object) -> tuple[Image, Flavor]:
        image = self._plan.image(image_id) if isinstance(image_id, str) else None
        size = flavor(flavor_id) if isinstance(flavor_id, str) else None
        if image is None:
            raise Refusal("server-image is unknown")
        if size is None:
            raise Refusal("server-flavor is unknown")
        if not image.active:
            raise Refusal(f"server-image {image.name} is no longer active")
        if image.min_disk > size.disk or image.min_ram > size.memory:
            raise Refusal(
                f"server-image {image.name} needs {image.min_disk} GB disk and {image.min_ram} MB"
                f" memory: flavor {size.name} is too small"
            )
        return image, size

    def _one_user(self, cloudauth_id: str, users: object) -> SystemUser:
        if not isinstance(users, list) or len(users) != 1 or not isinstance(users[0], str):
            raise Refusal("users must be a list of one user id")
        user = self._directory.user(users[0])
        if user is None or user.cloudauth_id != cloudauth_id:
            raise Refusal("users names no account of this Cloud Auth user")
        if self._directory.volume_of(cloudauth_id) is None:
            raise Refusal("a login instance needs a storage volume: create that first")
        return user
