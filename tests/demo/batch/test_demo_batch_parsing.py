"""Options, times, sizes and lists, read as the manual pages say."""

import re
from datetime import datetime

import pytest

from podtui.demo.batch import start_time, torque
from podtui.demo.batch.arrays import grid_engine_tasks, torque_tasks
from podtui.demo.batch.directives import dialect_of, directives
from podtui.demo.batch.rejected import Rejected
from podtui.demo.batch.request import Request
from podtui.demo.batch.units import clock, seconds, size
from podtui.demo.batch.wordlist import assignments


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("1:30", 90), ("01:00:00", 3600), ("2:00:00:00", 172800), ("0:05.5", 5)],
)
def test_walltimes(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["x", "-1", "1:", ":1", "1:2:3:4:5", "1 2"])
def test_what_is_no_walltime(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        seconds(text)


def test_clock_goes_over_a_hundred_hours():
    assert clock(360000) == "100:00:00"


@pytest.mark.parametrize(
    ("text", "expected"), [("50mb", 50 << 20), ("4G", 4 << 30), ("1024", 1024), ("1kw", 8192)]
)
def test_sizes(text, expected):
    assert size(text) == expected


def test_array_requests():
    assert torque_tasks("1-3,7,10-14:2%4") == ((1, 2, 3, 7, 10, 12, 14), 4)
    assert grid_engine_tasks("2-10:4") == ((2, 6, 10), 4)
    for text in ("", "a", "3-1", "1-3%0", "1-3:0"):
        with pytest.raises(Rejected):
            torque_tasks(text)


def test_lists_keep_quoted_and_escaped_commas():
    assert assignments("A='x,y',B=1\\,2,C,D=") == (
        ("A", "x,y"),
        ("B", "1,2"),
        ("C", None),
        ("D", ""),
    )


def test_repeated_resources_add_up_and_the_last_word_counts():
    request, rest = torque.read(
        ["-l", "nodes=2:ppn=4+1:ppn=2,mem=1gb", "-l", "walltime=10", "-l", "mem=2gb", "job", "x"],
        Request(),
    )
    assert request.chunks == ((2, 4), (1, 2))
    assert (request.cores, request.nodes) == (10, 3)
    assert (request.walltime, request.memory) == (10, 2 << 30)
    assert rest == ["job", "x"]


def test_a_dependency_list_may_stand_beside_other_attributes():
    request, _ = torque.read(
        ["-W", "umask=077,depend=afterok:1.pod:2,afterany:3[].pod", "-W", "group_list=zoo"],
        Request(),
    )
    assert request.depend == (("afterok", ("1.pod", "2")), ("afterany", ("3[].pod",)))


def test_where_directives_end():
    text = "#!/bin/sh\n\n# x\n  #PBS -N a\n: no-op\n#PBS -h\necho\n#PBS -N late\n"
    assert directives(text, "TRQ") == ("-N", "a", "-h")
    assert directives("#$ -N a\necho\n #$ -h\n#$ -cwd\n", "SGE") == ("-N", "a", "-cwd")
    with pytest.raises(Rejected, match="directive error"):
        directives('#PBS -v "open\n', "TRQ")


def test_dialects_are_told_apart():
    assert dialect_of("#$ -N a\n") == "SGE"
    assert dialect_of("#PBS -N a\n#$ -N b\n") == "TRQ"
    assert dialect_of("echo\n") == "TRQ"


def test_start_times_lie_ahead():
    now = datetime(2026, 12, 31, 12, 0).astimezone()

    def at(text):
        moment = datetime.fromtimestamp(start_time.torque(text, now))  # noqa: DTZ006
        return moment.isoformat(sep=" ")

    assert at("1300") == "2026-12-31 13:00:00"
    assert at("1100") == "2027-01-01 11:00:00"
    assert at("011100.30") == "2027-01-01 11:00:30"
    assert at("01011100") == "2027-01-01 11:00:00"
    assert at("202801011100") == "2028-01-01 11:00:00"


@pytest.mark.parametrize("text", ["x", "13", "2026-01-01"])
def test_what_is_no_start_time(text):
    with pytest.raises(ValueError, match=text):
        start_time.torque(text)


def test_an_impossible_start_time_is_refused():
    with pytest.raises(Rejected, match="illegal -a value"):
        torque.read(["-a", "9999"], Request())
