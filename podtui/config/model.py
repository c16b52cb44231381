"""Everything that can be set, as values. `sample-config.toml` explains each key to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from podtui.domain.job import ScriptDialect
from podtui.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that never shows itself; `reveal()` where it is sent, nowhere else."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __str__(self) -> str:
        return "•••"


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
    """What rules a cluster's jobs and staging, by PODTools' names. Sizes in bytes, 0 = unlimited."""

    sched: ScriptDialect = ScriptDialect.TORQUE
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


ClusterConfig = PodConfig


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `warnings` are told to the person, they stop nothing."""

    clusters: tuple[ClusterConfig, ...] = ()
    default_cluster: str = ""
    theme: str = "podtui-dark"
    loglevel: str = "ERROR"
    state_dir: Path | None = None
    warnings: tuple[str, ...] = ()

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
