"""Scripts of every dialect as psik's JobSpec: what it becomes, and what is told to be lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from podtui.backends.psik.compose import Order, compose
from podtui.backends.psik.site import Site, System
from podtui.domain.job import ScriptDialect, Submission
from podtui.errors import InputError
from tests.backends.psik.recorded import FOLDER, submission

LOCAL = Site(1, (System("default", "local", "active"), System("second", "local", "active")))
SLURM = Site(1, (System("hpc", "slurm", "active"),))
TWO = Site(2, (System("default", "local", "active"), System("second", "local", "active")))


def made(text: str, dialect: ScriptDialect = ScriptDialect.SLURM, site: Site = LOCAL) -> Order:
    order = compose(submission(text, dialect), site)
    assert_described(order, site)
    return order


def assert_described(order: Order, site: Site) -> None:
    """Every field is one of the service's own OpenAPI description."""
    name = {1: "openapi-1.0.0.json", 2: "openapi-2.0.1.json"}[site.version]
    schemas = json.loads((FOLDER / name).read_text())["components"]["schemas"]
    assert set(order.spec) <= set(schemas["JobSpec"]["properties"])
    assert set(order.spec["resources"]) <= set(schemas["ResourceSpec"]["properties"])
    if site.version == 1:
        assert set(order.spec["backend"]) <= set(schemas["BackendConfig"]["properties"])


def resources(text: str, dialect: ScriptDialect = ScriptDialect.SLURM) -> dict[str, Any]:
    found: dict[str, Any] = made(text, dialect).spec["resources"]
    return found


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        (ScriptDialect.SLURM, "#SBATCH -N 2 --ntasks-per-node=2 -c 2 -t 30"),
        (ScriptDialect.OPENPBS, "#PBS -l select=2:ncpus=4:mpiprocs=2,walltime=0:30:00"),
        (ScriptDialect.OPENPBS, "#PBS -l select=2:ncpus=4:mpiprocs=2,place=scatter,walltime=1790"),
    ],
)
def test_one_layout_in_several_dialects_is_one_job(dialect: ScriptDialect, lines: str) -> None:
    asked = resources(f"#!/bin/bash\n{lines}\ntrue\n", dialect)
    assert asked["duration"] == 30
    assert asked["cpu_cores_per_process"] == 2
    nodes, each = asked.get("node_count"), asked.get("processes_per_node")
    assert asked.get("process_count") == 4 or (nodes, each) == (2, 2)


def test_of_a_range_of_nodes_as_many_as_the_tasks_need_are_asked_for_and_told() -> None:
    order = made("#!/bin/bash\n#SBATCH -t 5 -N 2-4 -n 32 --ntasks-per-node=8\ntrue\n")
    asked = order.spec["resources"]
    assert (asked["node_count"], asked["processes_per_node"]) == (4, 8)
    assert order.losses == ("line 3: --nodes=2-4: exactly 4 nodes are asked for, not a range",)


def test_torque_nodes_and_grid_engine_slots() -> None:
    torque = resources("#PBS -l nodes=2:ppn=4,walltime=90\ntrue\n", ScriptDialect.TORQUE)
    assert (torque["node_count"], torque["processes_per_node"], torque["duration"]) == (2, 4, 2)
    sge = resources("#$ -pe mpi 8 -l h_rt=1:00:00\ntrue\n", ScriptDialect.SGE)
    assert (sge["process_count"], sge["duration"]) == (8, 60)


def test_defaults_that_are_not_the_scripts_are_sent_and_told() -> None:
    order = made("true\n")
    assert order.spec["resources"] == {
        "duration": 10,
        "exclusive_node_use": False,
        "cpu_cores_per_process": 1,
        "process_count": 1,
    }
    assert order.losses == ("the script names no walltime: psik's own 10 minutes are asked for",)


def test_nothing_is_dropped_silently() -> None:
    script = """#!/bin/bash
#SBATCH -t 5 --mem=4G
#SBATCH --array=1-3 --dependency=afterok:12
#SBATCH -o out.txt -e err.txt
#SBATCH --mail-type=END --begin=2030-01-01T00:00:00
#SBATCH --constraint=gpu --comment=mine --wckey=a
true
"""
    losses = "\n".join(made(script).losses)
    for word in ("--mem=4G", "--array=1-3", "--dependency", "out.txt", "err.txt", "--mail-type"):
        assert word in losses
    for word in ("--begin", "gpu", '--comment="mine"', "--wckey=a"):
        assert word in losses
    assert "0f1e2d3c" not in losses


