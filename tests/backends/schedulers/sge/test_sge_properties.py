"""No text of anybody's can break a reading, hide another's job or pass for one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.sge_ids import spans, target
from podtui.backends.schedulers.sge_rows import state_of
from podtui.backends.schedulers.sge_times import duration, epoch, iso_local, printed_local
from podtui.domain.job import JobState, Scope
from podtui.errors import InputError, PodError

from .recorded import ACCOUNT, ADAPTER, FOLDER, read_list, recorded

RECORDED = st.sampled_from(sorted(FOLDER.iterdir())).map(lambda path: path.read_bytes())
TELLING = recorded("list-arrays-errors-dependencies.xml")
ROW = """    <job_list state="pending">
      <JB_job_number>{number}</JB_job_number>
      <JB_name>{name}</JB_name>
      <JB_owner>geuser1</JB_owner>
      <state>{state}</state>
      <slots>1</slots>
    </job_list>
"""
WORDS = st.text(st.characters(exclude_characters="&%<>\"'", codec="utf-8"), max_size=40) | (
    st.binary(max_size=40).map(
        lambda raw: "".join(
            chr(0xDC00 + byte) if byte >= 0x80 else chr(byte)
            for byte in raw
            if chr(byte) not in "&%<>\"'"
        )
    )
)


def _printed(text: str) -> str:
    """As qstat prints a text: its escapes, and its slip for `<`."""
    for raw, told in (("&", "&amp;"), ("<", "%lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(raw, told)
    return text


@given(st.lists(st.tuples(WORDS, st.text("qwrhEdRsSTtz?", min_size=1, max_size=5)), max_size=8))
def test_names_and_states_come_back(rows: list[tuple[str, str]]) -> None:
    names = [f'<{name}>&"' for name, _ in rows]
    body = "".join(
        ROW.format(number=n, name=_printed(name), state=state)
        for n, (name, (_, state)) in enumerate(zip(names, rows, strict=True))
    )
    text = f"<job_info>\n{body}\n</job_info>\n"
    found = read_list(text.encode("utf-8", "surrogateescape"))
    assert found.skipped == 0
    read = [job.name.encode("utf-8", "surrogateescape") for job in found.jobs]
    assert read == [name.encode("utf-8", "surrogateescape") for name in names]
    assert [job.native_state for job in found.jobs] == [state for _, state in rows]


@given(st.integers(0, len(TELLING)))
def test_a_list_cut_anywhere_loses_only_its_end(at: int) -> None:
    whole = read_list(TELLING).jobs
    try:
        found = read_list(TELLING[:at])
    except PodError:
        assert b"<job_info" not in TELLING[:at]
        return
    assert found.jobs == whole[: len(found.jobs)]
    assert found.skipped or len(found.jobs) == len(whole)


def _readings(data: bytes) -> list[Callable[[], object]]:
    output = Output(0, data)
    return [
        lambda: ADAPTER.parse_list("c", Scope(everybody=True), ACCOUNT, output),
        lambda: ADAPTER.parse_list("c", Scope(group="g"), ACCOUNT, output),
        lambda: ADAPTER.parse_job("c", "5", ACCOUNT, output),
        lambda: ADAPTER.parse_job("c", "5.2", ACCOUNT, output),
        lambda: ADAPTER.parse_finished("c", "5", ACCOUNT, output),
        lambda: ADAPTER.parse_finished("c", "5.2", ACCOUNT, output),
        lambda: ADAPTER.parse_submit(output),
        lambda: ADAPTER.parse_find("abc123", output),
        lambda: ADAPTER.check_change("5", output),
        lambda: ADAPTER.parse_queues(output),
        lambda: ADAPTER.parse_nodes(output),
    ]


@given(st.binary(max_size=200) | RECORDED)
def test_any_answer_is_read_or_refused(data: bytes) -> None:
    for read in _readings(data):
        with contextlib.suppress(PodError):
            read()


@given(RECORDED, st.data(), st.binary(min_size=1, max_size=12))
def test_a_damaged_answer_is_read_or_refused(data: bytes, draw: st.DataObject, new: bytes) -> None:
    at = draw.draw(st.integers(0, len(data)))
    gone = draw.draw(st.integers(0, 60))
    for read in _readings(data[:at] + new + data[at + gone :]):
        with contextlib.suppress(PodError):
            read()


@given(st.text(max_size=12))
def test_letters_never_heard_of_are_unknown(word: str) -> None:
    state = state_of(word)
    assert state is JobState.UNKNOWN or set(word) <= set("sSTPrthEqwdR")


@given(st.text(max_size=30) | st.from_regex(r"[0-9T:.\-Z+]{0,30}"), st.integers(-26, 26))
def test_any_text_is_a_time_or_none(text: str, half_hours: int) -> None:
    zone = timezone(timedelta(hours=half_hours / 2))
    for time in (iso_local(text, zone), printed_local(text, zone), epoch(text)):
        assert time is None or time.utcoffset() == timedelta()
    limit = duration(text)
    assert limit is None or limit >= timedelta()


@given(st.text(max_size=20) | st.from_regex(r"[0-9.,:\-]{1,20}"))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    spans(text)
    try:
        assert target(text).dotted == text
    except InputError:
        return
    assert all((part and not part.startswith("-")) or part == "-t" for part in target(text).argv)
