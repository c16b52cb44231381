"""docs/cli.md tells what is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podtui import errors
from podtui.cli import facts
from podtui.cli.exit_codes import exit_code_table, failures
from podtui.cli.parser import build_parser
from podtui.domain.cluster import ClusterStatus
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.job import Job, JobKey, JobState, ScriptDialect
from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.node import LoginNode
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.domain.transfer import Direction, Transfer
from tests.cli.test_cli_parser import _parsers

DOCS = (Path(__file__).parents[2] / "docs/cli.md").read_text()
PAIR = StagePair("a", "~/a", "/home/a")
STAGED = StagedJob(
    "t", "pod", "s", b"", ScriptDialect.TORQUE, datetime.now(UTC), stage_in=(PAIR,), error="why"
)
PUBLIC = PublicKey("ssh-ed25519", "AAAA")


def test_the_table_of_exit_codes_is_the_failures_own():
    assert exit_code_table() in DOCS
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    assert kinds & {*failures()} == {kind for kind in kinds if issubclass(kind, errors.PodError)}


@pytest.mark.parametrize("parser", _parsers(build_parser())[1:], ids=lambda parser: parser.prog)
def test_every_command_and_option_is_told(parser):
    words = parser.prog.removeprefix("podtui ")
    assert re.search(rf"`[^`]*\b{words}\b", re.sub(r"\[(list|show)\]", r"\1", DOCS))
    for action in parser._actions:
        long = [option for option in action.option_strings if option.startswith("--")]
        assert not long or long[0] in ("--help", "--verbose") or long[0] in DOCS


@pytest.mark.parametrize(
    "told",
    [
        facts.cluster_facts(ClusterStatus("pod", "pod")),
        facts.job_facts(Job(JobKey("pod", "1"), JobState.RUNNING), STAGED),
        facts.staged_facts(STAGED),
        facts.staged_facts(STAGED)["stage_in"][0],
        facts.node_facts(LoginNode("n", "ACTIVE")),
        facts.entry_facts(Entry("n", EntryKind.FILE)),
        facts.transfer_facts(Transfer("t", "pod", Direction.UPLOAD, "a", "b")),
        facts.local_key_facts(LocalKey(Path("k"), PUBLIC, 256, encrypted=False)),
    ],
    ids=lambda told: ",".join(list(told)[:3]),
)
def test_every_name_in_json_is_told(told):
    assert [name for name in told if f"`{name}`" not in DOCS] == []


@pytest.mark.parametrize("words", [JobState, StagedPhase])
def test_the_words_of_states_are_told(words):
    text = " ".join(DOCS.split())
    assert ", ".join(word.value for word in words) in text
