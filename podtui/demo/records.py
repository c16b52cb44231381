"""What a Cloud Controller knows: users, volumes, groups and login instances, as stored and as told.

The payloads follow the Cloud Controller's documented objects; empty lists are left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]


@dataclass(frozen=True)
class SystemUser:
    """A Unix account of a Cloud Auth user on one controller; `keys` are authorized_keys lines."""

    user_id: str
    cloudauth_id: str
    system_name: str
    primary_group: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Volume:
    """A user's home; size in GB, creation in seconds since the epoch."""

    volume_id: str
    cloudauth_id: str
    size_gb: int
    visibility: str
    name: str
    created: float


@dataclass(frozen=True)
class Group:
    """A Unix group and the user ids of its members."""

    group_id: str
    cloudauth_id: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instance:
    """A login node: `port` is the one its SSH server had last, `deleted` the time of its end."""

    id: str
    cloudauth_id: str
    user_id: str
    image: str
    flavor: str
    hostname: str
    created: float
    port: int = 0
    deleted: float | None = None


def iso_utc(seconds: float) -> str:
    """Tell a time as the controller does: ISO 8601 with `Z`, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user_payload(user: SystemUser, groups: list[str], instances: list[str]) -> Payload:
    """Tell a user, under both names of its id (the guide reads `id`, the reference `user-id`)."""
    payload: Payload = {
        "id": user.user_id,
        "user-id": user.user_id,
        "cloudauth-id": user.cloudauth_id,
        "system-name": user.system_name,
        "system-primary-group": user.primary_group,
    }
    lists = {
        "ssh-public-keys": [{"key": key} for key in user.keys],
        "system-groups": groups,
        "server-instances": instances,
    }
    return payload | {name: values for name, values in lists.items() if values}


def volume_payload(volume: Volume) -> Payload:
    """Tell a storage volume; its name only when it has one."""
    payload: Payload = {
        "volume-id": volume.volume_id,
        "cloudauth-id": volume.cloudauth_id,
        "volume-size": volume.size_gb,
        "volume-type": {"visibility": volume.visibility},
        "creation-date": iso_utc(volume.created),
    }
    return payload | ({"volume-name": volume.name} if volume.name else {})


def group_payload(group: Group) -> Payload:
    """Tell a group."""
    payload: Payload = {
        "group-id": group.group_id,
        "cloudauth-id": group.cloudauth_id,
        "group-name": group.name,
    }
    return payload | ({"group-members": list(group.members)} if group.members else {})


def instance_payload(instance: Instance, status: str) -> Payload:
    """Tell a login instance; where it is reached appears only while it is ACTIVE."""
    payload: Payload = {
        "id": instance.id,
        "cloudauth-id": instance.cloudauth_id,
        "users": [instance.user_id],
        "server-image": instance.image,
        "server-flavor": instance.flavor,
        "creation-date": iso_utc(instance.created),
        "status": status,
    }
    if status == "ACTIVE":
        payload |= {
            "hostname": instance.hostname,
            "public-ip": "127.0.0.1",
            "ssh-port": instance.port,
        }
    return payload
