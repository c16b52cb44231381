"""What other translators get wrong: units, bases, signs, defaults."""

from __future__ import annotations

import pytest

from podtui.domain.translate.dialect import GRAMMARS, OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.script import guess_source, translate
from podtui.errors import InputError

CASES = [
    # Bare wall times: PBS and Grid Engine count seconds, Slurm minutes.
    (TORQUE, "-l walltime=300", SLURM, "--time=00:05:00"),
    (SLURM, "-t 90", TORQUE, "-l walltime=01:30:00"),
    (SLURM, "-t 2-12", SGE, "-l h_rt=60:00:00"),
    (SGE, "-l h_rt=3600", SLURM, "--time=01:00:00"),
    (TORQUE, "-l walltime=48:00:00", SLURM, "--time=2-00:00:00"),
    # Memory: the job, a node, a process, a slot.
    (TORQUE, "-l nodes=4:ppn=2,mem=8gb", SLURM, "--mem=2G"),
    (TORQUE, "-l nodes=1:ppn=8,mem=8gb", SLURM, "--mem=8G"),
    (TORQUE, "-l nodes=1:ppn=8,pmem=1gb", SLURM, "--mem-per-cpu=1G"),
    (SGE, "-pe smp 4 -l h_vmem=2G", SLURM, "--mem-per-cpu=2G"),
    (SLURM, "-N 2 --ntasks-per-node=4 --mem=8G", TORQUE, "-l mem=16gb"),
    (SLURM, "-N 2 --ntasks-per-node=4 --mem=8G", OPENPBS, "-l select=2:ncpus=4:mpiprocs=4:mem=8gb"),
    (SLURM, "--mem=4000", SGE, "-l mem_free=4000M"),
    # Cores, processes, threads.
    (TORQUE, "-l nodes=2:ppn=28", SLURM, "--ntasks-per-node=28"),
    (OPENPBS, "-l select=2:ncpus=8 -l place=scatter", SLURM, "--cpus-per-task=8"),
    (OPENPBS, "-l select=16:ncpus=1", SLURM, "--ntasks=16"),
    (SLURM, "-n 16", TORQUE, "-l procs=16"),
    # Of a range, as many nodes as the tasks need; where the range has no room, they crowd.
    (SLURM, "-N 2-4 --ntasks=32 --ntasks-per-node=8", TORQUE, "-l nodes=4:ppn=8"),
    (
        SLURM,
        "-N 2-8 -n 20 --ntasks-per-node=8",
        OPENPBS,
        "-l select=2:ncpus=7:mpiprocs=7+1:ncpus=6:mpiprocs=6",
    ),
    (SLURM, "-N 2-3 --ntasks=30 --ntasks-per-node=8", TORQUE, "-l nodes=3:ppn=10"),
    (SLURM, "-N 2-4 --ntasks=8 --ntasks-per-node=8", TORQUE, "-l nodes=2:ppn=4"),
    (SLURM, "-N 2-4", TORQUE, "-l nodes=2:ppn=1"),
    (TORQUE, "-l nodes=1:ppn=4:gpus=2", SLURM, "--gpus-per-node=2"),
    (SLURM, "-N 1 -n 8 --gres=gpu:2", OPENPBS, "-l select=1:ncpus=8:mpiprocs=8:ngpus=2"),
    (TORQUE, "-l nodes=1:ppn=8", SGE, "-pe smp 8"),
    # Outputs: PBS keeps them apart, Slurm joins them.
    (TORQUE, "-N a", SLURM, "--error=%x.e%j"),
    (TORQUE, "-o out.txt", SLURM, "--error=%x.e%j"),
    (TORQUE, "-j oe -o out.txt", SLURM, "--output=out.txt"),
    (SLURM, "-o out.txt", TORQUE, "-j oe"),
    (SLURM, "-o out.txt -e err.txt", SGE, "-e err.txt"),
    (SLURM, "-a 1-3 -o %x.%A.%a", SGE, "-o $JOB_NAME.$JOB_ID.$TASK_ID"),
    (SLURM, "-D /scratch -o out.txt", TORQUE, "-o /scratch/out.txt"),
    # The working directory.
    (SLURM, "-J a", TORQUE, "-d ."),
    (SLURM, "-J a", SGE, "-cwd"),
    (SGE, "-wd /data", SLURM, "--chdir=/data"),
    # Priorities have another sign.
    (TORQUE, "-p -100", SLURM, "--nice=100"),
    (SLURM, "--nice=50", SGE, "-p -50"),
    # Arrays.
    (TORQUE, "-t 1-10,15%5", SLURM, "--array=1-10,15%5"),
    (SLURM, "-a 1-9:2%3", TORQUE, "-t 1,3,5,7,9%3"),
    (SLURM, "-a 1-9:2%3", SGE, "-tc 3"),
    (OPENPBS, "-J 0-8:4", SLURM, "--array=0-8:4"),
    # The environment: Slurm takes all of it unless told.
    (TORQUE, "-N a", SLURM, "--export=NONE"),
    (TORQUE, "-V -v A=1,B", SLURM, "--export=ALL,A=1,B"),
    (SLURM, "-J a", TORQUE, "-V"),
    # The rest.
    (TORQUE, "-W depend=afterok:1:2,afterany:3", SLURM, "--dependency=afterany:3,afterok:1:2"),
    (SGE, "-hold_jid 1,2", TORQUE, "-W depend=afterany:1:2"),
    (TORQUE, "-a 202612312359.30", SLURM, "--begin=2026-12-31T23:59:30"),
    (TORQUE, "-a 2359", SLURM, "--begin=23:59:00"),
    (SLURM, "--begin=2026-12-31T23:59", SGE, "-a 202612312359"),
    (TORQUE, "-m abe", SLURM, "--mail-type=BEGIN,END,FAIL"),
    (TORQUE, "-M me@x.org", SLURM, "--mail-type=FAIL"),
    (SLURM, "--mail-user=me@x.org", TORQUE, "-m n"),
    (TORQUE, "-r n", SLURM, "--no-requeue"),
    (TORQUE, "-h", SLURM, "--hold"),
    (TORQUE, "-n", SLURM, "--exclusive"),
    (SLURM, "-J long-name-of-twenty-one", TORQUE, "-N long-name-of-tw"),
    (TORQUE, "-Nfoo -joe", SLURM, "--job-name=foo"),
]


