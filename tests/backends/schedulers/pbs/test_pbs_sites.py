"""What sites and releases have that the recordings have not: no history, variables, odd names.

The qstat here is a few lines of sh that behave as the releases' own qstat.c does.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Account, Argv, Output, Scheduler
from podtui.backends.schedulers.openpbs import OpenPbs
from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers
from podtui.backends.schedulers.torque import Torque
from podtui.domain.job import JobState, Scope
from podtui.errors import NotFound, PodError, Refused, Unreachable

ME = Account("alice")
ALL = Scope(everybody=True)
NO_HISTORY = """
case " $* " in *" -x "*)
    echo "qstat: job_history_enable is set to false" >&2
    case "$*" in *json*) printf '{\\n    "timestamp":1795304663\\n}\\n' ;; esac
    exit 0 ;;
esac
case "$*" in
*9.h*) echo "qstat: Unknown Job Id 9.h" >&2; exit 153 ;;
*json*) printf '{\\n    "timestamp":1795304663,\\n    "Jobs":{\\n        "1.h":{\\n'
    printf '            "Job_Owner":"alice@h",\\n            "job_state":"R"\\n'
    printf '        }\\n    }\\n}\\n' ;;
*) printf 'Job Id: 1.h\\n    Job_Owner = alice@h\\n    job_state = R\\n'
    printf '    Variable_List = PODTUI_TOKEN=abc\\n\\n' ;;
esac
"""
COMPLETED = "<Data><Job><Job_Id>1.h</Job_Id><job_state>C</job_state></Job></Data>"
HEADER_ALONE = b'{\n\t"timestamp":\t1795304663,\n\t"pbs_version":\t"23.06.06"\n}\n'
Recorded = Callable[[str], Output]
Runs = Callable[[str, Argv], Output]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs a command with a qstat that is this piece of sh."""

    def run(qstat: str, argv: Argv) -> Output:
        tool = tmp_path / "qstat"
        tool.write_text(f"#!/bin/sh\n{qstat}")
        tool.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        done = subprocess.run(argv, capture_output=True, check=False, timeout=20)
        return Output(done.returncode, done.stdout, done.stderr)

    return run


@pytest.mark.parametrize("version", ["23.06.06", "13.1"])
def test_a_server_without_a_history_tells_the_jobs_that_live(runs: Runs, version: str) -> None:
    adapter = OpenPbs(version)
    found = adapter.parse_list("c", ALL, ME, runs(NO_HISTORY, adapter.list_command(ALL, ME)))
    assert [(one.id, one.state) for one in found.jobs] == [("1.h", JobState.RUNNING)]
    one = adapter.parse_job("c", "1.h", ME, runs(NO_HISTORY, adapter.job_command("1.h")))
    assert one.state is JobState.RUNNING
    assert adapter.parse_find("abc", runs(NO_HISTORY, adapter.find_command("abc"))) == ("1.h",)
    with pytest.raises(NotFound):
        adapter.parse_job("c", "9.h", ME, runs(NO_HISTORY, adapter.job_command("9.h")))


def test_what_qstat_prints_and_how_it_ends_passes_through(runs: Runs) -> None:
    qstat = "echo out; echo 'qstat: End of File' >&2; exit 15"
    assert runs(qstat, OpenPbs().job_command("1.h")) == Output(
        15, b"out\n", b"qstat: End of File\n"
    )
    assert runs("echo out", OpenPbs().job_command("1.h")) == Output(0, b"out\n", b"")


def test_a_variable_that_hides_ended_jobs_is_taken_out(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PBS_QSTAT_NO_COMPLETE", "1")
    monkeypatch.setenv("PBS_QSTAT_EXECONLY", "1")
    qstat = f"[ -n \"$PBS_QSTAT_NO_COMPLETE$PBS_QSTAT_EXECONLY\" ] || echo '{COMPLETED}'"
    answer = runs(qstat, Torque().job_command("1.h"))
    assert Torque().parse_job("c", "1.h", ME, answer).native_state == "C"


@pytest.mark.parametrize("adapter", [Torque(), OpenPbs("23.06"), OpenPbs("13.0"), SlurmWrappers()])
@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"qstat: cannot connect to server pbs (errno=15010)\n", Unreachable),
        (b"pbs_iff: cannot read reply from pbs_server\nNo Permission.\n", Refused),
        (b"qstat: Unauthorized Request \n", Refused),
        (b"Cannot connect to default server host 'head'\n", Unreachable),
    ],
)
def test_a_failure_that_ends_with_0_is_no_empty_queue(
    adapter: Scheduler, said: bytes, error: type[PodError]
) -> None:
    answers = [Output(0, b"", said)]
    if isinstance(adapter, OpenPbs):
        answers.append(Output(0, HEADER_ALONE, said))
    for output in answers:
        with pytest.raises(error):
            adapter.parse_list("c", ALL, ME, output)
        with pytest.raises(error):
            adapter.parse_job("c", "1.h", ME, output)


