"""A script becomes the fields of each version; what cannot be said is told, nothing is dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from podtui.backends.slurmrest.submission import Request, Sender, build_request, check_folder
from podtui.backends.slurmrest.versions import NEWEST, OLDEST, Api
from podtui.domain.job import ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import InputError

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
SLURM = ScriptDialect.SLURM


def request(
    script: str,
    api: int = NEWEST,
    dialect: ScriptDialect = SLURM,
    *,
    hold: bool = False,
    home: str = "/home/alice",
) -> Request:
    content = with_token(script, dialect, "abc123")
    submission = Submission("run.sh", content, dialect, "abc123", hold=hold)
    return build_request(submission, Sender(Api(api), "alice", home, NOW))


def options(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *(f"#SBATCH {line}" for line in lines), "true", ""])


def job(script: str, api: int = NEWEST, **more: Any) -> dict[str, Any]:
    found = request(script, api, **more).body["job"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("api", range(OLDEST, NEWEST + 2))
def test_what_every_version_takes(api: int) -> None:
    script = options("-J sim -p debug -A proj -q normal", "-n 4 -c 2 -N 2-3 --mem=2G -t 1:30:00")
    made = request(script, api)
    fields = made.body["job"]
    assert made.losses == ()
    assert fields["name"] == "sim"
    assert (fields["partition"], fields["account"], fields["qos"]) == ("debug", "proj", "normal")
    assert (fields["tasks"], fields["cpus_per_task"], fields["nodes"]) == (4, 2, "2-3")
    assert (fields["memory_per_node"], fields["time_limit"]) == (2048, 90)
    assert fields["comment"] == "PODTUI_TOKEN=abc123"
    assert fields["current_working_directory"] == "/home/alice"
    environment = fields["environment"]
    if api < 39:
        assert environment["HOME"] == "/home/alice"
        assert "minimum_cpus" not in fields
    else:
        assert "HOME=/home/alice" in environment
        assert fields["minimum_cpus"] == 8
    assert made.body["script"].startswith("#!/bin/bash")


def test_v0_0_36_calls_the_streams_otherwise() -> None:
    script = options("-o out-%j.txt -i in.txt -e err")
    old, new = job(script, 36), job(script, 37)
    assert (old["standard_out"], old["standard_in"]) == ("out-%j.txt", "in.txt")
    assert (new["standard_output"], new["standard_input"]) == ("out-%j.txt", "in.txt")
    assert old["standard_error"] == new["standard_error"] == "err"


def test_lists_and_resources_of_the_newer_versions() -> None:
    script = options(
        "--gres=gpu:a100:2,shard:1 --gpus-per-node=1 --mail-type=end,FAIL --exclusive",
        "-x n[1-3,7],m1 -w n9 --open-mode=append --signal=B:USR1@90 --no-requeue --tmp=1G",
    )
    fields = job(script)
    assert fields["tres_per_node"] == "gres/gpu:a100:2,gres/shard:1,gres/gpu:1"
    assert fields["mail_type"] == ["END", "FAIL"]
    assert fields["shared"] == ["none"]
    assert fields["excluded_nodes"] == ["n[1-3,7]", "m1"]
    assert fields["required_nodes"] == ["n9"]
    assert fields["open_mode"] == ["APPEND"]
    assert fields["kill_warning_signal"] == "USR1"
    assert (fields["kill_warning_delay"], fields["kill_warning_flags"]) == (90, ["BATCH_JOB"])
    assert (fields["requeue"], fields["temporary_disk_per_node"]) == (False, 1024)


def test_what_older_versions_cannot_say_is_told_line_by_line() -> None:
    made = request(options("--exclusive", "-w n9", "--no-requeue", "--signal=B:USR1"), 38)
    assert len(made.losses) == 4
    assert (
        made.losses[0]
        == "line 3: --exclusive: this API version takes only --exclusive=user and =mcs"
    )
    assert made.losses[1] == "line 4: --nodelist=n9: v0.0.38 has no field for it"
    assert "nodes" not in made.body["job"]


def test_unknown_and_senseless_options_are_told() -> None:
    made = request(options("--frobnicate=1 --uid=0 -n many --wait --time=soon --mem='a b"), 45)
    told = "\n".join(made.losses)
    assert "tasks" not in made.body["job"]
    assert "'a b" in told  # quotes that do not close: the whole line is told
    made = request(options("--frobnicate=1", "--uid=0", "-n many", "--wait", "--time=soon"), 45)
    assert [line.partition(":")[0] for line in made.losses] == [f"line {n}" for n in range(3, 8)]


def test_no_limit_and_times() -> None:
    assert job(options("-t UNLIMITED"), 38)["time_limit"] == "UNLIMITED"
    assert job(options("-t UNLIMITED"))["time_limit"] == {
        "set": False,
        "infinite": True,
        "number": 0,
    }
    assert job(options("-t 0:30"))["time_limit"] == 1
    assert job(options("-b now+1hour"), 38)["begin_time"] == "now+1hour"
    assert job(options("-b now+1hour"))["begin_time"] == int(NOW.timestamp()) + 3600
    made = request(options("-b 2026-12-01T08:00"))
    assert made.body["job"]["begin_time"] == int(datetime(2026, 12, 1, 8, tzinfo=UTC).timestamp())
    assert "this computer's time zone" in made.losses[0]
    assert job(options("-b 09:00"))["begin_time"] == int(
        datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()
    )


def test_the_environment_holds_what_the_script_exports_and_nothing_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "of this computer")
    made = request(options("--export=A=1,B='x y',HERE"), 38)
    assert made.body["job"]["environment"] == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/home/alice",
        "USER": "alice",
        "LOGNAME": "alice",
        "A": "1",
        "B": "x y",
        "SLURM_SUBMIT_DIR": "/home/alice",
    }
    assert (
        made.losses
        == (
            "line 3: --export=\"A=1,B='x y',HERE\": HERE has no value, "
            "and nothing of this computer goes",
        )
        or "HERE has no value" in made.losses[0]
    )


def test_a_heterogeneous_job_is_a_list_and_its_first_part_alone_carries_the_token() -> None:
    made = request(options("-n 1 --mem=1G", "hetjob", "-n 8 -p gpu"), hold=True)
    first, second = made.body["jobs"]
    assert (first["tasks"], second["tasks"], second["partition"]) == (1, 8, "gpu")
    assert "comment" in first
    assert "comment" not in second
    assert first["hold"] is True
    assert second["hold"] is True
    assert first["environment"]
    assert second["environment"]


def test_arrays_and_dependencies_stay_as_they_are_written() -> None:
    fields = job(options("-a 1-1000%20 -d afterok:17?afterany:18"))
    assert fields["array"] == "1-1000%20"
    assert fields["dependency"] == "afterok:17?afterany:18"


@pytest.mark.parametrize(
    ("dialect", "script"),
    [
        (
            ScriptDialect.TORQUE,
            "#PBS -N sim -q debug -l nodes=1:ppn=4,walltime=00:10:00\nhostname\n",
        ),
        (
            ScriptDialect.OPENPBS,
            "#PBS -N sim -q debug -l select=1:ncpus=4 -l walltime=00:10:00\nx\n",
        ),
        (ScriptDialect.SGE, "#$ -N sim -q debug -l h_rt=600\nhostname\n"),
    ],
)
def test_scripts_of_the_other_schedulers(dialect: ScriptDialect, script: str) -> None:
    made = request(f"#!/bin/bash\n{script}", 38, dialect, hold=True)
    fields = made.body["job"]
    assert (fields["name"], fields["partition"], fields["time_limit"]) == ("sim", "debug", 10)
    assert fields["comment"] == "PODTUI_TOKEN=abc123"
    assert fields["environment"]["PODTUI_TOKEN"] == "abc123"
    assert fields["hold"] is True
    if dialect is not ScriptDialect.SGE:
        newer = request(f"#!/bin/bash\n{script}", 45, dialect).body["job"]
        assert (newer["minimum_cpus"], newer["nodes"]) == (4, "1")


def test_what_of_another_scheduler_has_no_equivalent_is_told() -> None:
    made = request("#!/bin/sh\n#PBS -l nodes=1 -W umask=022\ntrue\n", 45, ScriptDialect.TORQUE)
    assert any("umask" in line for line in made.losses)


def test_ones_own_comment_is_kept_behind_the_token() -> None:
    assert job(options("--comment='my words'"))["comment"] == "PODTUI_TOKEN=abc123 my words"


def test_a_folder_must_be_known() -> None:
    check_folder(request(options("-D /data/run"), home="").body)
    check_folder(request(options("-D sub"), home="/home/alice").body)
    assert job(options("-D sub"))["current_working_directory"] == "/home/alice/sub"
    with pytest.raises(InputError, match="working directory"):
        check_folder(request(options("-n 1"), home="").body)


def test_what_slurm_could_never_run_is_refused_before_it_is_sent() -> None:
    sender = Sender(Api(NEWEST), "alice", "/home/alice", NOW)
    with pytest.raises(InputError, match="interpreter"):
        build_request(Submission("a", b"echo\n", SLURM, "t"), sender)
    with pytest.raises(InputError, match="UTF-8"):
        build_request(Submission("a", b"#!/bin/sh\necho \xff\n", SLURM, "t"), sender)


def test_the_preview_is_the_json_that_is_sent() -> None:
    made = request(options("-n 2", "--wait"))
    preview = made.preview()
    assert json.loads(preview.text) == made.body
    assert preview.losses == ("line 4: --wait: slurmrestd has no field for it",)
