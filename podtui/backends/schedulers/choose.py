"""The adapter for a scheduler that was found on a login node."""

from __future__ import annotations

from collections.abc import Callable

from podtui.backends.schedulers.base import Scheduler


def choose_scheduler(name: str, version: str) -> Scheduler:
    """The adapter called `name` (the configuration's word) for `version`."""
    from podtui.backends.schedulers.openpbs import OpenPbs
    from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers
    from podtui.backends.schedulers.sge import GridEngine
    from podtui.backends.schedulers.slurm import Slurm
    from podtui.backends.schedulers.torque import Torque

    adapters: dict[str, Callable[[str], Scheduler]] = {
        "slurm": Slurm,
        "sge": GridEngine,
        "torque": Torque,
        "openpbs": OpenPbs,
        "slurm-wrappers": SlurmWrappers,
    }
    return adapters[name](version)
