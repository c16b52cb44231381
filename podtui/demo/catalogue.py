"""What this pod offers: its controllers with their queues, login images and flavors."""

from dataclasses import dataclass

from podtui.demo.batch.queue import Queue


@dataclass(frozen=True)
class Image:
    """A login node's boot image; `boots` is False for the one that ends in ERROR, as its name says.

    `min_disk` is in GB, `min_ram` in MB.
    """

    id: str
    name: str
    min_disk: int
    min_ram: int
    active: bool = True
    boots: bool = True


@dataclass(frozen=True)
class Flavor:
    """A size of login node: `memory` in MB, `disk` in GB."""

    id: str
    name: str
    memory: int
    disk: int
    vcpu: int


@dataclass(frozen=True)
class ControllerPlan:
    """One Cloud Controller: its place in the list, its queues and how its Beoweb hashes passwords.

    `password_mode` is the id between the first two `$` of Unix crypt: 1 md5, 5 sha256, 6 sha512.
    """

    id: int
    name: str
    active: bool
    timezone: str
    password_mode: str = "6"  # noqa: S105 - the name of a hash, sha512-crypt
    first_job_id: int = 1
    queues: tuple[Queue, ...] = ()
    images: tuple[Image, ...] = ()

    def image(self, image_id: str) -> Image | None:
        """Find one of this controller's images."""
        return next((image for image in self.images if image.id == image_id), None)


FLAVORS = (
    Flavor("1", "pod.free", memory=256, disk=5, vcpu=1),
    Flavor("2", "pod.small", memory=2048, disk=20, vcpu=1),
    Flavor("3", "pod.medium", memory=4096, disk=40, vcpu=2),
    Flavor("4", "pod.large", memory=8192, disk=80, vcpu=4),
)


def flavor(flavor_id: str) -> Flavor | None:
    """Find a flavor, the same on every controller."""
    return next((one for one in FLAVORS if one.id == flavor_id), None)


def _images(site: str, ids: tuple[str, str, str, str]) -> tuple[Image, ...]:
    small, large, retired, broken = ids
    return (
        Image(small, f"{site} Login Node", min_disk=5, min_ram=256),
        Image(large, f"{site} Login Node (large)", min_disk=20, min_ram=2048),
        Image(retired, f"{site} Login Node (retired)", min_disk=5, min_ram=256, active=False),
        Image(broken, f"{site} Login Node (broken)", min_disk=40, min_ram=4096, boots=False),
    )


MT0 = ControllerPlan(12, "POD MT0", active=False, timezone="US/Mountain")

MT1 = ControllerPlan(
    16,
    "POD MT1",
    active=True,
    timezone="US/Mountain",
    first_job_id=22783,
    queues=(
        Queue("FREE", cores_per_node=12, memory_gb=48, max_walltime=300, max_cores=24),
        Queue("M40", cores_per_node=12, memory_gb=48),
        Queue("H30", cores_per_node=16, memory_gb=64),
        Queue("H30G", cores_per_node=16, memory_gb=64),
        Queue("T30", cores_per_node=20, memory_gb=128),
    ),
    images=_images(
        "MT1",
        (
            "d36256c9-9fcb-4178-83b0-ead2243fc0e1",
            "66d63657-570b-4a49-9560-5427c861c5f6",
            "0b8d1d0e-3f0f-4f7e-9f43-5a6f0c1b7a52",
            "c8a4f1de-62b9-4c0e-8d0a-0f2f5f0f9b11",
        ),
    ),
)

MT2 = ControllerPlan(
    17,
    "POD MT2",
    active=True,
    timezone="US/Mountain",
    password_mode="1",  # noqa: S106 - the name of a hash, md5-crypt
    first_job_id=40211,
    queues=(
        Queue("B30", cores_per_node=28, memory_gb=256),
        Queue("S30", cores_per_node=40, memory_gb=384),
    ),
    images=_images(
        "MT2",
        (
            "5d3c2a38-1d1f-4f8f-a6c1-77d6a2c0e9b4",
            "9a1e7b60-02c5-4b38-8d1b-3f6e54d9c7f0",
            "e2f0c6d4-8b5a-4a9d-b0e7-6c1d2f3a4b58",
            "73b9d8e1-4c6f-4e2a-95d3-1a0b9c8d7e6f",
        ),
    ),
)

CONTROLLERS = (MT0, MT1, MT2)
