"""Accounts, volumes and login nodes of a cloud controller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class Controller:
    """A cloud controller as discovery lists it; the URLs carry their scheme."""

    id: str
    name: str
    active: bool
    api_url: str
    beoweb_url: str
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The UNIX-style account on one controller."""

    id: str
    system_name: str
    group: str = ""
    public_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volume:
    """The storage volume that is the account's home; size in GB."""

    id: str
    size_gb: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A boot image; min_disk in GB, min_ram in MB."""

    id: str
    name: str
    active: bool
    min_disk: int
    min_ram: int


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size of login node; memory in MB, disk in GB."""

    id: str
    name: str
    memory: int
    disk: int
    vcpu: int

    def fits(self, image: Image) -> bool:
        """Whether `image` boots on it."""
        return image.min_disk <= self.disk and image.min_ram <= self.memory


@dataclass(frozen=True, slots=True)
class LoginNode:
    """A server instance; `status` is the platform's own word, unknown ones kept as they are."""

    id: str
    status: str
    image_id: str = ""
    flavor_id: str = ""
    hostname: str = ""
    public_ip: str = ""
    ssh_port: int = 22
    created: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether it should answer."""
        return self.status == "ACTIVE" and bool(self.address)

    @property
    def address(self) -> str:
        """Where to reach it."""
        return self.public_ip or self.hostname

    @property
    def failed(self) -> bool:
        """Whether it will never come up."""
        return self.status == "ERROR"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A wished-for login node; what is left empty is chosen: the smallest that fits."""

    image: str = ""
    flavor: str = ""
    volume_gb: int = 0


class ProvisionPhase(Enum):
    """The steps from nothing to a login node that answers, in order."""

    ACCOUNT = "account"
    VOLUME = "volume"
    KEY = "key"
    SIZE = "image and flavor"
    INSTANCE = "instance"
    BOOT = "boot"
    SSH = "ssh"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class ProvisionStep:
    """News of a provisioning: `made` tells a thing created from one reused."""

    phase: ProvisionPhase
    detail: str
    made: bool = False
    node: LoginNode | None = None
