"""From a cluster's configuration to its backend."""

from __future__ import annotations

from podtui.backends.base import Backend, Prompter
from podtui.backends.clock import Clock, utc_now
from podtui.config.model import (
    ClusterConfig,
    KottaConfig,
    PodConfig,
    PsikConfig,
    ResopConfig,
    SlurmRestConfig,
)
from podtui.paths import Paths


def open_backend(
    config: ClusterConfig, paths: Paths, prompter: Prompter, clock: Clock = utc_now
) -> Backend:
    """The backend for `config.kind`; nothing is connected yet.

    Each kind is imported when the first cluster of it is opened: the first frame waits for none.
    """
    if isinstance(config, PodConfig):
        from podtui.backends.pod.backend import PodBackend

        return PodBackend(config, paths, prompter, clock=clock)
    if isinstance(config, SlurmRestConfig):
        from podtui.backends.slurmrest.backend import SlurmRestBackend

        return SlurmRestBackend(config, paths, prompter, clock)
    if isinstance(config, PsikConfig):
        from podtui.backends.psik.backend import PsikBackend

        return PsikBackend(config, paths, prompter, clock)
    if isinstance(config, KottaConfig):
        from podtui.backends.kotta.backend import KottaBackend

        return KottaBackend(config, paths, prompter, clock)
    if isinstance(config, ResopConfig):
        from podtui.backends.resop.backend import ResopBackend

        return ResopBackend(config, paths, prompter, clock)
    from podtui.backends.ssh.backend import SshBackend

    return SshBackend(config, paths, prompter, clock)
