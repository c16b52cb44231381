"""Slurm behind PBS's commands: every recorded answer read whole, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.pbs_queues import read_queue_table
from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers
from podtui.domain.job import JobState, Scope
from podtui.errors import BadAnswer, NotOffered, Unreachable

Recorded = Callable[[str], Output]

ME = Account("alice")
ALL = Scope(everybody=True)


def test_a_recorded_list_whole(recorded: Recorded) -> None:
    found = SlurmWrappers().parse_list("c", ALL, ME, recorded("torque/slurm-wrapper-qstat-f.txt"))
    assert found.skipped == 0
    words = {"C": JobState.UNKNOWN, "R": JobState.RUNNING, "Q": JobState.QUEUED}
    assert [j.id for j in found.jobs] == [
        str(n) for n in (1, 2, 3, 12, 5, 6, 7, 8, 9, 10, 11, 13, 4)
    ]
    assert all(j.state is words[j.native_state] for j in found.jobs)
    ended, running, held, *_ = found.jobs
    assert ended.ended == datetime(2026, 11, 22, 0, 32, 48, tzinfo=UTC)
    assert ended.reason == "It has ended; qstat does not tell here how."
    assert running.started == datetime(2026, 11, 22, 0, 32, 50, tzinfo=UTC)
    assert running.ended is None
    assert (running.name, running.user, running.cores) == ("pbsjob", "alice", 2)
    assert running.walltime == timedelta(minutes=5)
    assert (held.state, held.started) == (JobState.QUEUED, None)


def test_a_users_and_a_groups_jobs(recorded: Recorded) -> None:
    answer = recorded("torque/slurm-wrapper-qstat-f.txt")
    for scope in (Scope(user="bob"), Scope(group="bob")):
        found = SlurmWrappers().parse_list("c", scope, ME, answer)
        assert [j.id for j in found.jobs] == ["7", "8", "9"]
    assert len(SlurmWrappers().parse_list("c", Scope(), ME, answer).jobs) == 10


def test_one_job_with_all_attributes(recorded: Recorded) -> None:
    answer = recorded("torque/slurm-wrapper-qstat-f.txt")
    one = SlurmWrappers().parse_job("c", "1", ME, answer)
    assert one.attribute("Account_Name") == "proj1"
    assert one.hosts == "n1/1+n2/1"


def test_tables_tell_no_attributes_and_are_no_list(recorded: Recorded) -> None:
    for name in ("qstat", "qstat-a", "qstat-n"):
        with pytest.raises(BadAnswer):
            SlurmWrappers().parse_list("c", ALL, ME, recorded(f"torque/slurm-wrapper-{name}.txt"))


def test_queues_with_counts_and_without(recorded: Recorded) -> None:
    found = SlurmWrappers().parse_queues(recorded("torque/slurm-wrapper-qstat-q.txt"))
    assert [(q.name, q.open, q.running, q.waiting) for q in found] == [
        ("debug", True, 2, 2),
        ("batch", True, 4, 1),
        ("gpu", True, 1, 0),
        ("closed", True, 0, 1),
    ]
    assert [q.max_walltime and q.max_walltime.total_seconds() for q in found] == [
        3600,
        172800,
        None,
        3600,
    ]
    counts_unknown = read_queue_table(recorded("torque/slurm-wrapper-qstat-Q.txt").stdout)
    assert [(q.name, q.open, q.running, q.waiting) for q in counts_unknown] == [
        (name, True, None, None) for name in ("debug", "batch", "gpu", "closed")
    ]
    with pytest.raises(BadAnswer):
        read_queue_table(b"Welcome to the login node\n")


def test_a_table_of_torques_own_queues() -> None:
    table = (
        b"Queue              Max    Tot   Ena   Str   Que   Run   Hld   Wat   Trn   Ext T   Cpt\n"
        b"----------------   ---   ----    --    --   ---   ---   ---   ---   ---   --- -   ---\n"
        b"batch                0     12   yes    no     3     4     2     1     0     0 E     2\n"
    )
    (queue,) = read_queue_table(table)
    assert (queue.name, queue.open, queue.running, queue.waiting) == ("batch", False, 4, 6)


def test_machines(recorded: Recorded) -> None:
    found = SlurmWrappers().parse_nodes(recorded("torque/slurm-wrapper-pbsnodes.txt"))
    assert [(n.name, n.state, n.usable, n.cores, n.cores_free) for n in found] == [
        ("n1", "allocated", True, 8, None),
        ("n2", "mixed", True, 8, None),
        ("n3", "mixed", True, 8, None),
        ("n4", "idle", True, 8, 8),
    ]
    assert found[3].properties == ("gpu", "a100", "gpus=4")
    assert (found[0].memory, found[0].memory_free) == (8000, None)
    assert SlurmWrappers().parse_nodes(recorded("torque/slurm-wrapper-pbsnodes-l.txt")) == ()


def test_nothing_can_be_found_by_its_token() -> None:
    with pytest.raises(NotOffered):
        SlurmWrappers().find_command("abc")
    with pytest.raises(NotOffered):
        SlurmWrappers().parse_find("abc", Output(0, b""))


def test_a_table_counts_whatever_the_exit_status(recorded: Recorded) -> None:
    table = recorded("torque/slurm-wrapper-qstat-q.txt").stdout
    assert len(SlurmWrappers().parse_queues(Output(153, table))) == 4
    with pytest.raises(Unreachable):
        SlurmWrappers().parse_queues(Output(1, b"", b"slurm: Unable to contact slurm controller"))


def test_a_job_that_never_had_a_machine_was_taken_away() -> None:
    text = b"Job Id:\t5\n\tjob_state = C\n\teuser = alice(1001)\n\n"
    job = SlurmWrappers().parse_job("c", "5", ME, Output(0, text))
    assert job.state is JobState.CANCELLED


def test_commands() -> None:
    adapter = SlurmWrappers()
    with pytest.raises(NotOffered):
        adapter.requeue_command("5")
    assert adapter.list_command(ALL, ME) == ("qstat", "-f")
    assert adapter.finished_command("12") == ("qstat", "-f", "12")
    assert adapter.queues_command() == ("qstat", "-q")
    assert adapter.nodes_command() == ("pbsnodes", "-a")