def test_our_own_token_is_in_the_script_and_no_loss() -> None:
    for dialect in ScriptDialect:
        order = made("#!/bin/bash\ntrue\n", dialect)
        assert "PODTUI_TOKEN=0f1e2d3c" in order.spec["script"]
        assert all("TOKEN" not in loss for loss in order.losses)


def test_a_script_without_interpreter_gets_one_visibly() -> None:
    assert made("echo hi\n").spec["script"].startswith("#!/bin/bash\n")
    assert made("#!/usr/bin/python3\nprint(1)\n").spec["script"].startswith("#!/usr/bin/python3\n")
    chosen = made("#!/bin/bash\n#PBS -S /bin/tcsh\ntrue\n", ScriptDialect.TORQUE)
    assert chosen.spec["script"].startswith("#!/bin/tcsh\n")


def test_variables_are_set_in_the_script_for_psik_does_not() -> None:
    text = (
        "#PBS -v A=1,B='x y',HOMEGROWN -l walltime=60\ncd $PBS_O_WORKDIR\necho $PBS_JOBID $PBS_NP\n"
    )
    order = made(text, ScriptDialect.TORQUE)
    lines = order.spec["script"].splitlines()
    assert lines.index("export B='x y'") < lines.index("cd $PBS_O_WORKDIR")
    assert 'export PBS_O_WORKDIR="$PWD"' in lines
    assert 'export PBS_JOBID="$jobid"' in lines
    assert "export PBS_NP=1" in lines
    assert "environment" not in order.spec
    assert order.losses == ("HOMEGROWN: the service has no environment of yours to take it from",)


def test_a_slurm_behind_psik_tells_its_own_variables() -> None:
    order = made("#PBS -l walltime=60\necho $PBS_JOBID\n", ScriptDialect.TORQUE, SLURM)
    assert 'export PBS_JOBID="${SLURM_JOB_ID-}"' in order.spec["script"]
    assert order.spec["backend"] == {"type": "slurm"}


def test_no_shell_takes_no_settings_and_that_is_told() -> None:
    text = "#!/usr/bin/python3\n#PBS -v A=1 -l walltime=60\nimport os\n"
    order = made(text, ScriptDialect.TORQUE)
    assert "export" not in order.spec["script"]
    assert order.losses == ("A: /usr/bin/python3 is no shell to set it in",)


def test_a_queue_is_a_backend_or_the_backends_own_queue() -> None:
    second = made("#SBATCH -p second -t 1\ntrue\n")
    assert second.system.name == "second"
    assert "queue_name" not in second.spec["backend"]
    inner = made("#SBATCH -p debug -A acct -t 1\ntrue\n", site=SLURM)
    assert inner.spec["backend"] == {
        "type": "slurm",
        "queue_name": "debug",
        "project_name": "acct",
    }
    assert inner.losses == ()


def test_version_two_names_its_backend_and_has_no_queues() -> None:
    order = made("#SBATCH -p debug -A acct -t 1\ntrue\n", site=TWO)
    assert order.spec["backend"] == "default"
    told = "\n".join(order.losses)
    assert "--partition=debug: psik_api 2 names no queues" in told
    assert "--account=acct" in told
    assert made("#SBATCH -p second -t 1\ntrue\n", site=TWO).spec["backend"] == "second"


def test_a_script_that_holds_itself_is_held() -> None:
    assert made("#PBS -h -l walltime=60\ntrue\n", ScriptDialect.TORQUE).hold


def test_a_folder_by_its_whole_path_is_psiks_directory() -> None:
    assert made("#SBATCH -D /scratch/me -t 1\ntrue\n").spec["directory"] == "/scratch/me"
    relative = made("#SBATCH -D sub -t 1\ntrue\n")
    assert "directory" not in relative.spec
    assert any("--chdir=sub" in loss for loss in relative.losses)


def test_what_json_cannot_carry_is_refused_before_it_is_sent() -> None:
    latin = Submission("job.sh", b"#!/bin/sh\necho \xe9\n", ScriptDialect.SLURM, "0f")
    with pytest.raises(InputError, match="UTF-8"):
        compose(latin, LOCAL)
