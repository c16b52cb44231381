"""One job: every recorded answer whole, and what is read in it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.sge_xml import Element, decode, plain, tree
from podtui.domain.job import JobState
from podtui.errors import BadAnswer, InputError, NotFound, OutcomeUnknown, Refused, Unreachable

from .recorded import ACCOUNT, ADAPTER, FOLDER, read_job, read_list, recorded

WELL_FORMED = sorted(
    path.name
    for path in FOLDER.glob("*.xml")
    if not path.name.startswith(("details-control", "details-array-in-parts"))
)
LATIN1 = "details-control-characters-latin1.xml"


def _same(mine: Element, theirs: ElementTree.Element) -> None:
    assert mine.tag == theirs.tag
    assert len(mine.children) == len(theirs)
    if not len(theirs):
        assert mine.text == plain(theirs.text or "")
    for name, value in theirs.attrib.items():
        assert mine.attribute(name) == value
    for one, other in zip(mine.children, theirs, strict=True):
        _same(one, other)


@pytest.mark.parametrize("name", WELL_FORMED)
def test_an_xml_parser_reads_the_same(name: str) -> None:
    (root,) = tree(decode(recorded(name)).partition("?>")[2]).children
    _same(root, ElementTree.fromstring(recorded(name)))


def test_an_xml_parser_cannot_read_them_all() -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(recorded(LATIN1))
    answer = tree(decode(recorded(LATIN1)))
    assert len(list(answer.all("JB_job_number"))) == recorded(LATIN1).count(b"<JB_job_number>")
    values = {one.text for one in answer.all("VA_value")}
    assert {"esc\x1b[31m", "lat\udce9", "<b>&]]>", "a\nJB_job_number: 5"} <= values
    assert "o\udce9ut" in {one.text for one in answer.all("PN_path")}


def test_a_tower_of_elements_is_no_trouble() -> None:
    answer = tree("<a>" * 100_000 + "<b>here</b>")
    assert answer.find("b") is not None


def test_where_output_goes() -> None:
    job = read_job("3", "details-relative-stdout.xml")
    assert job.workdir == "/srv/labs/sge/home/geuser1"
    assert job.stdout == job.stderr == "/srv/labs/sge/home/geuser1/out.3"
    assert job.state is JobState.RUNNING
    assert job.attribute("env.FOO") == "bar"
    assert job.attribute("hard_request.h_rt") == "60"


def test_the_default_names_of_output() -> None:
    rows = "list-array-in-parts-and-300-letters.xml"
    job = read_job("120", LATIN1, rows)
    assert job.stdout == '/srv/sge/home/geuser1/a|b"c.o120'
    assert job.stderr == '/srv/sge/home/geuser1/a|b"c.e120'
    array = read_job("125", LATIN1, rows)
    assert array.stdout.endswith("/q.sh.o125.$TASK_ID")
    assert read_job("125.1", LATIN1, rows).stderr.endswith("/q.sh.e125.1")
    assert read_job("125.2", LATIN1, rows).native_state == "Rq"
    assert read_job("125.5", LATIN1, rows).state is JobState.HELD
    assert read_job("125.6", LATIN1, rows).state is JobState.QUEUED
    with pytest.raises(NotFound):
        read_job("125.7", LATIN1, rows)


def test_why_it_waits() -> None:
    error = read_job("2", "details-error-that-keeps-it-waiting.xml")
    assert error.state is JobState.HELD
    assert error.reason == (
        'in error: can\'t open output file "/nonexistent/dir/out": No such file or directory'
    )
    assert read_job("4", "details-held-without-saying-so.xml").reason == "held"
    full = read_job("11", "details-all-jobs.xml")
    assert full.reason == (
        "All queues dropped because of overload or full; "
        'queue instance "all.q@localhost" dropped because it is full'
    )
    assert read_job("9", "details-all-jobs.xml").reason == "waits for job 3 to end"
    assert read_job("5.1", "details-array-running.xml").reason == ""


def test_a_thousand_full_queues_are_told_briefly() -> None:
    data = recorded("details-all-jobs.xml")
    start, end = b"<SME_global_message_list>", b"</SME_global_message_list>"
    messages = [b"<MES_message>queue instance q%d is full</MES_message>" % n for n in range(1000)]
    head, tail = data.partition(start)[0], data.partition(end)[2]
    many = head + start + b"".join(messages) + end + tail
    row = recorded("list-arrays-errors-dependencies.xml").split(b"<job_list")[6]
    output = Output(0, many + b"<job_list" + row)
    reason = ADAPTER.parse_job("c", "11", ACCOUNT, output).reason
    assert reason.startswith("queue instance q0 is full; queue instance q1 is full")
    assert reason.endswith("; and 996 reasons more")


def test_a_task_and_its_whole_array() -> None:
    array = read_job("5", "details-array-running.xml")
    second = read_job("5.2", "details-array-running.xml")
    assert (array.state, array.id, second.id) == (JobState.RUNNING, "5", "5.2")
    assert array.started is not None
    assert second.started is not None
    assert (second.started - array.started).total_seconds() == 1
    waiting = read_job("5.7", "details-array-running.xml")
    assert (waiting.state, waiting.started) == (JobState.QUEUED, None)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("details-*.xml")))
def test_every_recorded_answer_about_jobs_is_read_whole(name: str) -> None:
    rows = "list-arrays-errors-dependencies.xml"
    if name == LATIN1 or "in-parts" in name:
        rows = "list-array-in-parts-and-300-letters.xml"
    listed = {job.id.partition(".")[0] for job in read_list(recorded(rows)).jobs}
    answer = tree(decode(recorded(name)))
    numbers = [one.text for one in answer.all("JB_job_number")]
    for number in numbers:
        assert number in listed
        job = read_job(number, name, rows)
        assert job.user
        assert job.submitted
        assert job.workdir
        assert job.stdout
    assert numbers or "unknown" in name or "away" in name


def test_what_is_no_job() -> None:
    def ask(data: bytes, job_id: str = "3") -> None:
        ADAPTER.parse_job("c", job_id, ACCOUNT, Output(0, data))

    with pytest.raises(NotFound):
        ask(recorded("details-unknown-job.xml"))
    with pytest.raises(NotFound):  # it ended between the two queries
        ask(recorded("details-relative-stdout.xml"))
    with pytest.raises(Unreachable, match="16999"):
        ask(recorded("details-qmaster-away-rc0.xml"))
    whole = recorded("details-relative-stdout.xml") + b"<job_list>"
    for cut in (b"", whole, whole[: len(whole) // 2], b"sh: qstat: not found"):
        with pytest.raises(BadAnswer):
            ask(cut)
    for job_id in ("", "x", "3;rm", "-3", "3.", "3.x", "٣"):
        with pytest.raises(InputError):
            ADAPTER.job_command(job_id)


def test_a_job_is_found_by_its_token() -> None:
    def find(token: str, data: bytes) -> tuple[str, ...]:
        return ADAPTER.parse_find(token, Output(0, data))

    data = recorded(LATIN1)
    assert find("def456", data) == ("122",)
    assert find("abc123", data) == ("120", "121", "123", "124")
    assert find("nothing", data) == ()
    assert find("nothing", recorded("details-unknown-job.xml")) == ()
    assert find("abc123", data[: len(data) // 2])[0] == "120"
    assert find("t0k", b"podtui-submitted\nt0k 17\nother 18\nt0k 17\n") == ("17",)
    with pytest.raises(OutcomeUnknown):
        find("nothing", data[: len(data) // 2])
    with pytest.raises(Unreachable):
        find("nothing", recorded("details-qmaster-away-rc0.xml"))
    with pytest.raises(InputError):
        ADAPTER.find_command("x' | rm")


def test_a_shell_where_it_runs() -> None:
    job = read_job("3", "details-relative-stdout.xml")
    assert ADAPTER.shell_command(job) == ("ssh", "-t", "localhost")
    with pytest.raises(Refused):
        ADAPTER.shell_command(read_job("4", "details-held-without-saying-so.xml"))
