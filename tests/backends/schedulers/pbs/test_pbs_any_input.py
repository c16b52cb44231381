"""Any bytes at all: only PodErrors, and what was written is what is read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.schedulers import openpbs_json, pbs_text, torque_xml
from podtui.backends.schedulers.base import Account, Output, Scheduler
from podtui.backends.schedulers.openpbs import OpenPbs
from podtui.backends.schedulers.pbs_job import OPENPBS, POD, SLURM_WRAPPERS, TORQUE, read_job
from podtui.backends.schedulers.pbs_values import cores_of_nodes, duration, megabytes, moment
from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers
from podtui.backends.schedulers.torque import Torque
from podtui.domain.job import JobKey, Scope
from podtui.errors import PodError

ADAPTERS: list[Scheduler] = [Torque(), OpenPbs("23.06"), OpenPbs("13.0"), SlurmWrappers()]
ME = Account("p")

SHAPES = st.sampled_from(
    [
        b"<Data><Job><Job_Id>1.v</Job_Id><job_state>R</job_state></Job></Data>",
        b'{\n\t"timestamp":\t1,\n\t"Jobs":\t{\n\t\t"1.h":\t{\n\t\t\t"job_state":\t"R"\n\t\t}\n\t}\n}',
        b"Job Id: 1.h\n    job_state = R\n    Variable_List = A=1,\n\tB=2\n\n",
        b"Queue: q\n    enabled = True\n    state_count = Queued:1\n\n",
        b"n1\n    state = free\n    np = 4\n    jobs = 0-1/1.h\n\n",
        b"Queue Memory CPU Walltime Node Run Que Lm State\n---- ---\nq -- -- -- -- 1 1 -- E R\n",
    ]
)
DAMAGED = st.lists(st.binary(max_size=8) | SHAPES, max_size=6).map(b"".join)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t"), max_size=200)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,15}", fullmatch=True)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda a: a.name)
@given(stdout=DAMAGED | SHAPES.flatmap(lambda s: st.integers(0, len(s)).map(lambda n: s[:n])))
def test_any_answer_is_read_or_refused(adapter: Scheduler, stdout: bytes) -> None:
    output = Output(0, stdout)
    readings: list[Callable[[], object]] = [
        lambda: adapter.parse_list("c", Scope(everybody=True), ME, output),
        lambda: adapter.parse_list("c", Scope(group="g"), ME, output),
        lambda: adapter.parse_job("c", "1.h", ME, output),
        lambda: adapter.parse_submit(output),
        lambda: adapter.parse_find("t", output),
        lambda: adapter.parse_queues(output),
        lambda: adapter.parse_nodes(output),
        lambda: adapter.check_change("1.h", output),
        lambda: adapter.check_change("1.h", Output(1, b"", stdout)),
    ]
    for reading in readings:
        with contextlib.suppress(PodError):
            reading()


@given(facts=st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), width=st.integers(1, 30))
def test_text_folded_anywhere_is_whole_again(facts: dict[str, str], width: int) -> None:
    lines = []
    for name, value in facts.items():
        cut = [value[i : i + width] for i in range(0, len(value), width)]
        lines.append(f"    {name} = " + "\n\t".join(cut))
    text = "Job Id: 1.h\n" + "\n".join(lines) + "\n\n"
    (record,) = pbs_text.records(text.encode())
    assert record == ("1.h", facts)


@given(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=80), min_size=1))
def test_json_of_any_text_is_read_back(facts: dict[str, str]) -> None:
    for ascii_only in (True, False):
        document = {"Jobs": {"1.h": facts}}
        text = json.dumps(document, indent="\t", separators=(",", ":\t"), ensure_ascii=ascii_only)
        (record,) = openpbs_json.records(text.encode())
        assert record == ("1.h", facts)


@given(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=80)))
def test_xml_of_any_text_is_read_back(facts: dict[str, str]) -> None:
    groups = dict.fromkeys(("Resource_List", "resources_used", "Walltime", "Job"))
    facts = {name: value for name, value in facts.items() if name not in groups}
    facts["Job_Id"] = "1.h"
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in facts.items())
    (record,) = torque_xml.records(f"<Data><Job>{inside}</Job></Data>".encode(), "Job", "Job_Id")
    assert record is not None
    assert record.facts == facts


ATTRIBUTES = st.sampled_from(
    ["Job_Name", "Job_Owner", "euser", "egroup", "job_state", "queue", "ctime", "qtime", "stime",
     "start_time", "comp_time", "mtime", "obittime", "history_timestamp", "exit_status",
     "Exit_status", "substate", "exec_host", "comment", "depend", "Hold_Types", "Execution_Time",
     "Join_Path", "Keep_Files", "Output_Path", "Error_Path", "Variable_List", "init_work_dir",
     "Resource_List.nodes", "Resource_List.ncpus", "Resource_List.walltime",
     "estimated.start_time", "Stageout_status"]
)  # fmt: skip
WORDS = st.text(max_size=40) | st.from_regex(r"[-+:0-9./$^\[\]A-Z=,@ ]{0,40}")


@given(st.dictionaries(ATTRIBUTES, WORDS), st.sampled_from(["Q", "W", "H", "R", "C", "F", "?"]))
def test_no_attribute_can_cost_a_job(facts: dict[str, str], word: str) -> None:
    for names in (TORQUE, OPENPBS, POD, SLURM_WRAPPERS):
        job = read_job(JobKey("c", "1[2].h"), facts, names, word=word)
        assert job.native_state == word
        for time in (job.submitted, job.started, job.ended, job.expected_start):
            assert time is None or time.tzinfo is not None


@given(WORDS)
def test_a_value_is_read_or_is_none(text: str) -> None:
    for read in (duration, moment, megabytes, cores_of_nodes):
        read(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("01:30", 90), ("120:00:00", 432000), ("1:00:00:00", 86400)],
)
def test_durations(text: str, seconds: int) -> None:
    found = duration(text)
    assert found is not None
    assert found.total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4:5", "-1", "9" * 30, "1.5", "٣"])
def test_what_is_no_duration(text: str) -> None:
    assert duration(text) is None


def test_sizes_in_megabytes() -> None:
    sizes = ("24684084kb", "50mb", "2gb", "1048576b", "1tb", "1048576", "1mw", "much")
    assert [megabytes(s) for s in sizes] == [24105, 50, 2048, 1, 1 << 20, 1, 8, None]


def listing(count: int) -> dict[str, tuple[Scheduler, bytes]]:
    """The same jobs 1.h, 2.h, … as each scheduler would list them."""
    ids = [f"{n}.h" for n in range(1, count + 1)]
    facts = {"Job_Owner": "p@h", "job_state": "Q", "Variable_List": "A=1"}
    document = {"timestamp": 1, "pbs_version": "23", "Jobs": dict.fromkeys(ids, facts)}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in facts.items())
    xml = "".join(f"<Job><Job_Id>{i}</Job_Id>{inside}</Job>" for i in ids)
    lines = "".join(f"    {name} = {value}\n" for name, value in facts.items())
    return {
        "json": (OpenPbs(), json.dumps(document, indent="\t", separators=(",", ":\t")).encode()),
        "xml": (Torque(), f"<Data>{xml}</Data>".encode()),
        "text": (OpenPbs("13.0"), "".join(f"Job Id: {i}\n{lines}\n" for i in ids).encode()),
    }


@pytest.mark.parametrize("form", ["json", "xml", "text"])
@given(data=st.data())
def test_an_answer_cut_anywhere_loses_only_what_is_behind(form: str, data: st.DataObject) -> None:
    adapter, whole = listing(3)[form]
    length = data.draw(st.integers(0, len(whole) - 1))
    cut = Output(0, whole[:length])
    with contextlib.suppress(PodError):
        found = adapter.parse_list("c", Scope(), ME, cut)
        assert [job.id for job in found.jobs] == ["1.h", "2.h", "3.h"][: len(found.jobs)]
        if form != "text" and length:
            assert found.skipped == 1
    between_jobs = form == "text" and cut.stdout.endswith(b"\n\n")  # the text form has no end
    if form != "json" and length and not between_jobs:  # tokens are never looked up in JSON
        with pytest.raises(PodError):
            adapter.parse_find("t", cut)


@pytest.mark.parametrize("form", ["json", "xml", "text"])
def test_fifty_thousand_jobs(form: str) -> None:
    adapter, whole = listing(50_000)[form]
    assert len(adapter.parse_list("c", Scope(), ME, Output(0, whole)).jobs) == 50_000
    assert adapter.parse_list("c", Scope(user="q"), ME, Output(0, whole)).jobs == ()
