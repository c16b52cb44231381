"""TORQUE: recorded lists whole, arrays, what is gone, who may see what, and the token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.pbs_job import TORQUE, read_job
from podtui.backends.schedulers.pbs_text import records
from podtui.backends.schedulers.torque import Torque
from podtui.domain.job import Job, JobKey, JobList, JobState, Scope
from podtui.errors import BadAnswer, InputError, NotFound, NotOffered, Unreachable

Recorded = Callable[[str], Output]

LIST = "torque/qstat-x-killed-overtime-undeliverable.xml"
ME = Account("pbsuser1")
ALL = Scope(everybody=True)


def parse(output: Output, scope: Scope = ALL, account: Account = ME) -> JobList:
    return Torque().parse_list("c", scope, account, output)


def wrap(*jobs: str) -> Output:
    return Output(0, f"<Data>{''.join(jobs)}</Data>".encode())


def job(number: str, state: str, more: str = "", owner: str = "pbsuser1") -> str:
    return (
        f"<Job><Job_Id>{number}</Job_Id><Job_Owner>{owner}@h</Job_Owner>"
        f"<job_state>{state}</job_state>{more}</Job>"
    )


def test_a_recorded_list_whole(recorded: Recorded) -> None:
    found = parse(recorded(LIST))
    assert found.skipped == 0
    assert [(j.id, j.state, j.exit_status) for j in found.jobs] == [
        ("0.vm", JobState.RUNNING, None),
        ("1.vm", JobState.FAILED, 7),
        ("2.vm", JobState.HELD, None),
        ("3[].vm", JobState.RUNNING, None),
        ("4.vm", JobState.HELD, None),
        ("5.vm", JobState.FAILED, 127),
        ("6.vm", JobState.COMPLETED, 0),
        ("7.vm", JobState.TIMEOUT, -11),
    ]
    first = found.jobs[0]
    assert first.key == JobKey("c", "0.vm")
    assert (first.name, first.user, first.queue, first.cores) == ("hello", "pbsuser1", "batch", 1)
    assert first.walltime == timedelta(minutes=1)
    assert first.submitted == first.started == datetime(2026, 11, 21, 23, 54, 20, tzinfo=UTC)
    assert first.ended is None
    assert first.stdout == first.stderr == "/srv/labs/pbs/userhome/pbsuser1/hello.o0"
    assert first.workdir == "/srv/labs/pbs/userhome/pbsuser1"
    assert first.hosts == "vm/0"
    assert first.native_state == "R"


def test_why_it_waits_and_how_it_ended_in_plain_words(recorded: Recorded) -> None:
    reasons = {j.id: j.reason for j in parse(recorded(LIST)).jobs}
    assert reasons["2.vm"] == "Held by its user."
    assert reasons["4.vm"] == "Waits for 0.vm to succeed."
    assert reasons["6.vm"].startswith("Unable to copy files back")
    assert reasons["7.vm"] == "It used more wall time than it asked for."


def test_the_folded_text_says_the_same_as_the_xml(recorded: Recorded) -> None:
    text = recorded("torque/qstat-f-folded-within-words.txt").stdout
    read = [read_job(JobKey("c", r.id), r.facts, TORQUE, attributes=False) for r in records(text)]
    assert tuple(read) == parse(recorded(LIST)).jobs


def test_local_times_of_a_clock_in_another_zone(recorded: Recorded) -> None:
    text = recorded("torque/qstat-f-folded-within-words.txt").stdout
    first = next(records(text))
    ahead = read_job(JobKey("c", first.id), first.facts, TORQUE, timezone(timedelta(hours=-5)))
    assert ahead.started == datetime(2026, 11, 22, 4, 54, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        (Scope(), {"0.vm", "1.vm", "3[].vm", "4.vm", "5.vm", "6.vm", "7.vm"}),
        (Scope(user="pbsuser2"), {"2.vm"}),
        (Scope(group="pbsuser2"), {"2.vm"}),
        (Scope(group="pbsuser"), set()),
        (Scope(user="pbsuser"), set()),
    ],
)
def test_whose_jobs(recorded: Recorded, scope: Scope, ids: set[str]) -> None:
    assert {j.id for j in parse(recorded(LIST), scope).jobs} == ids
    assert Torque().list_command(scope, ME)[4:] == ("-t",)


def test_an_empty_queue_says_nothing() -> None:
    assert parse(Output(0, b"")) == JobList(())
    assert Torque().parse_find("abc", Output(0, b"")) == ()


def test_a_table_is_no_list(recorded: Recorded) -> None:
    for name in ("torque/qstat-table-only.txt", "torque/qstat-t-table-without-array.txt"):
        with pytest.raises(BadAnswer):
            parse(recorded(name))
        with pytest.raises(BadAnswer):
            Torque().parse_find("abc", recorded(name))


def test_one_job_has_all_attributes(recorded: Recorded) -> None:
    one = Torque().parse_job("c", "0.vm", ME, recorded(LIST))
    assert one.attribute("Resource_List.mem") == "50mb"
    assert one.attribute("resources_used.walltime") == "00:00:03"
    assert "SLEEP=20" in one.attribute("Variable_List")
    assert replace(one, attributes=()) == parse(recorded(LIST)).jobs[0]
    assert all(not j.attributes for j in parse(recorded(LIST)).jobs)


def test_a_forgotten_job_has_ended_and_nobody_knows_how() -> None:
    gone = Output(153, b"", b"qstat: Unknown Job Id Error 9.vm\n")
    for parse_one in (Torque().parse_job, Torque().parse_finished):
        with pytest.raises(NotFound):
            parse_one("c", "9.vm", ME, gone)


def test_waiting_tasks_are_folded_into_the_array_the_list_leaves_out() -> None:
    path = "<Output_Path>h:/home/p/a.o3-{0}</Output_Path><Job_Name>a-{0}</Job_Name>"
    found = parse(
        wrap(
            job("3[1].vm", "C", path.format(1) + "<exit_status>1</exit_status>"),
            job("3[2].vm", "R", path.format(2)),
            job("3[3].vm", "Q", path.format(3)),
            job("3[4].vm", "Q", path.format(4)),
            job("5.vm", "Q"),
        )
    )
    assert [(j.id, j.state, j.name) for j in found.jobs] == [
        ("3[].vm", JobState.RUNNING, "a"),
        ("3[1].vm", JobState.FAILED, "a-1"),
        ("3[2].vm", JobState.RUNNING, "a-2"),
        ("5.vm", JobState.QUEUED, ""),
    ]
    assert found.jobs[0].reason == "2 of 4 tasks wait."
    assert found.jobs[2].stdout == "/home/p/a.o3-2"


@pytest.mark.parametrize(
    ("tasks", "state"),
    [
        ("HH", JobState.HELD),
        ("HQ", JobState.QUEUED),
        ("C", JobState.COMPLETED),
    ],
)
def test_the_state_of_an_array_is_its_tasks(tasks: str, state: JobState) -> None:
    ending = "<exit_status>0</exit_status>"
    rows = [job(f"3[{n}].vm", word, ending) for n, word in enumerate(tasks)]
    array = parse(wrap(*rows)).jobs[0]
    assert (array.id, array.state) == ("3[].vm", state)


def test_output_paths_are_filled_in() -> None:
    more = (
        "<Output_Path>h:/scratch/$PBS_JOBID/${PBS_ARRAYID}.$PBS_JOBNAME.$X.$NO</Output_Path>"
        "<Error_Path>h:err.txt</Error_Path><init_work_dir>/home/p</init_work_dir>"
        "<Variable_List>PBS_O_HOME=/home/p,X=a,b,PBS_O_WORKDIR=/w</Variable_List>"
        "<Job_Name>n</Job_Name>"
    )
    found: Job = parse(wrap(job("3[2].vm", "R", more))).jobs[1]
    assert found.stdout == "/scratch/3[2].vm/2.n.a,b.$NO"
    assert found.stderr == "/home/p/err.txt"
    kept = parse(wrap(job("8.vm", "R", more + "<Keep_Files>oe</Keep_Files>"))).jobs[0]
    assert (kept.stdout, kept.stderr) == ("/home/p/n.o8", "/home/p/n.e8")


def test_a_job_that_was_deleted_before_it_ran_has_no_exit_status() -> None:
    deleted, lost, killed = parse(
        wrap(
            job("1.vm", "C"),
            job("2.vm", "C", "<exec_host>n1/0</exec_host>"),
            job("3.vm", "C", "<exit_status>265</exit_status>"),
        )
    ).jobs
    assert deleted.state is JobState.CANCELLED
    assert lost.state is JobState.UNKNOWN
    assert (killed.state, killed.reason) == (JobState.FAILED, "Signal 9 ended it.")


def test_a_state_never_heard_of_is_kept() -> None:
    (found,) = parse(wrap(job("1.vm", "Z"))).jobs
    assert (found.state, found.native_state) == (JobState.UNKNOWN, "Z")


def test_a_broken_off_list_tells_what_it_lost(recorded: Recorded) -> None:
    whole = recorded(LIST).stdout
    for length in (len(whole) - 3, len(whole) - 9, whole.index(b"<Job_Id>6.vm") + 30):
        cut = parse(Output(0, whole[:length]))
        assert cut.skipped == 1
        with pytest.raises(BadAnswer):
            Torque().parse_find("x", Output(0, whole[:length]))


def test_markup_and_bytes_no_xml_may_hold_cost_nothing() -> None:
    raw = (
        b"<Data><Job><Job_Id>1.vm</Job_Id><Job_Name>a&lt;b&amp;lt;|\xff\x1b</Job_Name>"
        b"<Variable_List>A=1<2,B=&x;,PODTUI_TOKEN=t1</Variable_List><job_state>R</job_state>"
        b"<Resource_List><ncpus>3</ncpus></Resource_List></Job></Data>"
    )
    (found,) = parse(Output(0, raw)).jobs
    assert found.name == "a<b&lt;|\udcff\x1b"
    assert found.cores == 3
    assert Torque().parse_find("t1", Output(0, raw)) == ("1.vm",)


def test_entities_are_never_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/x">]>'
        b"<Data><Job><Job_Id>1.vm</Job_Id><Job_Name>&a;&b;&#99999999;</Job_Name>"
        b"<job_state>R</job_state></Job></Data>"
    )
    assert parse(Output(0, bomb)).jobs[0].name == "&a;&b;&#99999999;"


def test_found_by_token_and_by_no_part_of_it(recorded: Recorded) -> None:
    more = "<Variable_List>PBS_O_HOME=/h,PODTUI_TOKEN=abc123,X=1</Variable_List>"
    listed = wrap(job("1.vm", "Q", more), job("2.vm", "Q", more.replace("123", "1234")))
    assert Torque().parse_find("abc123", listed) == ("1.vm",)
    assert Torque().parse_find("abc", listed) == ()
    assert Torque().parse_find("abc", recorded(LIST)) == ()


def test_machines(recorded: Recorded) -> None:
    (node,) = Torque().parse_nodes(recorded("torque/pbsnodes-x-tasks-in-brackets.xml"))
    assert (node.name, node.state, node.usable) == ("vm", "job-exclusive", True)
    assert (node.cores, node.cores_free, node.memory) == (4, 0, 24105)
    newer = (
        b"<Data><Node><name>n</name><state>down,offline</state><np>8</np><jobs>0-3,6/5.vm</jobs>"
    )
    (down,) = Torque().parse_nodes(Output(0, newer + b"<gpus>2</gpus></Node></Data>"))
    assert (down.usable, down.cores_free, down.properties) == (False, 3, ("gpus=2",))


def test_queues_and_the_default_one() -> None:
    text = (
        b"Server: vm\n    server_state = Active\n    default_queue = batch\n\n"
        b"Queue: batch\n    queue_type = Execution\n    total_jobs = 5\n"
        b"    state_count = Transit:0 Queued:2 Held:1 Waiting:0 Running:4 Exiting:0 Complete:3 \n"
        b"\t\n    resources_max.walltime = 48:00:00\n    enabled = True\n    started = True\n\n"
        b"Queue: old\n    queue_type = Route\n    enabled = False\n    started = True\n\n"
    )
    batch, old = Torque().parse_queues(Output(0, text))
    assert (batch.name, batch.open, batch.default) == ("batch", True, True)
    assert (batch.running, batch.waiting) == (4, 3)
    assert batch.max_walltime == timedelta(days=2)
    assert (old.open, old.default, old.state) == (False, False, "disabled, started, routing")
    with pytest.raises(BadAnswer):
        Torque().parse_queues(Output(0, b"Welcome\n"))


def test_a_server_that_does_not_answer() -> None:
    said = b"Cannot connect to specified server host 'vm'.\nqstat: cannot connect to server (null)"
    for parse_it in (Torque().parse_nodes, Torque().parse_queues):
        with pytest.raises(Unreachable):
            parse_it(Output(255, b"", said))
    with pytest.raises(Unreachable):
        parse(Output(111, b"", said))


@pytest.mark.parametrize("bad", ["all", "", "batch", "-W", "1 2", "1;id", "$(id)", "1.-x", "3[a]"])
def test_nothing_but_a_job_id_reaches_a_command(bad: str) -> None:
    adapter = Torque()
    for command in (adapter.cancel_command, adapter.job_command, adapter.requeue_command):
        with pytest.raises(InputError):
            command(bad)


def test_commands() -> None:
    adapter = Torque()
    assert adapter.submit_command("/h/run.sh", hold=True) == ("qsub", "-h", "/h/run.sh")
    assert adapter.submit_command("/h/run.sh", hold=False) == ("qsub", "/h/run.sh")
    assert adapter.cancel_command("3[2].vm") == ("qdel", "3[2].vm")
    assert adapter.hold_command("3[]") == ("qhold", "-h", "u", "3[]")
    assert adapter.release_command("22783.pod") == ("qrls", "-h", "u", "22783.pod")
    assert adapter.requeue_command("1.vm") == ("qrerun", "1.vm")
    assert adapter.finished_command("1.vm")[4:] == ("1.vm",)
    with pytest.raises(InputError):
        adapter.submit_command("-h", hold=False)


def test_a_shell_beside_a_running_job() -> None:
    running = Job(JobKey("c", "1.vm"), JobState.RUNNING, hosts="n12/0-3+n13/0")
    assert Torque().shell_command(running) == ("ssh", "-t", "n12")
    for hosts in ("", "-oProxyCommand=x/0"):
        with pytest.raises(NotOffered):
            Torque().shell_command(replace(running, hosts=hosts))
    with pytest.raises(NotOffered):
        Torque().shell_command(replace(running, state=JobState.QUEUED))
