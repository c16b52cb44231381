"""The names a body knows, set from the new scheduler's: run by real shells."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from podtui.domain.translate.dialect import OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.script import translate


def _run(script: str, shell: str, folder, **environ: str) -> list[str]:
    file = folder / "job"
    file.write_text(script)
    done = subprocess.run(
        [shell, str(file)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path


def test_pbs_names_in_slurm(home):
    script = "#!/bin/bash\n#PBS -V\nset -u\npwd\necho $PBS_JOBID,$PBS_ARRAYID,$PBS_O_WORKDIR\n"
    there = translate(script, TORQUE, SLURM).script
    told = _run(there, "bash", home, SLURM_JOB_ID="7", SLURM_SUBMIT_DIR="/a b")
    assert told == [str(home / "home"), "7,,/a b"]


def test_a_body_that_goes_to_the_folder_of_submission_needs_no_cd(home):
    script = '#!/bin/sh\n#PBS -V\n# first\ncd "$PBS_O_WORKDIR" || exit 1\npwd\n'
    there = translate(script, TORQUE, SLURM).script
    assert "HOME" not in there
    assert _run(there, "sh", home, SLURM_SUBMIT_DIR="/tmp") == ["/tmp"]


def test_files_of_nodes_are_made(home):
    (home / "hosts").write_text("n1 2 q@n1 UNDEFINED\nn2 1 q@n2 UNDEFINED\n")
    script = "#!/bin/sh\n#PBS -V\ncat $PBS_NODEFILE\n"
    there = translate(script, TORQUE, SGE).script
    told = _run(there, "sh", home, PE_HOSTFILE=str(home / "hosts"), TMPDIR=str(home))
    assert told == ["n1", "n1", "n2"]


def test_slurm_names_in_openpbs(home):
    (home / "nodes").write_text("n1\nn1\nn2\n")
    script = "#!/bin/sh\n#SBATCH -n 3\n#SBATCH -c 2\npwd\n"
    script += "echo $SLURM_NTASKS $SLURM_JOB_NODELIST $SLURM_CPUS_PER_TASK\n"
    there = translate(script, SLURM, OPENPBS).script
    told = _run(there, "sh", home, PBS_NODEFILE=str(home / "nodes"), PBS_O_WORKDIR="/tmp")
    assert [line.split() for line in told] == [["/tmp"], ["3", "n1,n2", "2"]]


@pytest.mark.skipif(shutil.which("csh") is None, reason="no csh here")
def test_a_c_shell_is_spoken_to_in_its_own_words(home):
    script = "#!/bin/csh\n#PBS -V\npwd\necho $PBS_JOBID\n"
    there = translate(script, TORQUE, SLURM).script
    assert _run(there, "csh", home, SLURM_JOB_ID="7") == [str(home / "home"), "7"]


def test_a_program_that_is_no_shell_is_left_alone_and_that_is_told():
    script = "#!/usr/bin/env python3\n#PBS -V\nimport os\nprint(os.environ['PBS_JOBID'])\n"
    there = translate(script, TORQUE, SLURM)
    assert there.script.endswith(
        "#SBATCH --error=%x.e%j\nimport os\nprint(os.environ['PBS_JOBID'])\n"
    )
    assert {"PBS_JOBID", ""} <= {note.directive for note in there.lost}


def test_a_chain_of_translations_sets_the_oldest_names_too(home):
    script = "#!/bin/sh\n#PBS -V\necho $PBS_JOBID\n"
    chain = translate(translate(script, TORQUE, SGE).script, SGE, SLURM).script
    assert chain.count("# >>> podtui") == 1
    assert _run(chain, "sh", home, SLURM_JOB_ID="7") == ["7"]


def test_what_the_new_scheduler_does_not_bring_is_told():
    there = translate("#!/bin/sh\n#SBATCH -n 2\nsrun ./x $SLURM_LOCALID\n", SLURM, TORQUE)
    found = {note.directive: note.kind for note in there.notes if not note.line}
    assert found["srun"] is NoteKind.CHECK
    assert found["SLURM_LOCALID"] is NoteKind.LOST
