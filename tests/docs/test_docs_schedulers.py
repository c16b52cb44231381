"""docs/schedulers/ tells what the adapters do: states, endings and commands are theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from podtui.backends.schedulers import pbs_states, sge_rows, slurm_states
from podtui.backends.schedulers.base import Account, Argv, Scheduler
from podtui.backends.schedulers.choose import choose_scheduler
from podtui.domain.job import Job, JobKey, JobState, Scope

FOLDER = Path(__file__).parents[2] / "docs/schedulers"
PAGES = {"slurm": "slurm", "torque": "torque", "openpbs": "openpbs", "sge": "gridengine"}
ENDINGS = {"torque": pbs_states.TORQUE_ENDINGS, "openpbs": pbs_states.OPENPBS_ENDINGS}


def page(scheduler: str) -> str:
    return (FOLDER / f"{PAGES[scheduler]}.md").read_text()


def states(scheduler: str) -> dict[str, set[str]]:
    """The table under "States": podtui's word → the scheduler's words."""
    table = page(scheduler).partition("## States")[2].partition("\n| ")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {word: set(re.findall(r"`([^`]+)`", told)) for word, told in rows}


def by_state(words: Mapping[str, JobState]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for word, state in words.items():
        found.setdefault(state.value, set()).add(word)
    return found


def test_slurms_states():
    assert states("slurm") == by_state(slurm_states.STATES)


@pytest.mark.parametrize("scheduler", ["torque", "openpbs"])
def test_the_letters_of_pbs(scheduler):
    letters = {word: state for word, state in pbs_states.STATES.items() if len(word) == 1}
    told = states(scheduler)
    told["completed"] = told.pop("ended")
    assert told == by_state(letters)


def test_the_letters_of_grid_engine_in_their_order():
    told = [(word, "".join(letters)) for word, letters in states("sge").items()]
    theirs = [(state.value, set(letters)) for letters, state in sge_rows.STATES]
    assert [(word, set(letters)) for word, letters in told] == theirs


@pytest.mark.parametrize("scheduler", ENDINGS)
def test_what_exit_statuses_mean(scheduler):
    rows = re.findall(r"^\| (-\d+) \| (.*) \|$", page(scheduler), re.MULTILINE)
    assert {int(status): meaning for status, meaning in rows} == ENDINGS[scheduler]


def commands(scheduler: Scheduler, job_id: str) -> list[Argv]:
    me = Account("ann")
    running = Job(JobKey("c", job_id), JobState.RUNNING, hosts="n1")
    return [
        scheduler.list_command(Scope(), me),
        scheduler.job_command(job_id),
        scheduler.finished_command(job_id),
        scheduler.submit_command("/home/ann/run.sh", hold=True),
        scheduler.cancel_command(job_id),
        scheduler.hold_command(job_id),
        scheduler.release_command(job_id),
        scheduler.requeue_command(job_id),
        scheduler.queues_command(),
        scheduler.nodes_command(),
        scheduler.shell_command(running),
    ]


KNOWN = (
    r"\b(?:s(?:batch|queue|cancel|info|acct|run|control)"
    r"|q(?:sub|stat|del|hold|rls|rerun|acct|mod|host|conf)|pbsnodes|ssh)\b(?: -[A-Za-z]+)*"
)
VERBS = r"\b(?:show (?:job|node)|hold|release|requeue)\b"


@pytest.mark.parametrize("name", PAGES)
def test_every_command_is_told_with_its_options(name):
    told = page(name).partition("## Commands")[2].partition("## States")[0]
    for argv in commands(choose_scheduler(name, ""), "4"):
        used = re.findall(KNOWN, " ".join(argv))
        assert used
        verb = re.search(VERBS, " ".join(argv)) if "scontrol" in argv else None
        assert verb is None or re.search(rf"`scontrol[^`]* {verb[0]}", told)
        for command in used:
            first, *options = command.split()
            assert first in told, argv
            assert [option for option in options if option not in told] == [], argv
