"""Round trips: what a dialect can say is read back as it was meant, and the rest is told."""

from __future__ import annotations

from dataclasses import fields
from itertools import permutations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.reading import read_script
from podtui.domain.translate.script import translate, write_script
from podtui.domain.translate.spec import Spec
from tests.domain.translate.specs import SPECS, common

DIALECTS = st.sampled_from(ScriptDialect)
BODY = "echo hello\n"
MANY = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _differences(one: Spec, other: Spec) -> list[str]:
    names = [field.name for field in fields(Spec)]
    return [
        f"{name}: {getattr(one, name)!r} != {getattr(other, name)!r}"
        for name in names
        if getattr(one, name) != getattr(other, name)
    ]


@MANY
@given(SPECS, DIALECTS)
def test_what_is_read_back_differs_only_in_what_was_told(spec, dialect):
    text, notes = write_script(spec, dialect, BODY)
    told = {note.field for note in notes if note.kind in (NoteKind.LOST, NoteKind.CHANGED)}
    again = read_script(text, dialect)
    assert [note for note in again.notes if note.kind is NoteKind.LOST] == []
    different = {line.split(":")[0]: line for line in _differences(spec, again.spec)}
    entangled = {
        "chunks": {"chunks", "placement", "parallel_environment", "memory"},
        "array": {"array", "stdout", "stderr"},
        "project": {"project", "account"},
        "group": {"group", "account"},
    }
    allowed = set().union(*(entangled.get(field, {field}) for field in told))
    assert {field: text for field, text in different.items() if field not in allowed} == {}


@MANY
@given(SPECS, DIALECTS, DIALECTS)
def test_there_and_back_keeps_the_job_where_nothing_was_told(spec, one, other):
    script, _ = write_script(spec, one, BODY)
    spec = read_script(script, one).spec
    there = translate(script, one, other)
    back = translate(there.script, other, one)
    told = [
        note
        for note in (*there.notes, *back.notes)
        if note.kind in (NoteKind.LOST, NoteKind.CHANGED)
    ]
    event(f"{one.name} {other.name} {'told' if told else 'exact'}")
    if not told:
        assert _differences(read_script(back.script, one).spec, spec) == []


PAIRS = list(permutations(ScriptDialect, 2))


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda dialect: dialect.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_both_can_say_comes_back_unchanged(one, other, data):
    spec = data.draw(common(grid_engine=ScriptDialect.SGE in (one, other)))
    script, notes = write_script(spec, one, BODY)
    there = translate(script, one, other)
    assert read_script(there.script, other).spec == spec
    back = translate(there.script, other, one)
    assert read_script(back.script, one).spec == spec
    told = [*notes, *there.notes, *back.notes]
    assert [note for note in told if note.kind in (NoteKind.LOST, NoteKind.CHANGED)] == []


@pytest.mark.parametrize("dialect", ScriptDialect)
def test_an_empty_spec_needs_no_more_than_the_defaults_differ(dialect):
    text, _ = write_script(Spec(), dialect, BODY)
    assert read_script(text, dialect).spec == Spec()