@pytest.mark.parametrize(("source", "directive", "target", "wanted"), CASES)
def test_a_directive_keeps_its_meaning(source, directive, target, wanted):
    script = f"#!/bin/bash\n{GRAMMARS[source].prefix} {directive}\necho\n"
    lines = translate(script, source, target).script.splitlines()
    assert f"{GRAMMARS[target].prefix} {wanted}" in lines


LOST = [
    (TORQUE, "-l nodes=2:ppn=4+1:ppn=8", SLURM),
    (TORQUE, "-l nodes=2:ppn=4", SGE),
    (TORQUE, "-l qos=high", SLURM),
    (TORQUE, "-W stagein=a@host:b", SLURM),
    (TORQUE, "-t 1-3,7", SGE),
    (TORQUE, "-t 0-3", SGE),
    (TORQUE, "-t 1-3,7", OPENPBS),
    (TORQUE, "-k oe", OPENPBS),
    (TORQUE, "-a 12312359", SLURM),
    (SLURM, "-d afterok:1?afterok:2", TORQUE),
    (SLURM, "-d singleton", SGE),
    (SLURM, "-t UNLIMITED", TORQUE),
    (SLURM, "--begin=now+1hour", TORQUE),
    (SLURM, "--mem=0", TORQUE),
    (SLURM, "-a 0-4000000000", TORQUE),
    (SGE, "-hold_jid other", SLURM),
    (SGE, "-l arch=lx-amd64", SLURM),
    (SLURM, "-J 'open", TORQUE),
    (SLURM, "hetjob", TORQUE),
    (SLURM, "-a 1-90000:2", TORQUE),
    (TORQUE, f"-l walltime={'9' * 5000}", SLURM),
    (TORQUE, f"-l procs={'9' * 5000}", SLURM),
    (SGE, f"-tc {'9' * 5000}", SLURM),
    (SLURM, f"--mem={'9' * 5000}G", SGE),
]


@pytest.mark.parametrize(("source", "directive", "target"), LOST)
def test_what_has_no_equivalent_stays_as_a_comment_and_is_listed(source, directive, target):
    prefix = GRAMMARS[source].prefix
    there = translate(f"#!/bin/sh\n{prefix} {directive}\necho\n", source, target)
    assert there.lost
    assert [note.line for note in there.lost] == [2] * len(there.lost)
    kept = [line for line in there.script.splitlines() if "  # podtui: no equivalent in" in line]
    assert kept[0].startswith(f"#{prefix} ")


