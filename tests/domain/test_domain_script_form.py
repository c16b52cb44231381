"""A script as a form: one field changes one line, and everything else stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.job import ScriptDialect
from podtui.domain.script_checks import check_directives, completions, without_crlf
from podtui.domain.script_fields import Field
from podtui.domain.script_form import check_field, read_form, set_field
from podtui.domain.translate.lines import split_lines
from podtui.errors import InputError

TORQUE, SGE = ScriptDialect.TORQUE, ScriptDialect.SGE
SLURM, OPENPBS = ScriptDialect.SLURM, ScriptDialect.OPENPBS
VALUES = {
    Field.NAME: ("a", "a b", "relax-2"),
    Field.QUEUE: ("M40", "all.q"),
    Field.TIME: ("1:00:00", "30", "00:10:00"),
    Field.MEMORY: ("8G", "512M"),
    Field.NODES: ("1", "4"),
    Field.TASKS: ("2", "16"),
    Field.CORES: ("1", "12"),
    Field.ARRAY: ("1-10", "2-20:2"),
    Field.ACCOUNT: ("physics",),
}
LINES = {
    TORQUE: (
        *("#PBS -N old -q M40", "#PBS -l nodes=2:ppn=12:fast,walltime=1:00:00", "#PBS -l mem=8gb"),
        *("  #PBS -j oe -W x=y", "#PBS -Nglued", "#PBS -v A=1,B='x y'", "#PBS -lwalltime=5"),
    ),
    OPENPBS: (
        *("#PBS -l select=2:ncpus=4:mpiprocs=4:mem=8gb:site=x", "#PBS -l place=scatter:excl"),
        *("#PBS -N old", "#PBS -J 1-10", "#PBS -l walltime=10:00 -q work"),
    ),
    SGE: (
        *("#$ -N old -cwd", "#$ -pe mpi 12", "#$ -l h_rt=1:00:00,mem_free=2G,site=x", "#$ -t 1-3"),
        *("#$ -q all.q", "#$ -S /bin/bash -V"),
    ),
    SLURM: (
        *("#SBATCH -J old -t 10 -n4 # why", "#SBATCH --mem=4G", '#SBATCH --comment="a b"'),
        *("#SBATCH --strange=1", "#SBATCH -p long", "#SBATCH --cpus-per-task 2"),
    ),
}
OTHER = ("# a comment", "", "echo '#PBS -N no' \udcff", 'cd "$HOME"', "  exit 0")


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, ScriptDialect]:
    """Directives in any order, then commands; either line end, or none at the end."""
    dialect = draw(st.sampled_from(tuple(ScriptDialect)))
    head = draw(st.lists(st.sampled_from(LINES[dialect]), unique=True, max_size=6))
    first = draw(st.sampled_from(([], ["#!/bin/bash"], ["#!/bin/sh -e", "# about"])))
    body = draw(st.lists(st.sampled_from(OTHER), max_size=4))
    end = draw(st.sampled_from(("\n", "\r\n")))
    text = end.join([*first, *head, *body])
    return text + draw(st.sampled_from(("", end))), dialect


def _told(script: str, dialect: ScriptDialect) -> dict[Field, str]:
    return {one.field: one.value for one in read_form(script, dialect)}


@given(scripts(), st.data())
def test_one_field_changes_one_line(made: tuple[str, ScriptDialect], data: st.DataObject) -> None:
    script, dialect = made
    field = data.draw(st.sampled_from(tuple(Field)))
    value = data.draw(st.sampled_from((*VALUES[field], "")))
    before = _told(script, dialect)
    try:
        changed = set_field(script, dialect, field, value)
    except InputError:
        return
    assert _told(changed, dialect)[field] == value or not value
    old, new = split_lines(script), split_lines(changed)
    gone = [line for line in old if line.rstrip("\r\n") not in {n.rstrip("\r\n") for n in new}]
    come = [line for line in new if line.rstrip("\r\n") not in {n.rstrip("\r\n") for n in old}]
    assert len(gone) <= 1
    assert len(come) <= 1
    assert abs(len(old) - len(new)) <= 1
    if not gone and not come and len(old) == len(new):
        assert script == changed
    # A count told for the first time brings what it stands in; nothing else moves.
    others = {f: v for f, v in _told(changed, dialect).items() if f is not field}
    for other, told in others.items():
        assert told == before[other] or not before[other]


@given(scripts())
def test_what_is_told_already_changes_nothing(made: tuple[str, ScriptDialect]) -> None:
    script, dialect = made
    for one in read_form(script, dialect):
        if not one.reason:
            assert set_field(script, dialect, one.field, one.value) == script


@given(scripts(), st.data())
def test_there_and_back(made: tuple[str, ScriptDialect], data: st.DataObject) -> None:
    script, dialect = made
    answer = data.draw(st.sampled_from(read_form(script, dialect)))
    value = data.draw(st.sampled_from(VALUES[answer.field]))
    if answer.reason or not answer.value or check_field(answer.field, value, dialect):
        return
    changed = set_field(script, dialect, answer.field, value)
    back = set_field(changed, dialect, answer.field, answer.value)
    assert _told(back, dialect) == _told(script, dialect)


def test_a_value_within_a_list_is_changed_in_its_place() -> None:
    script = "#PBS -N x -l nodes=2:ppn=12:fast,walltime=1:00:00\necho\n"
    assert set_field(script, TORQUE, Field.CORES, "4").startswith(
        "#PBS -N x -l nodes=2:ppn=4:fast,walltime=1:00:00\n"
    )
    assert set_field(script, TORQUE, Field.TIME, "") == ("#PBS -N x -l nodes=2:ppn=12:fast\necho\n")


def test_a_new_directive_stands_behind_the_others_and_ends_as_they_do() -> None:
    script = "#!/bin/sh\r\n#SBATCH -J x\r\nsrun x\r\n"
    assert set_field(script, SLURM, Field.TIME, "30") == (
        "#!/bin/sh\r\n#SBATCH -J x\r\n#SBATCH --time=30\r\nsrun x\r\n"
    )
    assert set_field("#!/bin/sh", SGE, Field.CORES, "4") == "#!/bin/sh\n#$ -pe smp 4\n"


def test_memory_in_a_chunk_is_changed_in_the_chunk() -> None:
    script = "#PBS -l select=2:ncpus=4\n"
    assert set_field(script, OPENPBS, Field.MEMORY, "8gb") == "#PBS -l select=2:ncpus=4:mem=8gb\n"


@pytest.mark.parametrize("dialect", tuple(ScriptDialect))
@pytest.mark.parametrize("script", ["", "#!/bin/sh\necho x\n"])
def test_every_field_can_be_told_in_an_empty_form(script: str, dialect: ScriptDialect) -> None:
    for one in read_form(script, dialect):
        values = [v for v in VALUES[one.field] if not check_field(one.field, v, dialect)]
        assert values or one.reason
        for value in values:
            changed = set_field(script, dialect, one.field, value)
            assert _told(changed, dialect)[one.field] == value
            assert changed.endswith(script.removeprefix("#!/bin/sh\n"))


@pytest.mark.parametrize(
    ("script", "dialect", "field", "value", "told"),
    [
        ("#PBS -l nodes=1:ppn=2+3:ppn=4\n", TORQUE, Field.CORES, "4", "pieces differ"),
        ("#SBATCH --mem=1G --mem-per-cpu=1G\n", SLURM, Field.MEMORY, "4G", "two ways"),
        ("", SLURM, Field.TIME, "soon", "not a limit"),
        ("", SGE, Field.NODES, "2", "not in Grid Engine"),
        ("#PBS -l nodes=2:ppn=4\n", TORQUE, Field.NODES, "", "more is told"),
        ("", SLURM, Field.NAME, "a\nb", "not a word"),
        ("", TORQUE, Field.QUEUE, "-x", "not a word"),
    ],
)
def test_what_the_form_cannot_say_is_refused(
    script: str, dialect: ScriptDialect, field: Field, value: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        set_field(script, dialect, field, value)


def test_the_second_component_of_a_heterogeneous_job_is_left_alone() -> None:
    script = "#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n4\n"
    assert set_field(script, SLURM, Field.TIME, "5") == (
        "#!/bin/sh\n#SBATCH -n1\n#SBATCH --time=5\n#SBATCH hetjob\n#SBATCH -n4\n"
    )


def test_what_no_scheduler_reads_is_found() -> None:
    script = "#!/bin/sh\r\n#SBATCH --tmie=5 -t soon\r\n#SBATCH -J 'x\r\n"
    found = [(one.line, one.what) for one in check_directives(script, SLURM)]
    assert [line for line, _ in found] == [1, 2, 2, 3]
    assert "CR LF" in found[0][1]
    assert "does not know --tmie=5" in found[1][1]
    assert "'soon' is not a limit" in found[2][1]
    assert "quotes" in found[3][1]
    assert not check_directives("#SBATCH -t UNLIMITED --mem=0\n#SBATCH hetjob\n", SLURM)
    assert without_crlf("a\r\nb\rc\n") == "a\nb\rc\n"


def test_options_are_completed() -> None:
    assert completions("#SB", SLURM) == ("#SBATCH ",)
    assert completions("#SBATCH --ti", SLURM) == ("--time-min=", "--time=")
    assert completions("#SBATCH -J x --cpus-per-t", SLURM) == ("--cpus-per-task=",)
    assert completions("#$ -hold", SGE) == ("-hold_jid", "-hold_jid_ad")
    assert completions("#SBATCH --time=", SLURM) == ()
    assert completions("echo --ti", SLURM) == ()
