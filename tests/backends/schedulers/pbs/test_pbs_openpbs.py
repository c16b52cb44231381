"""OpenPBS: recorded JSON and text whole, invalid JSON, history, subjobs, other clocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.openpbs import OpenPbs
from podtui.domain.job import JobList, JobState, Scope
from podtui.errors import BadAnswer, NotFound

Recorded = Callable[[str], Output]

LIVE = "openpbs/qstat-f-variables-made-numbers.json"
TEXT = "openpbs/qstat-f-folded-array-index.txt"
HISTORY = "openpbs/qstat-x-f-every-ending.json"
ME = Account("pbsuser1")
ALL = Scope(everybody=True)


def parse(output: Output, scope: Scope = ALL, version: str = "23.06.06") -> JobList:
    return OpenPbs(version).parse_list("c", scope, ME, output)


def dump(**jobs: Mapping[str, object]) -> Output:
    document = {"timestamp": 1795304663, "pbs_version": "23.06.06", "pbs_server": "h", "Jobs": jobs}
    return Output(0, json.dumps(document, indent="\t", separators=(",", ":\t")).encode())


def test_every_ending_of_a_recorded_history(recorded: Recorded) -> None:
    found = parse(recorded(HISTORY))
    assert found.skipped == 0
    assert [(j.id.partition(".")[0], j.state, j.exit_status) for j in found.jobs] == [
        ("0", JobState.COMPLETED, 0),
        ("1", JobState.CANCELLED, 271),
        ("2", JobState.COMPLETED, 0),
        ("3[]", JobState.CANCELLED, 0),
        ("4", JobState.FAILED, 7),
        ("5", JobState.CANCELLED, None),
        ("6", JobState.CANCELLED, None),
        ("7", JobState.FAILED, 254),
        ("8", JobState.COMPLETED, 0),
        ("9", JobState.COMPLETED, 0),
        ("10", JobState.TIMEOUT, -29),
        ("11", JobState.CANCELLED, None),
    ]
    first = found.jobs[0]
    assert first.started == datetime(2026, 11, 21, 23, 43, 34, tzinfo=UTC)
    assert first.ended == datetime(2026, 11, 21, 23, 43, 36, tzinfo=UTC)
    assert first.stderr == first.stdout == "/srv/labs/pbs/userhome/pbsuser1/hello.o0"
    assert found.jobs[5].reason == "It was taken away before it started."
    assert all(j.native_state == "F" for j in found.jobs)


def test_live_jobs_and_why_they_wait(recorded: Recorded) -> None:
    found = {j.id.partition(".")[0]: j for j in parse(recorded(LIVE)).jobs}
    assert found["1"].state is JobState.RUNNING
    assert (found["3[]"].state, found["3[]"].native_state) == (JobState.RUNNING, "B")
    assert found["3[]"].stdout.endswith("/arr.o3.^array_index^")
    assert found["4"].reason == "Not enough free nodes available"
    assert found["5"].reason == "Waits for 1.localhost to succeed."
    assert found["11"].cores == 64
    assert found["11"].reason == (
        "It can never run: Insufficient amount of resource: ncpus (asked 64, free 4, in all 4)"
    )
    assert found["2"].workdir == "/srv/labs/pbs/userhome/pbsuser2"


def test_the_folded_text_of_old_releases_says_the_same(recorded: Recorded) -> None:
    old = OpenPbs("pbs_version = 13.1.2")
    assert old.list_command(ALL, ME)[4:] == ("-t", "-f")
    assert parse(recorded(TEXT), version="pbs_version = 13.1.2") == parse(recorded(LIVE))


def test_the_format_follows_the_version(recorded: Recorded) -> None:
    for version in ("", "pbs_version = 23.06.06", "19.1.3", "2024.1.0", "14.1.2"):
        assert OpenPbs(version).list_command(ALL, ME)[4:] == ("-t", "-f", "-F", "json")
    told = recorded("openpbs/version.txt").stdout.decode()
    assert OpenPbs(told).job_command("1.h")[4:] == ("-f", "-F", "json", "1.h")
    for version in ("12.2", "14.0.1"):
        assert OpenPbs(version).nodes_command() == ("pbsnodes", "-a")


def test_whose_jobs(recorded: Recorded) -> None:
    assert [j.id for j in parse(recorded(LIVE), Scope(user="pbsuser2")).jobs] == ["2.localhost"]
    assert [j.id for j in parse(recorded(LIVE), Scope(group="root")).jobs] == ["9.localhost"]
    assert len(parse(recorded(LIVE), Scope()).jobs) == 9


def test_local_times_of_a_clock_in_another_zone(recorded: Recorded) -> None:
    there = Account("pbsuser1", timezone(timedelta(hours=5, minutes=30)))
    found = OpenPbs().parse_list("c", ALL, there, recorded(LIVE))
    assert found.jobs[0].started == datetime(2026, 11, 21, 18, 13, 34, tzinfo=UTC)


def test_numbers_made_of_variables_are_words_again(recorded: Recorded) -> None:
    one = OpenPbs().parse_job("c", "1.localhost", ME, recorded(LIVE))
    assert "SLEEP=25," in one.attribute("Variable_List")
    assert one.attribute("Resource_List.select") == "1:ncpus=1:mem=50mb"
    assert replace(one, attributes=()) == parse(recorded(LIVE)).jobs[0]


@pytest.mark.parametrize(
    "value", ["0123", "nan", '"a"b"', "", '"tab\there"', "1e", '"\\x"', "[", "{"]
)
def test_one_invalid_value_costs_that_value_alone(recorded: Recorded, value: str) -> None:
    good = recorded(LIVE).stdout
    assert good.count(b'"SLEEP":\t25,') == 1
    bad = good.replace(b'"SLEEP":\t25,', b'"SLEEP":\t' + value.encode() + b",")
    assert parse(Output(0, bad)) == parse(Output(0, good))


def test_the_same_with_four_blanks_or_on_one_line(recorded: Recorded) -> None:
    document = json.loads(recorded(LIVE).stdout)
    blanks = json.dumps(document, indent=4, separators=(",", ":")).encode()
    compact = json.dumps(document).encode()
    for again in (blanks, compact):
        assert parse(Output(0, again)) == parse(recorded(LIVE))


def test_a_broken_off_list_tells_what_it_lost(recorded: Recorded) -> None:
    whole = recorded(LIVE).stdout
    inside = whole.index(b'"6.localhost"') + 500
    between = whole.index(b'\t\t"7.localhost"')
    assert [j.id for j in parse(Output(0, whole[:inside])).jobs][-1] == "5.localhost"
    for length in (inside, between, len(whole) - 4):
        assert parse(Output(0, whole[:length])).skipped == 1


def test_no_jobs_and_no_list(recorded: Recorded) -> None:
    assert parse(dump()) == JobList(())
    assert parse(Output(0, b'{"timestamp":1,"pbs_version":"20.0.1","pbs_server":"h"}')).jobs == ()
    for name in ("openpbs/qstat-table-only.txt", "openpbs/qstat-t-table-of-subjobs.txt"):
        for version in ("23.06", "13.0"):
            with pytest.raises(BadAnswer):
                parse(recorded(name), version=version)
        with pytest.raises(BadAnswer):
            OpenPbs().parse_find("x", recorded(name))


def test_waiting_subjobs_are_folded_into_their_array() -> None:
    def subjob(state: str, **more: object) -> dict[str, object]:
        return {"Job_Owner": "p@h", "job_state": state, **more}

    path = "h:/o/a.^array_index^"
    listed = dump(
        **{
            "3[].h": subjob("B", comment="Job Array Began at …", Output_Path=path),
            "3[1].h": subjob("X", Exit_status=0, stime="Sat Nov 21 23:43:34 2026"),
            "3[2].h": subjob("R", Output_Path=path),
            "3[3].h": subjob("Q", comment="Not Running: Server job limit reached"),
            "3[4].h": subjob("Q"),
        }
    )
    found = parse(listed).jobs
    assert [(j.id, j.state) for j in found] == [
        ("3[].h", JobState.RUNNING),
        ("3[1].h", JobState.COMPLETED),
        ("3[2].h", JobState.RUNNING),
    ]
    assert found[0].reason == "2 of 4 tasks wait: Server job limit reached"
    assert (found[0].stdout, found[2].stdout) == ("/o/a.^array_index^", "/o/a.2")


def test_jobs_that_ended_long_ago_are_left_to_the_history() -> None:
    ended: dict[str, object] = {"job_state": "F", "Exit_status": 0}
    listed = dump(
        **{
            "1.h": {**ended, "history_timestamp": 1795304663 - 90000},
            "2.h": {**ended, "history_timestamp": 1795304663 - 80000},
        }
    )
    assert [j.id for j in parse(listed).jobs] == ["2.h"]
    assert OpenPbs().parse_finished("c", "1.h", ME, listed).state is JobState.COMPLETED


def test_expected_start_folders_and_odd_states() -> None:
    waits: dict[str, object] = {
        "job_state": "Q",
        "estimated": {"start_time": "Sun Nov 22 08:00:00 2026"},
    }
    later: dict[str, object] = {"job_state": "W", "Execution_Time": "Sun Nov 22 09:30:00 2026"}
    folder: dict[str, object] = {"job_state": "M", "Output_Path": "h:/o/", "Error_Path": "h:/e/"}
    one, two, three = parse(dump(**{"1.h": waits, "2.h": later, "3.h": folder})).jobs
    assert one.expected_start == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert two.reason == "It is not to start before 2026-11-22 09:30 UTC."
    assert (three.state, three.native_state) == (JobState.UNKNOWN, "M")
    assert three.reason == "It was moved to another server."
    assert (three.stdout, three.stderr) == ("/o/3.h.OU", "/e/3.h.ER")


def test_found_by_token_in_the_text_where_it_stays_a_word(recorded: Recorded) -> None:
    adapter = OpenPbs()
    assert adapter.find_command("00123")[4:] == ("-f",)
    text = recorded(TEXT).stdout
    with_token = text.replace(b"SLEEP=25,", b"PODTUI_TO\n\tKEN=00123,", 1)
    assert adapter.parse_find("00123", Output(0, with_token)) == ("1.localhost",)
    assert adapter.parse_find("123", Output(0, with_token)) == ()
    assert adapter.parse_find("00123", recorded(TEXT)) == ()
    with pytest.raises(BadAnswer):
        adapter.parse_find("00123", Output(0, text[:-1]))


def test_an_unknown_job() -> None:
    said = Output(153, b"", b"qstat: Unknown Job Id 99.localhost\n")
    with pytest.raises(NotFound):
        OpenPbs().parse_job("c", "99.localhost", ME, said)


def test_machines(recorded: Recorded) -> None:
    (node,) = OpenPbs().parse_nodes(recorded("openpbs/pbsnodes-a-busy.json"))
    assert (node.name, node.state, node.usable) == ("localhost", "job-busy", True)
    assert (node.cores, node.cores_free) == (4, 0)
    assert (node.memory, node.memory_free) == (24105, 24055)
    old = b"n1\n     Mom = n1\n     state = down\n     pcpus = 8\n     queue = workq\n\n"
    (text,) = OpenPbs("13.1").parse_nodes(Output(0, old))
    assert (text.name, text.usable, text.cores, text.queues) == ("n1", False, 8, ("workq",))


def test_queues_with_free_cores() -> None:
    text = (
        b"Queue: workq\n    queue_type = Execution\n    total_jobs = 3\n"
        b"    state_count = Transit:0 Queued:1 Held:0 Waiting:1 Running:2 Exiting:0 Begun\n\t:1 \n"
        b"    resources_available.ncpus = 64\n    resources_assigned.ncpus = 40\n"
        b"    enabled = True\n    started = False\n\n"
    )
    (queue,) = OpenPbs().parse_queues(Output(0, text))
    assert (queue.cores, queue.cores_free, queue.running, queue.waiting) == (64, 24, 2, 2)
    assert (queue.open, queue.state) == (False, "enabled, stopped")
