"""Nothing is dropped silently, whatever a script holds, and the body stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import GRAMMARS, OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.lines import split_lines, take_apart
from podtui.domain.translate.reading import read_script
from podtui.domain.translate.script import translate

DIALECTS = st.sampled_from(ScriptDialect)
MANY = settings(max_examples=300, deadline=None)
VALUES = st.one_of(
    st.text("abc019:,=+-%$/.@'\" \\#[]{}éGgnm\udcff", max_size=14),
    st.sampled_from(
        [
            *("nodes=2:ppn=4+1:ppn=8", "select=2:ncpus=4:mem=1gb", "place=pack", "mem=2gb"),
            *("walltime=1:00", "1-9:2%3", "depend=afterok:1:2,afterany:3", "h_vmem=2G,h_rt=60"),
            *("smp", "y", "n", "oe", "eo", "10", "A=1,B", "ALL", "NONE"),
        ]
    ),
)


def _flag(dialect: ScriptDialect) -> st.SearchStrategy[str]:
    grammar = GRAMMARS[dialect]
    known = sorted(grammar.values | grammar.bare | grammar.optional | set(grammar.long_of))
    return st.sampled_from([*known, "-?", "--unheard-of", "word"])


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, ScriptDialect]:
    dialect = draw(DIALECTS)
    prefix = GRAMMARS[dialect].prefix
    lines = [
        f"{prefix} {draw(_flag(dialect))}{draw(st.sampled_from([' ', '=', '']))}{draw(VALUES)}"
        for _ in range(draw(st.integers(1, 5)))
    ]
    return "\n".join(["#!/bin/sh", *lines, "echo done", ""]), dialect


@MANY
@given(scripts())
def test_every_directive_is_in_the_spec_or_in_the_notes(found):
    script, dialect = found
    reading = read_script(script, dialect)
    told = {note.line for note in reading.notes}
    meant = {option.line for options in reading.origins.values() for option in options}
    wanted = {one.line for one in take_apart(script, dialect).directives if one.text}
    assert wanted - told - meant == set()


@MANY
@given(scripts(), DIALECTS)
def test_what_no_note_tells_as_lost_is_in_the_other_script(found, target):
    script, source = found
    there = translate(script, source, target)
    for note in there.lost:
        if note.line and source is not target:
            kept = f"#{GRAMMARS[source].prefix} {note.directive}  # podtui: no equivalent in "
            assert kept in there.script


LINES = st.one_of(
    st.text(max_size=30).filter(lambda text: "\n" not in text),
    st.sampled_from(
        ["#PBS -N x", "#$ -cwd", "#SBATCH -n 3", "echo $PBS_JOBID", "#", "", "  # x\r"]
    ),
)


@MANY
@given(st.lists(LINES, max_size=8), DIALECTS, DIALECTS, st.booleans())
def test_the_body_stays_byte_for_byte(lines, source, target, ended):
    script = "\n".join(lines) + ("\n" if ended else "")
    there = translate(script, source, target).script
    taken = take_apart(script, source)
    after = iter(split_lines(there))
    for number, line in taken.lines:
        if number == 1 and line.startswith("#!") and target is SLURM:
            continue
        kept = (line.rstrip("\r\n"), f"#{line}".rstrip("\r\n"))
        assert any(other.rstrip("\r\n") in kept for other in after), line


@pytest.mark.parametrize("target", ScriptDialect)
def test_into_its_own_dialect_nothing_changes(target):
    script = f"{GRAMMARS[target].prefix} -N x\necho\r\n"
    assert translate(script, target, target).script == script


@pytest.mark.parametrize(
    ("source", "target"), [(TORQUE, SLURM), (SGE, SLURM), (OPENPBS, SGE), (SLURM, TORQUE)]
)
def test_there_and_back_the_script_is_the_same_but_for_its_directives(source, target):
    prefix = GRAMMARS[source].prefix
    body = "\n# why\ncd /tmp\necho $PBS_O_WORKDIR $SGE_TASK_ID $SLURM_JOB_ID '$PBS_JOBID'\n\n"
    script = f"#!/bin/bash\n{prefix} -N x --strange\n{body}"
    back = translate(translate(script, source, target).script, target, source).script
    assert take_apart(back, source).body == take_apart(script, source).body
    assert f"{prefix} --strange" in back
