"""Commands through login shells of all kinds, run for real on this machine."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.connection import Completed
from podtui.backends.ssh.detect import PROBE, read_site
from podtui.backends.ssh.shell import LoginShell, cut_out
from podtui.errors import BadAnswer, ConfigError, OutcomeUnknown, Unreachable

HOSTILE = ["a b", "it's", '"', "$HOME", "`id`", "\\", "!x", "a\nb", "*", "é", "", "-n", "~"]


@dataclass
class LocalLink:
    """A link whose far side is a login shell of this machine."""

    shell: str
    home: Path
    host: str = "here"
    fail: list[Exception] = field(default_factory=list)

    async def connect(self) -> None:
        return None

    async def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes,
        timeout: float,
        hear: Callable[[bytes], None] | None = None,
    ) -> Completed:
        if self.fail:
            raise self.fail.pop(0)
        process = await asyncio.create_subprocess_exec(
            self.shell,
            "-c",
            " ".join(argv),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "SHELL": self.shell},
        )
        out, err = await asyncio.wait_for(process.communicate(input), timeout)
        for start in range(0, len(out) if hear else 0, 5):
            assert hear is not None
            hear(out[start : start + 5])
        return Completed(process.returncode or 0, out, err)


@pytest.fixture(params=["bash", "dash", "ksh", "tcsh", "fish", "zsh"])
def link(request: pytest.FixtureRequest, tmp_path: Path) -> LocalLink:
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"no {request.param} here: apt-get install {request.param} enables this")
    (tmp_path / ".profile").write_text("echo 'Welcome to the cluster!'; echo noise >&2\n")
    (tmp_path / ".tcshrc").write_text("echo 'tcsh says hello'\n")
    (tmp_path / ".bashrc").write_text("echo 'bash says hello'\n")
    return LocalLink(shell, tmp_path)


async def test_arguments_arrive_as_they_are(link: LocalLink) -> None:
    shell = LoginShell(link)  # type: ignore[arg-type]
    done = await shell.run(["printf", "<%s>", *HOSTILE], timeout=20)
    assert done.stdout.decode() == "".join(f"<{text}>" for text in HOSTILE)
    assert (done.returncode, done.stderr) == (0, b"")


async def test_status_and_errors_are_the_commands_own(link: LocalLink) -> None:
    shell = LoginShell(link)  # type: ignore[arg-type]
    done = await shell.run(["sh", "-c", "echo out; echo err >&2; exit 7"], timeout=20)
    assert done == Output(7, b"out\n", b"err\n")
    missing = await shell.run(["no-such-command"], timeout=20)
    assert missing.returncode == 127
    assert b"no-such-command" in missing.stderr


async def test_what_a_command_prints_is_heard_without_what_stands_before_it(
    link: LocalLink,
) -> None:
    (link.home / ".profile").write_text("echo 'Welcome to podtui-land'\n")
    shell = LoginShell(link)  # type: ignore[arg-type]
    heard: list[bytes] = []
    done = await shell.run_heard(["printf", "one\ntwo\n"], timeout=20, hear=heard.append)
    assert done.stdout == b"one\ntwo\n"
    assert b"".join(heard).startswith(done.stdout)


async def test_variables_and_folder_are_set(link: LocalLink) -> None:
    shell = LoginShell(link, {"SITE": "it's $HERE"})  # type: ignore[arg-type]
    (link.home / "jobs [1]").mkdir()
    done = await shell.run(
        ["sh", "-c", 'printf "%s|%s" "$SITE" "$PWD"'],
        timeout=20,
        folder=str(link.home / "jobs [1]"),
    )
    assert done.stdout.decode() == f"it's $HERE|{link.home}/jobs [1]"


async def test_binary_output_without_a_last_newline(link: LocalLink) -> None:
    shell = LoginShell(link)  # type: ignore[arg-type]
    done = await shell.run(["printf", r"\001\377\n\npodtui-"], timeout=20)
    assert done.stdout == b"\x01\xff\n\npodtui-"


async def test_a_start_up_file_that_ends_the_shell_is_told(link: LocalLink) -> None:
    (link.home / ".profile").write_text("echo 'No jobs today.'; exit 3\n")
    shell = LoginShell(link)  # type: ignore[arg-type]
    with pytest.raises(BadAnswer) as caught:
        await shell.run(["true"], timeout=20)
    assert caught.value.title == "Login shell"
    with pytest.raises(OutcomeUnknown):
        await shell.run(["true"], timeout=20, changes=True)


async def test_a_cut_link_is_unknown_where_something_changes(link: LocalLink) -> None:
    shell = LoginShell(link)  # type: ignore[arg-type]
    link.fail = [Unreachable("cut"), Unreachable("cut")]
    with pytest.raises(Unreachable):
        await shell.run(["true"], timeout=20)
    with pytest.raises(OutcomeUnknown):
        await shell.run(["true"], timeout=20, changes=True)


async def test_the_site_tells_itself(link: LocalLink) -> None:
    bin_folder = link.home / "bin"
    bin_folder.mkdir()
    for tool in ("sbatch", "squeue", "sinfo", "qsub", "qstat"):
        (bin_folder / tool).write_text("#!/bin/sh\necho slurm 22.05.8\n")
        (bin_folder / tool).chmod(0o755)
    profile = f"echo 'user=root'; PATH={bin_folder}:$PATH; export PATH\n"
    (link.home / ".profile").write_text(profile)
    output = await LoginShell(link).script(PROBE, timeout=20)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    site = read_site(output, now)
    assert (site.scheduler, site.version) == ("slurm", "22.05.8")
    assert site.tools["sbatch"] == str(bin_folder / "sbatch")
    assert site.home == str(link.home)
    assert abs(site.skew) < timedelta(seconds=30)
    assert read_site(output, now, "sge").scheduler == "sge"


def answer(**facts: str) -> Output:
    tools = facts.pop("tools", "").split()
    lines = [f"{name}={value}" for name, value in facts.items()]
    lines += [f"tool={tool} /usr/bin/{tool}" for tool in tools]
    return Output(0, "\n".join(lines).encode())


@pytest.mark.parametrize(
    ("facts", "scheduler", "version"),
    [
        ({"tools": "qsub qstat", "qstat": "pbs_version = 23.06.06"}, "openpbs", "23.06.06"),
        ({"tools": "qsub qstat", "qstat": "Version: 6.1.3"}, "torque", "6.1.3"),
        ({"tools": "qsub qstat", "qstat": "Version: master"}, "torque", "Version: master"),
        (
            {"tools": "qsub qstat", "qstat": "qstat: Unknown option", "gridengine": "SGE 8.1.9"},
            "sge",
            "8.1.9",
        ),
        ({"tools": "sbatch squeue qsub", "slurm": "slurm 24.11.1"}, "slurm", "24.11.1"),
        ({"tools": "sbatch squeue", "slurm": "slurm-wlm 22.05.8"}, "slurm", "22.05.8"),
    ],
)
def test_detection(facts: dict[str, str], scheduler: str, version: str) -> None:
    site = read_site(answer(user="me", zone="-0700", **facts), datetime.now(UTC))
    assert (site.scheduler, site.version) == (scheduler, version)
    assert site.zone == timezone(-timedelta(hours=7))


def test_no_scheduler_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError) as caught:
        read_site(answer(user="me"), datetime.now(UTC))
    assert caught.value.title == "No scheduler"
    with pytest.raises(BadAnswer):
        read_site(Output(0, b"garbage"), datetime.now(UTC))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"hi\nM\nout M 0\n", (b"out ", 0)),
        (b"M\nM 12\n", (b"", 12)),
        (b"M\nout", (None, None)),
        (b"out M 0\n", (None, None)),
        (b"M\nx M zero\n", (b"x ", None)),
    ],
)
def test_cutting_out(data: bytes, found: tuple[bytes | None, int | None]) -> None:
    assert cut_out(data, "M") == found