@pytest.mark.parametrize("adapter", [Torque(), OpenPbs()])
def test_nothing_found_by_a_query_that_failed_is_no_no(adapter: Scheduler) -> None:
    with pytest.raises(Unreachable):
        adapter.parse_find("abc", Output(0, b"", b"qstat: cannot connect to server pbs\n"))
    with pytest.raises(Unreachable):
        adapter.parse_nodes(Output(0, b"", b"pbsnodes: cannot connect to server pbs\n"))
    with pytest.raises(Unreachable):
        adapter.parse_queues(Output(0, b"", b"qstat: cannot connect to server pbs\n"))
    with pytest.raises(Unreachable):
        adapter.parse_list("c", ALL, ME, Output(255, b"", b"qstat: cannot connect to server pbs\n"))


@pytest.mark.parametrize("adapter", [Torque(), OpenPbs("23.06"), OpenPbs("13.0"), SlurmWrappers()])
def test_a_shell_that_grumbles_makes_no_failure(adapter: Scheduler) -> None:
    noise = b"/bin/sh: warning: setlocale: LC_ALL: cannot change locale (de_DE)\nWelcome\n"
    assert adapter.parse_list("c", ALL, ME, Output(0, b"", noise)).jobs == ()


@pytest.mark.parametrize("form", ["variables-made-numbers.json", "folded-array-index.txt"])
def test_a_banner_before_a_list_costs_nothing(recorded: Recorded, form: str) -> None:
    answer = recorded(f"openpbs/qstat-f-{form}")
    said = replace(answer, stdout=b"*** Welcome! ***\n\n" + answer.stdout)
    for version in ("23.06", "13.0"):
        found = OpenPbs(version).parse_list("c", ALL, ME, said)
        assert found == OpenPbs("23.06").parse_list("c", ALL, ME, answer)
        assert found.jobs


def test_a_text_that_breaks_off_is_told(recorded: Recorded) -> None:
    text = recorded("openpbs/qstat-f-folded-array-index.txt").stdout
    old = OpenPbs("13.0")
    whole = old.parse_list("c", ALL, ME, Output(0, text))
    cut = old.parse_list("c", ALL, ME, Output(0, text[:-20]))
    assert (whole.skipped, cut.skipped) == (0, 1)
    assert [job.id for job in cut.jobs] == [job.id for job in whole.jobs]


def test_nothing_was_sent_to_a_server_that_was_not_reached() -> None:
    said = b"qsub: cannot connect to server pbs (errno=15137) could not connect to trqauthd\n"
    with pytest.raises(Unreachable):
        Torque().parse_submit(Output(255, b"", said))
    with pytest.raises(Unreachable):
        Torque().check_change("1.h", Output(255, b"", said.replace(b"qsub", b"qdel")))


def test_cores_asked_for_by_task() -> None:
    told = (
        "<Data><Job><Job_Id>1.h</Job_Id><Job_Owner>alice@h</Job_Owner><job_state>R</job_state>"
        "<req_information><task_count.0>2</task_count.0><lprocs.0>4</lprocs.0>"
        "<cpu_list>0-3</cpu_list><task_count.1>1</task_count.1></req_information></Job></Data>"
    )
    one = Torque().parse_job("c", "1.h", ME, Output(0, told.encode()))
    assert one.cores == 9
    assert one.attribute("req_information.cpu_list") == "0-3"


def test_users_with_a_domain_see_their_jobs() -> None:
    xml = "<Data><Job><Job_Id>1.h</Job_Id><Job_Owner>al@EX.ORG@h</Job_Owner>"
    xml += "<job_state>Q</job_state></Job></Data>"
    listed = Torque().parse_list("c", Scope(), Account("al@EX.ORG"), Output(0, xml.encode()))
    assert [job.user for job in listed.jobs] == ["al@EX.ORG"]
    text = '{\n\t"Jobs":\t{\n\t\t"1.h":\t{\n\t\t\t"Job_Owner":\t"EX\\\\al@h",\n'
    text += '\t\t\t"job_state":\t"Q"\n\t\t}\n\t}\n}\n'
    listed = OpenPbs().parse_list("c", Scope(), Account("EX\\al"), Output(0, text.encode()))
    assert [job.user for job in listed.jobs] == ["EX\\al"]


def test_that_a_job_runs_once_is_known_in_the_list() -> None:
    xml = "".join(
        f"<Job><Job_Id>{number}.h</Job_Id><job_state>R</job_state><Rerunable>{word}</Rerunable></Job>"
        for number, word in ((1, "False"), (2, "True"))
    )
    listed = Torque().parse_list("c", ALL, ME, Output(0, f"<Data>{xml}</Data>".encode()))
    assert [job.runs_once for job in listed.jobs] == [True, False]
