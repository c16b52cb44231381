"""Job scripts: read for the right scheduler, and a token that changes nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.job import ScriptDialect
from podtui.domain.script import (
    check_script,
    directives,
    find_token,
    guess_dialect,
    job_name,
    with_token,
)
from podtui.errors import InputError

TRQ, SGE = ScriptDialect.TORQUE, ScriptDialect.SGE
SLURM, OPENPBS = ScriptDialect.SLURM, ScriptDialect.OPENPBS
PBS = """\
#!/bin/bash
#PBS -S /bin/bash
#PBS -N first -j oe
#PBS -q B30
#PBS -l nodes=2:ppn=28
#PBS -l walltime=00:05:00

cd $PBS_O_WORKDIR
#PBS -N late
"""


def test_torque_reads_to_the_first_command_and_grid_engine_everything():
    assert [d.text for d in directives(PBS, TRQ)][1] == "-N first -j oe"
    assert [d.line for d in directives(PBS, TRQ)] == [2, 3, 4, 5, 6]
    script = "#$ -N a\necho\n#$ -cwd\n"
    assert [d.text for d in directives(script, SGE)] == ["-N a", "-cwd"]
    assert directives("#PBSX -N a\n#$HOME\n", TRQ) == ()
    assert directives("#$HOME\n", SGE) == ()


@pytest.mark.parametrize(
    ("content", "dialect", "title"),
    [
        (b"", TRQ, "Empty script"),
        (b" \n\t\n", TRQ, "Empty script"),
        (b"\x7fELF\0\0", TRQ, "Not a script"),
        (b"#!/bin/sh\n" + b"x" * (16 << 20), TRQ, "Not a script"),
        (PBS.encode(), SGE, "Script of another dialect"),
        (b"#!/bin/bash\r\n#PBS -N a\r\n", TRQ, "Line ends"),
        (b"#$ -cwd\n", TRQ, "Script of another dialect"),
        (b"#SBATCH -n 1\n", TRQ, "Script of another dialect"),
        (PBS.encode(), SLURM, "Script of another dialect"),
        (b"#SBATCH -n 1\n", OPENPBS, "Script of another dialect"),
    ],
)
def test_what_no_scheduler_would_take_is_refused(content, dialect, title):
    with pytest.raises(InputError) as caught:
        check_script(content, dialect, "job.sub")
    assert caught.value.title == title
    assert "job.sub" in caught.value.message


@pytest.mark.parametrize(
    "content", [PBS.encode(), b"echo hi", b"#PBS -N a\n#$ -N b\n", b"# \xff\n"]
)
def test_what_the_scheduler_takes_passes(content):
    assert check_script(content, TRQ).encode("utf-8", "surrogateescape") == content


def test_the_dialect_is_guessed_only_when_it_is_sure():
    assert guess_dialect(PBS.encode()) is TRQ
    assert guess_dialect(b"#$ -cwd\n") is SGE
    assert guess_dialect(b"echo\n") is None
    assert guess_dialect(b"#PBS -N a\n#$ -N b\n") is None
    assert guess_dialect(b"#!/bin/sh\n#SBATCH -N 1\n") is SLURM
    assert guess_dialect(b"#PBS -l select=1:ncpus=2\n") is OPENPBS
    assert guess_dialect(b"#PBS -N a\n#PBS -J 1-10:2\n") is OPENPBS
    assert guess_dialect(b"#PBS -l nodes=1:ppn=2\n#PBS -t 1-10\n") is TRQ


def test_the_jobs_name_is_the_last_directives_or_the_scripts():
    assert job_name(PBS, TRQ, "job.sub") == "first"
    assert job_name("#PBS -N a\n#PBS -Nb\n", TRQ, "job.sub") == "b"
    assert job_name("echo", TRQ, "job.sub") == "job.sub"


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("#!/bin/sh\necho\n", "#!/bin/sh\n#PBS -v PODTUI_TOKEN=t1\necho\n"),
        ("#!/bin/sh", "#!/bin/sh\n#PBS -v PODTUI_TOKEN=t1\n"),
        ("", "#PBS -v PODTUI_TOKEN=t1\n"),
        ("#PBS -v A=1\n", "#PBS -v PODTUI_TOKEN=t1,A=1\n"),
        ("#PBS -N x -v A=1 -q y\n", "#PBS -N x -v PODTUI_TOKEN=t1,A=1 -q y\n"),
        ("#PBS -vA=1\n", "#PBS -vPODTUI_TOKEN=t1,A=1\n"),
        ("#PBS -v A\n#PBS -v B\n", "#PBS -v A\n#PBS -v PODTUI_TOKEN=t1,B\n"),
        ("#PBS -V\n", "#PBS -v PODTUI_TOKEN=t1\n#PBS -V\n"),
        ("echo\n#PBS -v A=1\n", "#PBS -v PODTUI_TOKEN=t1\necho\n#PBS -v A=1\n"),
    ],
)
def test_the_token_joins_the_directives(script, sent):
    assert with_token(script, TRQ, "t1") == sent.encode()


@pytest.mark.parametrize("script", ["#PBS -v A=1\n", "  #PBS -N x\n", "#!/bin/sh\n", PBS])
def test_openpbs_takes_the_token_as_torque_does(script):
    assert with_token(script, OPENPBS, "t1") == with_token(script, TRQ, "t1")
    assert directives(script, OPENPBS) == directives(script, TRQ)


_lines = st.sampled_from(
    [
        "#!/bin/sh",
        "#PBS -N a",
        "#PBS -v A=1,B",
        "#$ -v C=2",
        "#$ -cwd",
        "#SBATCH -n 1",
        "#SBATCH --job-name 'x y' # --comment=no",
        "#SBATCH hetjob",
        "echo hi",
        "",
        "# ü \udcff",
        "x\r",
    ]
)


@given(st.lists(_lines).map("\n".join), st.sampled_from(ScriptDialect))
def test_the_token_can_be_found_and_taken_out_again(script, dialect):
    sent = with_token(script, dialect, "a1B2").decode("utf-8", "surrogateescape")
    read = " ".join(d.text for d in directives(sent, dialect))
    assert find_token(read) == "a1B2"
    assert sent.count("PODTUI_TOKEN") == 1
    mark = "PODTUI_TOKEN=a1B2"
    line = {SGE: "#$ -v ", SLURM: "#SBATCH --comment="}.get(dialect, "#PBS -v ")
    bare = sent.replace(f"{line}{mark}\n", "").replace(f"{mark},", "")
    assert bare in (script, script + "\n")


def test_a_token_is_found_among_other_variables():
    assert find_token("HOME=/h,PODTUI_TOKEN=abc9,X=1") == "abc9"
    assert find_token("MY_PODTUI_TOKEN=abc9") == ""
    assert find_token("") == ""
