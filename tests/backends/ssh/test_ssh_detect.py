"""What a login node told, and which scheduler that is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.choose import choose_scheduler
from podtui.backends.schedulers.pbs_values import moment
from podtui.backends.schedulers.sge_times import printed_local
from podtui.backends.ssh.detect import Site, read_site

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QSTAT = "tool=qsub /usr/bin/qsub\ntool=qstat /usr/bin/qstat\n"
WRAPPED = "qstat=Unknown option: version Usage:     qstat [-f] [-a|-i|-r]"  # slurm-wlm-torque 22.05
SBATCH = "tool=sbatch /usr/bin/sbatch\ntool=squeue /usr/bin/squeue\nslurm=slurm-wlm 22.05.8\n"


def site(told: str, wanted: str = "auto") -> Site:
    return read_site(Output(0, f"user=ann\n{told}\n".encode()), NOW, wanted)


@pytest.mark.parametrize(
    ("told", "scheduler"),
    [
        (f"{QSTAT}{WRAPPED}", "slurm-wrappers"),
        (f"{SBATCH}{QSTAT}{WRAPPED}", "slurm"),
        (f"{QSTAT}qstat=Version: 6.1.2 Commit: 661e092", "torque"),
        (f"{QSTAT}qstat=pbs_version = 23.06.06", "openpbs"),
        (f"{QSTAT}qstat=SGE 8.1.9\ngridengine=SGE 8.1.9", "sge"),
        (f"{QSTAT}qstat=\ngridengine=UGE 8.6.18", "sge"),
        (f"{QSTAT}qstat=\ngridengine=AGE 2023.1.1", "sge"),
        (f"{QSTAT}qstat=\ngridengine=OCS 9.0.5", "sge"),
        (f"{QSTAT}qstat=\ngridengine=Grid Engine 6.2u5", "sge"),
    ],
)
def test_a_scheduler_is_known_by_what_its_commands_say(told: str, scheduler: str) -> None:
    found = site(told)
    assert found.scheduler == scheduler
    assert choose_scheduler(found.scheduler, found.version)


@pytest.mark.parametrize(
    ("told", "july"),
    [
        ("zone=+0100\nrules=/usr/share/zoneinfo/Europe/Berlin", 10),
        ("zone=+0100\nrules=:Europe/Berlin", 10),
        ("zone=+0000\nrules=/usr/share/zoneinfo/Europe/Berlin", 12),  # they are not the clock's
        ("zone=+0100\nrules=/etc/localtime", 11),
        ("zone=+0100\nrules=../../etc/passwd", 11),
        ("zone=+0100\nrules=CET-1CEST", 11),
        ("zone=+0100", 11),
        ("rules=Europe/Berlin", 12),
    ],
)
def test_a_summers_time_told_in_winter(told: str, july: int) -> None:
    zone = site(f"{SBATCH}{told}").zone
    assert printed_local("Fri Jul  3 12:00:00 2026", zone) == datetime(2026, 7, 3, july, tzinfo=UTC)
    assert moment("Fri Jul  3 12:00:00 2026", zone) == datetime(2026, 7, 3, july, tzinfo=UTC)


def test_the_configuration_may_name_the_version() -> None:
    told = Output(0, f"user=ann\n{QSTAT}qstat=pbs_version = 23.06.06\n".encode())
    found = read_site(told, NOW, "auto", "13.1.2")
    assert (found.scheduler, found.version) == ("openpbs", "13.1.2")
    assert choose_scheduler("openpbs", found.version).nodes_command() == ("pbsnodes", "-a")


def test_the_configuration_may_name_the_wrappers() -> None:
    found = site(f"{SBATCH}{QSTAT}{WRAPPED}", "slurm-wrappers")
    assert found.scheduler == "slurm-wrappers"
    assert choose_scheduler(found.scheduler, found.version).dialect.value == "TRQ"
