"""A JobSpec file, psik's portable job, as a script for any scheduler: all of it, or it is told."""

from __future__ import annotations

import json
import subprocess

import pytest

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import GRAMMARS, OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.job_spec import job_spec_script, read_job_spec
from podtui.domain.translate.reading import read_script
from podtui.errors import InputError

TOLD = {
    "name": "sim",
    "script": "#!/bin/bash\n#SBATCH -p other\n#PBS -q other\n#$ -q other\necho $A $B\n",
    "directory": "/",
    "inherit_environment": False,
    "resources": {
        "duration": 90,
        "node_count": 2,
        "processes_per_node": 4,
        "cpu_cores_per_process": 2,
        "exclusive_node_use": False,
    },
    "environment": {"A": "x y", "B": "1,'2"},
    "backend": {"queue_name": "gpu", "project_name": "p1"},
}
WANTED = {
    SLURM: ("--nodes=2", "--ntasks-per-node=4", "--cpus-per-task=2", "--time=01:30:00"),
    TORQUE: ("-l nodes=2:ppn=8", "-l walltime=01:30:00", "-d /"),
    OPENPBS: ("-l select=2:ncpus=8:mpiprocs=4", "-q gpu", "-A p1"),
    SGE: ("-l h_rt=01:30:00", "-wd /", "-q gpu"),
}


@pytest.mark.parametrize("dialect", WANTED)
def test_what_it_asks_for_stands_in_the_script(dialect: ScriptDialect) -> None:
    script, _ = job_spec_script(TOLD, dialect)
    lines = script.splitlines()
    assert lines[0] == "#!/bin/bash"
    for option in WANTED[dialect]:
        assert f"{GRAMMARS[dialect].prefix} {option}" in lines
    read = read_script(script, dialect).spec
    assert (read.name, read.queue, read.account, read.walltime) == ("sim", "gpu", "p1", 5400)
    ran = subprocess.run(["/bin/bash"], input=script, text=True, capture_output=True, check=True)
    assert ran.stdout == "x y 1,'2\n"


def test_its_own_defaults_are_asked_for() -> None:
    script, lost = job_spec_script({"script": "echo hi\n"}, SLURM)
    assert "#SBATCH --time=00:10:00" in script
    assert "#SBATCH --exclusive" in script
    assert lost == ("its script names no interpreter: /bin/bash runs it",)


def test_what_is_psiks_alone_is_told() -> None:
    told = TOLD | {"callback": "http://x", "attributes": {"slurm": {}}, "backend": "big"}
    lost = "\n".join(job_spec_script(told, SLURM)[1])
    for word in ("callback", "attributes", "backend big"):
        assert word in lost


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\n",
        b"{ echo; }\n",
        b'{"script": 3}',
        b"[1]",
        b'{"script": "',
        b"{\xff}",
        b'{"jobtype": "script", "script": "true"}',  # Cloud Kotta's
    ],
)
def test_a_script_is_no_job_spec(content: bytes) -> None:
    assert read_job_spec(content) is None


def test_a_job_spec_is_one_behind_blank_lines_too() -> None:
    assert read_job_spec(b" \n" + json.dumps(TOLD).encode()) == TOLD


@pytest.mark.parametrize(
    "wrong",
    [
        {"resources": {"duration": "an hour"}},
        {"resources": {"node_count": -1}},
        {"resources": {"process_count": True}},
        {"resources": 3},
        {"environment": ["A"]},
        {"name": "a\n#SBATCH --wrap=rm"},
        {"directory": "/a\rb"},
        {"backend": {"queue_name": "q\n#SBATCH -t 1"}},
        {"script": "#!/bin/sh\necho \ud800\n"},
    ],
)
def test_what_no_script_can_say_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        job_spec_script(TOLD | wrong, SLURM)
