"""From a cluster's configuration to its backend."""

from __future__ import annotations

from podtui.backends.base import Backend, Prompter
from podtui.backends.pod.auth import Clock, utc_now
from podtui.backends.pod.backend import PodBackend
from podtui.backends.ssh.backend import SshBackend
from podtui.config.model import ClusterConfig, PodConfig
from podtui.paths import Paths


def open_backend(
    config: ClusterConfig, paths: Paths, prompter: Prompter, clock: Clock = utc_now
) -> Backend:
    """The backend for `config.kind`; nothing is connected yet."""
    if isinstance(config, PodConfig):
        return PodBackend(config, paths, prompter, clock=clock)
    return SshBackend(config, paths, prompter, clock)
