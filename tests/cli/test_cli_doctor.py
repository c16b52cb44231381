"""`podtui doctor` behind a login node: what was found there, the clock, and a job for proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.detect import read_site, site_facts
from podtui.cli.doctor import _clock, _found
from podtui.cli.trial import _tidy, _times
from podtui.domain.cluster import ClusterStatus
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.survey import Quota, Survey
from tests.cli.conftest import Person
from tests.story.ssh_bed import SGE, SLURM, Bed

CLOCK = "as this machine's"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def login(pod: Person, node: dict[str, Any], tmp_path: Path) -> Person:
    """The same person, with the pod's login node as a cluster of its own."""
    state = pod.folder.parent / "pod"
    tools = next(path.parent for path in state.rglob("qstat") if path.is_file())
    there = node["node"]
    (tmp_path / "ssh.toml").write_text(
        f"""state_dir = "{tmp_path}/state"
[clusters.login]
kind = "ssh"
host = "{there["address"]}"
port = {there["ssh_port"]}
user = "{pod.asks("clusters")["data"][0]["user"]}"
identity_file = "{state}/client/id_ed25519"
known_hosts = "{state}/client/known_hosts"
scheduler = "torque"
env = {{ PATH = "{tools}:/usr/bin:/bin" }}
poll_seconds = 1
"""
    )
    (tmp_path / "ssh.toml").chmod(0o600)
    return Person(pod.home, pod.folder, ("--config", str(tmp_path / "ssh.toml")))


