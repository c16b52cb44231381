"""One envelope, one place for failures, and nothing that acts on a terminal."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from podtui.cli.call import Answer
from podtui.cli.exit_codes import failures
from podtui.cli.output import BROKEN_PIPE, Output, Unwritten
from podtui.cli.run import guarded
from podtui.errors import FileTrouble, NotFound, PodError, Refused, Unreachable


def _output(*, as_json: bool) -> tuple[Output, io.StringIO, io.StringIO]:
    stdout, stderr = io.StringIO(), io.StringIO()
    return Output(as_json=as_json, stdout=stdout, stderr=stderr), stdout, stderr


def _raise(error: BaseException):
    raise error


@pytest.mark.parametrize("kind", failures(), ids=lambda kind: kind.__name__)
def test_every_failure_is_an_envelope_and_an_exit_code(kind):
    out, stdout, stderr = _output(as_json=True)
    error = kind("The reason.", hint="The next step.")
    assert guarded(out, lambda: _raise(error)) == kind.exit_code != 0
    told = {"title": kind.title, "message": "The reason.", "hint": "The next step."}
    assert json.loads(stdout.getvalue()) == {"ok": False, "error": told}
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("kind", failures(), ids=lambda kind: kind.__name__)
def test_every_failure_is_told_to_people_on_standard_error(kind):
    out, stdout, stderr = _output(as_json=False)
    guarded(out, lambda: _raise(kind("The reason.", hint="The next step.")))
    assert stdout.getvalue() == ""
    assert stderr.getvalue() == f"podtui: {kind.title}: The reason.\n  → The next step.\n"


def test_an_answer_is_an_envelope_or_lines():
    out, stdout, _ = _output(as_json=True)
    out.line("not in JSON")
    assert out.answer(Answer({"n": 1}, ("for people",))) == 0
    assert json.loads(stdout.getvalue()) == {"ok": True, "data": {"n": 1}}
    out, stdout, _ = _output(as_json=False)
    assert out.answer(Answer({"n": 1}, ("for people",))) == 0
    assert stdout.getvalue() == "for people\n"


def test_a_failure_with_something_to_show_shows_it():
    answer = Answer({"jobs": []}, ("a line",), NotFound("No such job."))
    out, stdout, _ = _output(as_json=True)
    assert out.answer(answer) == 7
    envelope = json.loads(stdout.getvalue())
    assert (envelope["ok"], envelope["data"]) == (False, {"jobs": []})
    assert envelope["error"]["message"] == "No such job."
    out, stdout, stderr = _output(as_json=False)
    assert out.answer(answer) == 7
    assert (stdout.getvalue(), "No such job." in stderr.getvalue()) == ("a line\n", True)


def test_text_from_outside_acts_on_no_terminal():
    out, _, stderr = _output(as_json=False)
    out.failure(PodError("\x1b[2J gone\nand a line", hint="\x9b1m"))
    shown = stderr.getvalue()
    assert shown.count("\n") == 2
    assert "\x1b" not in shown
    assert "\x9b" not in shown


def test_json_keeps_raw_text_and_stays_ascii():
    out, stdout, _ = _output(as_json=True)
    name = "a\udcff\x1b[1mé"
    out.answer(Answer({"name": name}))
    assert stdout.getvalue().isascii()
    assert json.loads(stdout.getvalue())["data"]["name"] == name


def test_ctrl_c_is_told_with_what_stays():
    out, stdout, _ = _output(as_json=True)
    out.if_interrupted = "The journal keeps it."
    assert guarded(out, lambda: _raise(KeyboardInterrupt())) == 130
    assert json.loads(stdout.getvalue())["error"]["hint"] == "The journal keeps it."


def test_a_group_of_failures_is_its_first():
    out, _, stderr = _output(as_json=False)
    inner = ExceptionGroup("inner", [Unreachable("first"), Refused("second")])
    assert guarded(out, lambda: _raise(ExceptionGroup("outer", [inner]))) == 5
    assert "first" in stderr.getvalue()


@pytest.mark.parametrize(
    "bug", [ZeroDivisionError(), ExceptionGroup("mixed", [Refused("no"), KeyError("bug")])]
)
def test_a_bug_keeps_its_traceback(bug):
    out, _, _ = _output(as_json=True)
    with pytest.raises(type(bug)):
        guarded(out, lambda: _raise(bug))


def test_notes_go_where_they_are_sent_for_a_while():
    out, _, stderr = _output(as_json=False)
    elsewhere: list[str] = []
    with out.moving(elsewhere.append, lambda: nullcontext(elsewhere)):
        out.note("one")
        with out.paused() as stopped:
            assert stopped is elsewhere
    out.note("two")
    with out.paused() as stopped:
        assert stopped is None
    assert (elsewhere, stderr.getvalue()) == (["one"], "two\n")


_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")


@_FULL
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_told(options, at_home):
    """`podtui config > file` on a full disk ends with a reason, not with a traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "podtui", "config", "path", *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == FileTrouble.exit_code
    assert done.stderr.startswith("podtui: Cannot read or write: Standard output took no more")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("error", [BrokenPipeError(), Unwritten("No space left on device")])
def test_an_output_that_ends_within_a_group_of_tasks_is_told_too(error, monkeypatch):
    monkeypatch.setattr("podtui.cli.run._write_into_nothing", lambda: None)
    out, _, stderr = _output(as_json=False)
    code = guarded(out, lambda: _raise(BaseExceptionGroup("tasks", [error])))
    assert code == (BROKEN_PIPE if isinstance(error, BrokenPipeError) else FileTrouble.exit_code)
    assert "Traceback" not in stderr.getvalue()


def test_a_closed_standard_output_is_no_failure(at_home):
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m podtui config path >&- <&-",
        shell=True,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
