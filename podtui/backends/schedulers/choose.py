"""The adapter for a scheduler that was found on a login node."""

from __future__ import annotations

from podtui.backends.schedulers.base import Scheduler


def choose_scheduler(name: str, version: str) -> Scheduler:
    """The adapter called `name` (the configuration's word) for `version`; KeyError for another.

    It alone is imported: the five take longer than a login.
    """
    if name == "slurm":
        from podtui.backends.schedulers.slurm import Slurm

        return Slurm(version)
    if name == "sge":
        from podtui.backends.schedulers.sge import GridEngine

        return GridEngine(version)
    if name == "torque":
        from podtui.backends.schedulers.torque import Torque

        return Torque(version)
    if name == "openpbs":
        from podtui.backends.schedulers.openpbs import OpenPbs

        return OpenPbs(version)
    if name == "slurm-wrappers":
        from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers

        return SlurmWrappers(version)
    raise KeyError(name)
