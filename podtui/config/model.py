"""Everything that can be set, as values. `sample-config.toml` explains each key to people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Never

from podtui.domain.job import ScriptDialect
from podtui.errors import ConfigError

DEFAULT_AUTH_URL = "https://auth.pod.penguincomputing.com"
"""Cloud Auth's public address, by its documentation; taken where `cloudauth` is given none."""


class Secret:
    """A secret that never shows itself; `reveal()` where it is sent, nowhere else.

    Given a callable, it asks for the value once, when it is first revealed: a command or a keyring
    may take seconds and must not delay the start. `place` tells where the value is kept.
    """

    __slots__ = ("_ask", "_lock", "_place", "_value")

    def __init__(self, value: str | Callable[[], str], place: str | Callable[[], str] = "") -> None:
        self._value = value if isinstance(value, str) else None
        self._ask = None if isinstance(value, str) else value
        self._place = place
        self._lock = Lock()

    def reveal(self) -> str:
        """The secret itself; blocks where it has to be asked for, so call it in a thread.

        ConfigError when its command or file fails, LoginRequired when it is kept nowhere.
        """
        with self._lock:
            if self._value is None and self._ask is not None:
                self._value = self._ask()
            return self._value or ""

    def place(self) -> str:
        """Where it is kept, empty when nowhere; may ask the keyring, runs no command."""
        return self._place if isinstance(self._place, str) else self._place()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        same = self._value is not None and self._value == other._value
        return self is other or (self._ask is None and other._ask is None and same)

    def __hash__(self) -> int:
        return hash(Secret)

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __str__(self) -> str:
        return "•••"

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> Never:
        raise TypeError("a secret is not written out")


@dataclass(frozen=True, slots=True)
class SshOptions:
    """How a cluster's SSH connection is made.

    `host_keys`: "ask" (a first use shows the fingerprint), "accept-new" (a first use is accepted
    and kept), "strict" (only known hosts). A changed key is refused by all three.
    """

    identity_file: Path | None = None
    known_hosts: Path | None = None
    host_keys: str = "ask"


@dataclass(frozen=True, slots=True)
class StagingOptions:
    """What rules jobs and staging, by PODTools' names. Sizes in bytes, 0 = unlimited.

    `sched` is what scripts are written for; None takes what the cluster's scheduler reads.
    """

    sched: ScriptDialect | None = ScriptDialect.TORQUE
    overwrite: bool = True
    hash_algo: str = "sha256"
    stageinmaxsize: int = 0
    stageoutmaxsize: int = 0


@dataclass(frozen=True, slots=True)
class PodConfig:
    """A cluster behind Scyld Cloud Manager (`kind = "pod"`).

    Without `controller` the first active one is used. `beoweb_url` is given where no Cloud Auth
    tells it (PODTools' address, port and ssl). `poll_seconds` is the floor between two queries.
    """

    name: str
    user: str
    kind: str = "pod"
    auth_type: str = "cloudauth"
    auth_url: str = ""
    api_key: str = ""
    api_secret: Secret | None = None
    cloudauth_id: str = ""
    controller: str = ""
    beoweb_url: str = ""
    password: Secret | None = None
    ssh_auth_address: str = ""
    ssh_auth_port: int = 2200
    logout: bool = False
    ca_file: Path | None = None
    poll_seconds: float = 10.0
    ssh: SshOptions = SshOptions()
    staging: StagingOptions = StagingOptions()


@dataclass(frozen=True, slots=True)
class SshConfig:
    """A login node with a scheduler (`kind = "ssh"`).

    `host` may be an alias of `~/.ssh/config`, which then also gives what is not set here (the
    cluster's own name is taken without). `environment` is set for each command there. Scripts are
    put into `job_folder` and submitted from it.
    """

    name: str
    user: str = ""
    kind: str = "ssh"
    host: str = ""
    port: int | None = None
    scheduler: str = "auto"
    environment: tuple[tuple[str, str], ...] = ()
    job_folder: str = "~/podtui_jobs"
    poll_seconds: float = 10.0
    ssh: SshOptions = SshOptions()
    staging: StagingOptions = StagingOptions(sched=None)


ClusterConfig = PodConfig | SshConfig


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `warnings` are told to the person, they stop nothing.

    `podtools` says whether PODTools' own files are read too. `origins` pairs each dotted key that
    was set with the place that set it.
    """

    clusters: tuple[ClusterConfig, ...] = ()
    default_cluster: str = ""
    theme: str = "podtui-dark"
    loglevel: str = "ERROR"
    state_dir: Path | None = None
    podtools: bool = True
    warnings: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    def cluster(self, name: str = "") -> ClusterConfig:
        """The cluster of that name, the default one without; ConfigError when there is none."""
        wanted = name or self.default_cluster or (self.clusters[0].name if self.clusters else "")
        for cluster in self.clusters:
            if cluster.name == wanted:
                return cluster
        known = ", ".join(c.name for c in self.clusters) or "none"
        raise ConfigError(
            f"There is no cluster {wanted!r} in the configuration (there: {known}).",
            hint="See `podtui config show`, or try `podtui demo`.",
        )
