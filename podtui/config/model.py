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

    def renew(self) -> str:
        """The secret asked for anew, where it has to be asked for; blocks and raises as `reveal`.

        For tokens that end: their command, file or keyring entry holds another by then.
        """
        if self._ask is not None:
            with self._lock:
                self._value = None
        return self.reveal()

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


_NO_DIALECT = StagingOptions(sched=None)  # the service's own


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
    scheduler_version: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    job_folder: str = "~/podtui_jobs"
    poll_seconds: float = 10.0
    ssh: SshOptions = SshOptions()
    staging: StagingOptions = _NO_DIALECT


@dataclass(frozen=True, slots=True)
class SlurmRestConfig:
    """A Slurm behind its own REST service (`kind = "slurmrest"`).

    `url` is its address, or `unix:/path` of its socket. `api` is "auto" or a version such as
    "v0.0.38". `headers` go with each request, for an authenticating proxy. With `ssh_host` files
    travel over SSH to that login node, and `scontrol token` there can give the token.
    """

    name: str
    user: str = ""
    kind: str = "slurmrest"
    url: str = ""
    token: Secret | None = None
    api: str = "auto"
    ca_file: Path | None = None
    headers: tuple[tuple[str, Secret], ...] = ()
    ssh_host: str = ""
    port: int | None = None
    poll_seconds: float = 30.0
    ssh: SshOptions = SshOptions()
    staging: StagingOptions = _NO_DIALECT


@dataclass(frozen=True, slots=True)
class PsikConfig:
    """A psik_api service (`kind = "psik"`).

    `backend` is the queueing system there to use, the service's first without. `uds` is the path
    of its UNIX socket. With TLS the service is checked against `ca_file`, and `client_cert` with
    `client_key` (PEM) prove who we are; `token` is a biscuit, where the service wants one.
    """

    name: str
    user: str = ""
    kind: str = "psik"
    url: str = ""
    backend: str = ""
    uds: Path | None = None
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    token: Secret | None = None
    poll_seconds: float = 10.0
    staging: StagingOptions = _NO_DIALECT


@dataclass(frozen=True, slots=True)
class KottaConfig:
    """A Cloud Kotta service (`kind = "kotta"`).

    `token` is an access token, or the whole address of the page after the login, which holds one.
    `queue` is where jobs go that name none: "Test" or "Prod".
    """

    name: str
    user: str = ""
    kind: str = "kotta"
    url: str = ""
    token: Secret | None = None
    queue: str = "Test"
    ca_file: Path | None = None
    poll_seconds: float = 30.0
    staging: StagingOptions = _NO_DIALECT


@dataclass(frozen=True, slots=True)
class ResopConfig:
    """A resop service in front of a Slurm (`kind = "resop"`).

    Scripts are put into `job_folder` on the service's machine and submitted from it.
    """

    name: str
    user: str = ""
    kind: str = "resop"
    url: str = ""
    password: Secret | None = None
    ca_file: Path | None = None
    job_folder: str = "~/podtui_jobs"
    poll_seconds: float = 30.0
    staging: StagingOptions = _NO_DIALECT


ClusterConfig = PodConfig | SshConfig | SlurmRestConfig | PsikConfig | KottaConfig | ResopConfig


def ssh_options(config: ClusterConfig) -> SshOptions:
    """How SSH connections of the cluster are made; the defaults where it makes none."""
    if isinstance(config, PodConfig | SshConfig | SlurmRestConfig):
        return config.ssh
    return SshOptions()


def shell_host(config: ClusterConfig) -> str:
    """The machine a shell opens on, where the configuration names one; empty where it does not."""
    if isinstance(config, SshConfig):
        return config.host or config.name
    return config.ssh_host if isinstance(config, SlurmRestConfig) else ""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `warnings` are told to the person, they stop nothing.

    `podtools` says whether PODTools' own files are read too. `origins` pairs each dotted key that
    was set with the place that set it. `notify` says which ends of jobs and transfers are told,
    `bell` and `desktop` how beside the screen. `keys` pairs ids of bindings with their own keys.
    """

    clusters: tuple[ClusterConfig, ...] = ()
    default_cluster: str = ""
    theme: str = "podtui-dark"
    loglevel: str = "ERROR"
    state_dir: Path | None = None
    podtools: bool = True
    notify: str = "all"
    bell: bool = False
    desktop: str = "off"
    keys: tuple[tuple[str, str], ...] = ()
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
