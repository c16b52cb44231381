"""One controller's records in one file, replaced whole at each change."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from podtui.demo.private_files import read_json, write_json
from podtui.demo.records import Group, Instance, SystemUser, Volume

T = TypeVar("T")


@dataclass(frozen=True)
class Contents:
    """Everything a controller knows; `instances_made` numbers the host names, only upwards."""

    users: tuple[SystemUser, ...] = ()
    volumes: tuple[Volume, ...] = ()
    groups: tuple[Group, ...] = ()
    instances: tuple[Instance, ...] = ()
    instances_made: int = 0


class Directory:
    """The current contents and their file: a change is on disk before it can be seen."""

    def __init__(self, path: Path) -> None:
        self._path = path
        stored = read_json(path)
        self.contents = Contents() if stored is None else _contents(stored)

    def change(self, **fields: Any) -> None:
        """Replace some of the fields of `contents`, on disk first."""
        contents = replace(self.contents, **fields)
        write_json(self._path, asdict(contents))
        self.contents = contents

    def put_user(self, user: SystemUser) -> None:
        """Add a user or replace the one with the same id."""
        self.change(users=_put(self.contents.users, user, lambda one: one.user_id))

    def put_volume(self, volume: Volume) -> None:
        """Add a volume or replace the one with the same id."""
        self.change(volumes=_put(self.contents.volumes, volume, lambda one: one.volume_id))

    def put_group(self, group: Group) -> None:
        """Add a group or replace the one with the same id."""
        self.change(groups=_put(self.contents.groups, group, lambda one: one.group_id))

    def put_instance(self, instance: Instance) -> None:
        """Add an instance or replace the one with the same id."""
        self.change(instances=_put(self.contents.instances, instance, lambda one: one.id))

    def user(self, user_id: str) -> SystemUser | None:
        """Find a user by id."""
        return next((one for one in self.contents.users if one.user_id == user_id), None)

    def user_named(self, system_name: str) -> SystemUser | None:
        """Find a user by Unix name."""
        return next((one for one in self.contents.users if one.system_name == system_name), None)

    def user_of(self, cloudauth_id: str) -> SystemUser | None:
        """Find the one Unix account of a Cloud Auth user."""
        users = self.contents.users
        return next((one for one in users if one.cloudauth_id == cloudauth_id), None)

    def volume_of(self, cloudauth_id: str) -> Volume | None:
        """Find the home volume of a Cloud Auth user."""
        volumes = self.contents.volumes
        return next((one for one in volumes if one.cloudauth_id == cloudauth_id), None)

    def group_named(self, name: str) -> Group | None:
        """Find a group by Unix name."""
        return next((one for one in self.contents.groups if one.name == name), None)

    def instance(self, instance_id: str) -> Instance | None:
        """Find a login instance by id, a deleted one too while it is remembered."""
        return next((one for one in self.contents.instances if one.id == instance_id), None)


def _put(rows: tuple[T, ...], row: T, key: Callable[[T], str]) -> tuple[T, ...]:
    by_key = {key(one): one for one in rows}
    by_key[key(row)] = row
    return tuple(by_key.values())


def _contents(stored: dict[str, Any]) -> Contents:
    def rows(kind: Callable[..., T], name: str) -> tuple[T, ...]:
        return tuple(
            kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})
            for row in stored[name]
        )

    return Contents(
        users=rows(SystemUser, "users"),
        volumes=rows(Volume, "volumes"),
        groups=rows(Group, "groups"),
        instances=rows(Instance, "instances"),
        instances_made=stored["instances_made"],
    )