@pytest.mark.parametrize(
    ("directive", "told"),
    [
        (
            "-N 2-4 -n 32 --ntasks-per-node=8",
            {"--nodes=2-4": "exactly 4 nodes are asked for, not a range"},
        ),
        (
            "-N 2 -n 32 --ntasks-per-node=8",
            {"--ntasks-per-node=8": "2 nodes hold 32 tasks only with more on each"},
        ),
        (
            "-N 2-3 -n 27 --ntasks-per-node=8",
            {
                "--nodes=2-3": "exactly 3 nodes are asked for, not a range",
                "--ntasks-per-node=8": "3 nodes hold 27 tasks only with more on each",
            },
        ),
    ],
)
def test_a_range_of_nodes_is_reckoned_with_its_tasks_and_told(directive, told):
    notes = translate(f"#!/bin/sh\n#SBATCH {directive}\necho\n", SLURM, TORQUE).notes
    assert {n.directive: n.message for n in notes if n.kind is NoteKind.CHANGED} == told


def test_h_vmem_is_told_to_limit_something_else():
    notes = translate("#!/bin/sh\n#$ -l h_vmem=2G\n", SGE, SLURM).notes
    assert [n.directive for n in notes if n.kind is NoteKind.CHANGED] == ["-l h_vmem=2G"]


def test_a_later_directive_replaces_an_earlier_one_and_that_is_told():
    there = translate("#!/bin/sh\n#PBS -N a\n#PBS -N b\n", TORQUE, SLURM)
    assert "--job-name=b" in there.script
    assert "--job-name=a" not in there.script
    assert [n.message for n in there.notes if n.line == 2] == ["is replaced by line 3: -N b"]


def test_a_sleeping_directive_of_the_target_is_not_woken():
    there = translate("#!/bin/sh\n#PBS -N a\n#SBATCH -p other\necho\n", TORQUE, SLURM)
    assert "\n##SBATCH -p other\n" in there.script
    assert any(note.line == 3 and note.kind is NoteKind.CHANGED for note in there.notes)


def test_slurm_gets_the_first_line_it_wants():
    assert translate("#PBS -N a\necho\n", TORQUE, SLURM).script.startswith("#!/bin/bash\n#SBATCH")
    script = "#!/bin/sh\n#PBS -S /bin/tcsh\necho\n"
    assert translate(script, TORQUE, SLURM).script.startswith("#!/bin/tcsh\n#SBATCH")


def test_dos_line_ends_stay():
    there = translate("#!/bin/sh\r\n#PBS -N a\r\necho\r\n", TORQUE, SLURM).script
    assert there.count("\r\n") == there.count("\n")


def test_a_folded_directive_is_read_as_one():
    there = translate("#!/bin/sh\n#PBS -l nodes=2 \\\n#PBS -N a\necho\n", TORQUE, SLURM)
    assert {"#SBATCH --nodes=2", "#SBATCH --job-name=a"} <= {*there.script.splitlines()}


@pytest.mark.parametrize(
    ("script", "dialect"),
    [
        ("#PBS -l nodes=1\n", TORQUE),
        ("#PBS -l select=1:ncpus=2\n", OPENPBS),
        ("#PBS -J 1-3\n", OPENPBS),
        ("#!/bin/sh\necho\n#$ -cwd\n", SGE),
        ("#SBATCH -n 1\n", SLURM),
    ],
)
def test_the_dialect_is_known_by_its_directives(script, dialect):
    assert guess_source(script) is dialect


@pytest.mark.parametrize("script", ["echo\n", "#PBS -N a\n#SBATCH -n 1\n"])
def test_a_script_of_no_or_of_several_dialects_has_to_be_named(script):
    with pytest.raises(InputError) as caught:
        guess_source(script)
    assert "--from" in caught.value.hint


def test_of_two_amounts_of_memory_only_the_one_left_out_is_told_so() -> None:
    done = translate("#$ -pe mpi 4\n#$ -l h_vmem=2G,mem_free=1536M\nhostname\n", SGE, SLURM)
    assert "#SBATCH --mem-per-cpu=1536M" in done.script
    assert "##$ -l mem_free" not in done.script
    lost = [note.directive for note in done.notes if note.kind is NoteKind.LOST]
    assert lost == ["-l h_vmem=2G"]