def checks_of(envelope: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks by name."""
    return {check["name"]: check for check in envelope["data"]["checks"]}


def test_a_login_node_tells_what_it_has_and_a_job_comes_to_its_end(login):
    checks = checks_of(login.asks("doctor", "--submit"))
    assert checks["scheduler"]["detail"].startswith("torque")
    assert checks["qsub"]["detail"].endswith("/qsub")
    assert checks["controller"]["ok"] is None
    assert checks["clock"] == {"name": "clock", "ok": True, "detail": CLOCK, "hint": ""}
    assert checks["job list"]["ok"]
    assert "ended well" in checks["test job"]["detail"]
    assert [entry["name"] for entry in login.asks("ls", "podtui_jobs")["data"]["entries"]] == [
        "podtui-doctor"  # its output is gone again
    ]
    assert "Nothing to wait for." in login.types("wait").stdout  # and the journal is empty


def test_nothing_is_submitted_unasked(login):
    before = len(login.asks("status", "--everybody")["data"]["jobs"])
    assert "test job" not in checks_of(login.asks("doctor"))
    assert len(login.asks("status", "--everybody")["data"]["jobs"]) == before


def test_a_pod_takes_the_test_job_too(pod, node):
    assert "ended well" in checks_of(pod.asks("doctor", "--submit"))["test job"]["detail"]


def test_a_job_that_cannot_be_sent_is_not_kept_for_later(login):
    config = Path(login.options[1])
    liar = config.parent / "broken" / "qsub"
    liar.parent.mkdir()
    liar.write_text(
        "#!/bin/sh\necho 'qsub: cannot connect to server pod (errno=111)' >&2\nexit 1\n"
    )
    liar.chmod(0o755)
    config.write_text(config.read_text().replace('PATH = "', f'PATH = "{liar.parent}:'))
    envelope = login.asks("doctor", "--submit", code=1)
    assert "cannot connect to server" in checks_of(envelope)["test job"]["detail"]
    assert "Nothing to wait for." in login.types("wait").stdout


def test_a_lost_answer_is_looked_up_and_the_job_is_run_once(login):
    config = Path(login.options[1])
    told = config.read_text()
    tools = told.partition('PATH = "')[2].partition(":")[0]
    loser = config.parent / "loser" / "qsub"
    loser.parent.mkdir()
    loser.write_text(f'#!/bin/sh\n{tools}/qsub "$@" >/dev/null\necho End of File >&2\nexit 1\n')
    loser.chmod(0o755)
    config.write_text(told.replace('PATH = "', f'PATH = "{loser.parent}:'))
    before = len(login.asks("status", "--everybody")["data"]["jobs"])
    assert "ended well" in checks_of(login.asks("doctor", "--submit"))["test job"]["detail"]
    assert len(login.asks("status", "--everybody")["data"]["jobs"]) == before + 1


@pytest.mark.alone
@pytest.mark.parametrize("bed", [SLURM, SGE], ids=lambda bed: bed.name)
def test_a_real_scheduler_runs_the_test_job(bed: Bed, person: Person, tmp_path: Path):
    if bed.why_not:
        pytest.skip(bed.why_not)
    options = ("--config", str(bed.config(tmp_path)))
    checks = checks_of(Person(person.home, person.folder, options).asks("doctor", "--submit"))
    assert checks["scheduler"]["detail"].startswith(f"{bed.name} ")
    assert checks["qsub" if bed is SGE else "sbatch"]["ok"]
    assert "ended well" in checks["test job"]["detail"]


def probed(tools: Sequence[str], **facts: str) -> Output:
    """An answer of the probe's."""
    lines = [f"{name}={value}" for name, value in {"user": "ann", **facts}.items()]
    return Output(0, "\n".join([*lines, *(f"tool={t} /opt/{t}" for t in tools)]).encode())


@pytest.mark.parametrize(
    ("wanted", "lacking"),
    [
        ("slurm", "sacct"),
        ("torque", "pbsnodes"),
        ("openpbs", "qrerun"),
        ("sge", "qacct"),
        ("slurm-wrappers", "qdel"),
    ],
)
def test_commands_are_told_with_their_paths_and_so_are_those_that_lack(wanted, lacking):
    site = read_site(probed(["qstat", "sbatch"]), NOW, wanted)
    status = ClusterStatus("c", "ssh", facts=site_facts(site), clock_ahead=site.skew)
    survey = Survey(versions=(("qstat", "6.1"), ("sbatch", "22.05.8")))
    checks = {check.name: check for check in _found(status, survey)}
    there = "sbatch" if wanted == "slurm" else "qstat"
    assert (checks[there].ok, checks[there].detail) == (
        True,
        f"/opt/{there} ({survey.version(there)})",
    )
    assert (checks[lacking].ok, checks[lacking].detail) == (None, "not on the PATH after login")


def test_quotas_are_told_and_what_is_over_one_fails():
    well = Quota("/home", "12G", "20G", "4711", "", over=False)
    over = Quota("/scratch", "2.1T", "2T", "9", "100", over=True)
    *_, first, second = _found(ClusterStatus("c", "ssh"), Survey(quotas=(well, over)))
    assert (first.name, first.ok, first.detail) == ("quota", True, "/home: 12G of 20G, 4711 files")
    assert (second.ok, bool(second.hint)) == (False, True)
    assert second.detail == "/scratch: 2.1T of 2T, 9 files of 100: over it"


def test_where_no_machine_is_shown_clock_and_quota_are_not_told():
    clock, quota = _found(ClusterStatus("c", "kotta"), None, "No machine.")
    assert (clock.ok, quota.ok) == (None, None)
    assert clock.detail == quota.detail == "No machine."


@pytest.mark.parametrize(
    ("seconds", "ok", "detail"),
    [
        (-0.9, True, CLOCK),
        (7, True, "7 seconds ahead of this machine's"),
        (-60, True, "1 minute behind this machine's"),
        (-3600, False, "1 hour behind this machine's"),
    ],
)
def test_a_clock_that_is_off_is_told(seconds, ok, detail):
    check = _clock(timedelta(seconds=seconds))
    assert (check.ok, check.detail) == (ok, detail)
    assert bool(check.hint) is not ok


class Sizes:
    """Files of which only the sizes are known."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes

    async def stat(self, _cluster: str, path: str) -> Entry | None:
        size = self.sizes.get(path)
        return None if size is None else Entry(path, EntryKind.FILE, size)

    async def remove(self, _cluster: str, path: str) -> None:
        del self.sizes[path]


async def test_only_empty_output_is_removed():
    files = Sizes({"/home/ann/all.log": 7, "/home/ann/e1": 0, "/dev/null": 0})
    session: Any = SimpleNamespace(files=files)
    job = Job(JobKey("c", "1"), JobState.QUEUED, stdout="/home/ann/all.log", stderr="/home/ann/e1")
    await _tidy(session, job)
    await _tidy(session, replace(job, stdout="/dev/null", stderr="/home/ann/gone"))
    await _tidy(session, None)
    assert files.sizes == {"/home/ann/all.log": 7, "/dev/null": 0}


def test_how_long_it_took_is_told_where_the_scheduler_knows():
    at = [NOW + timedelta(seconds=seconds) for seconds in (0, 90, 91)]
    job = Job(JobKey("c", "1"), JobState.COMPLETED, submitted=at[0], started=at[1], ended=at[2])
    assert _times(job) == " (waited 1 minute and 30 seconds, ran 1 second)"
    assert _times(None) == _times(Job(JobKey("c", "1"), JobState.COMPLETED)) == ""
