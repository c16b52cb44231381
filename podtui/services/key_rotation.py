"""A key replaced: a new one put on and proved by a fresh login, only then the old one off."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from podtui.backends.ssh import agent, key_changes
from podtui.backends.ssh.local_keys import agent_data, local_key
from podtui.domain.key import LocalKey
from podtui.domain.key_rotation import Act, Place, Rotation, Step
from podtui.domain.text import visible
from podtui.errors import AlreadyThere, FileTrouble, NotFound, Refused
from podtui.paths import Paths
from podtui.services.clusters import ClusterService
from podtui.services.keys import KeyService
from podtui.services.rotation_store import RotationStore


class RotationService:
    """Does one step of a rotation at a time; each looks first, and can be done again.

    What was done is on disk before the next step begins: a rotation left half-way by anybody's
    cancel, crash or closed lid is taken up where it stood.
    """

    def __init__(
        self,
        clusters: ClusterService,
        keys: KeyService,
        paths: Paths,
        clock: Callable[[], datetime],
    ) -> None:
        self._clusters = clusters
        self._keys = keys
        self._store = RotationStore(paths.state / "rotations")
        self._clock = clock

    async def under_way(self) -> tuple[Rotation, ...]:
        """Rotations begun and not finished."""
        return await asyncio.to_thread(self._store.load)

    async def begin(self, key: LocalKey, comment: str = "") -> Rotation:
        """Find out where the key is on, by asking every cluster; nothing is changed.

        One that is under way already is given back instead.
        """
        for known in await self.under_way():
            if key.path in (known.path, known.new_path, known.kept_as):
                return known
        doors = await self._keys.doors(self._clusters.names)
        rotation = Rotation(
            path=key.path,
            new_path=_free(key.path, "_new"),
            kept_as=_free(key.path, "_old"),
            old=key.public,
            begun=self._clock(),
            comment=comment or key.public.comment,
            places=tuple(Place(door.cluster) for door in doors if door.takes(key.public)),
            unseen=tuple(door.cluster for door in doors if door.keys is None),
        )
        await self._keep(rotation)
        return rotation

    async def advance(self, rotation: Rotation, passphrase: str = "") -> Rotation:
        """Do the next step; the rotation after it. A step that fails leaves all as it was.

        `passphrase` locks the new key, and opens it for its logins; where it is not given, a person
        is asked for it when a login needs it.
        """
        step = rotation.next_step
        if step is None:
            return rotation
        acts = {
            Act.MAKE: self._make,
            Act.INSTALL: self._install,
            Act.PROVE: self._prove,
            Act.REMOVE: self._remove,
            Act.SWAP: self._swap,
        }
        after = await acts[step.act](rotation, step, passphrase)
        await self._keep(after)
        if after.next_step is None:
            await asyncio.to_thread(self._store.drop, after)
        return after

    async def leave_out(self, rotation: Rotation, cluster: str) -> Rotation:
        """Leave one cluster with the old key."""
        after = rotation.without(cluster)
        await self._keep(after)
        return after

    async def give_up(self, rotation: Rotation) -> None:
        """Undo it: the new key off again where it was put on, its files removed.

        Refused once the old key is off somewhere: from there on only forward leads out.
        """
        gone = [place.cluster for place in rotation.places if place.removed]
        if gone or rotation.swapped:
            raise Refused(
                f"The old key is off already on {', '.join(gone) or 'every cluster'}.",
                title="Too late to undo",
                hint="Go on with the rotation: the new key works there.",
            )
        for place in rotation.places:
            if place.installed and rotation.new is not None:
                await self._keys.remove(place.cluster, rotation.new)
                rotation = rotation.with_place(place.cluster, installed=False, proved="")
                await self._keep(rotation)
        if await _key_at(rotation.new_path) is not None:
            await key_changes.delete_pair(rotation.new_path)
        await asyncio.to_thread(self._store.drop, rotation)

    async def _keep(self, rotation: Rotation) -> None:
        await asyncio.to_thread(self._store.save, rotation)

    async def _make(self, rotation: Rotation, _step: Step, passphrase: str) -> Rotation:
        made = await _key_at(rotation.new_path)  # by an attempt that was cut off
        if made is None:
            made = await self._keys.generate(rotation.new_path, rotation.comment, passphrase)
        return replace(rotation, new=made.public)

    async def _install(self, rotation: Rotation, step: Step, _passphrase: str) -> Rotation:
        assert rotation.new is not None, "a key is made before it is put on"
        await self._keys.add(step.cluster, rotation.new)
        return rotation.with_place(step.cluster, installed=True)

    async def _prove(self, rotation: Rotation, step: Step, passphrase: str) -> Rotation:
        who = await self._keys.try_login(step.cluster, rotation.new_path, passphrase)
        return rotation.with_place(step.cluster, proved=who)

    async def _remove(self, rotation: Rotation, step: Step, _passphrase: str) -> Rotation:
        assert rotation.new is not None, "a key is proved before another goes"
        there = await self._keys.on_cluster(step.cluster)
        if not any(rotation.new.same_as(key) for key in there):
            await self._keep(rotation.with_place(step.cluster, installed=False, proved=""))
            raise Refused(
                f"The new key is on {step.cluster} no more. The old one stays.",
                title="New key gone",
                hint="Take the rotation up again: it puts the key on and proves it anew.",
            )
        await self._keys.remove(step.cluster, rotation.old, last_too=True)
        return rotation.with_place(step.cluster, removed=True)

    async def _swap(self, rotation: Rotation, _step: Step, _passphrase: str) -> Rotation:
        """The new pair under the old one's name, which every configuration knows."""
        assert rotation.new is not None, "a key is made before it is named"
        here = await _key_at(rotation.path)
        if here is not None and here.public.same_as(rotation.old):
            await key_changes.rename_pair(rotation.path, rotation.kept_as)
            here = None
        if here is None:
            if await _key_at(rotation.new_path) is None:
                raise FileTrouble(f"{visible(str(rotation.new_path), 120)} is there no more.")
            await key_changes.rename_pair(rotation.new_path, rotation.path)
        elif not here.public.same_as(rotation.new):
            raise AlreadyThere(f"{visible(str(rotation.path), 120)} holds a third key.")
        if rotation.old.data in await agent_data() and not rotation.old_still_needed:
            await agent.remove_from_agent(rotation.old)
        return replace(rotation, swapped=True)


async def _key_at(path: Path) -> LocalKey | None:
    try:
        return await local_key(path)
    except NotFound:
        return None


def _free(path: Path, ending: str) -> Path:
    """A name beside `path` that nothing has."""
    count = 1
    while True:
        found = path.with_name(f"{path.name}{ending}{'' if count == 1 else count}")
        halves = (found, found.with_name(f"{found.name}.pub"))
        if not any(os.path.lexists(half) for half in halves):
            return found
        count += 1
