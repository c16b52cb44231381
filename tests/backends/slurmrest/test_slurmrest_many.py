"""Ten thousand jobs in a real Slurm: a controller of the test's own, so that nobody else waits.

Ended jobs stay in a controller's memory for five minutes, and 10,000 of them make each list slow.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from podtui.config.model import Secret
from podtui.domain.job import Scope
from tests.ports import free_port

from .bed import (
    CONFIGURATION,
    PATIENCE,
    SCRIPTS,
    WHY_NOT,
    cluster,
    connected,
    daemon,
    is_up,
    submission,
    token,
)

pytestmark = [pytest.mark.alone, pytest.mark.skipif(not is_up(), reason=WHY_NOT)]
COUNT = 10_000


def configured(place: Path) -> Path:
    """The testbed's configuration with ports and folders of its own, and no accounting."""
    text = CONFIGURATION.read_text()
    state = place / "state"
    state.mkdir(mode=0o777)
    state.chmod(0o777)
    text = re.sub(r"^Accounting.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=^SlurmctldPort=).*", str(free_port()), text, flags=re.MULTILINE)
    text = re.sub(r"(?<=^StateSaveLocation=).*", str(state), text, flags=re.MULTILINE)
    text = re.sub(r"(?<=^SlurmctldPidFile=).*", f"{state}/pid", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=^SlurmctldLogFile=).*", f"{state}/log", text, flags=re.MULTILINE)
    text = re.sub(r"(?<= Port=)\d+", lambda _: str(free_port()), text)
    conf = place / "slurm.conf"
    conf.write_text(text)
    (place / "cgroup.conf").write_text((CONFIGURATION.parent / "cgroup.conf").read_text())
    return conf


@contextmanager
def controller(conf: Path) -> Iterator[None]:
    """A slurmctld that answers; it is gone at the end."""
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    argv = [str(SCRIPTS / "own-host-name.sh"), "slurmctld", "-D", "-c"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, **quiet)
    try:
        deadline = time.monotonic() + PATIENCE
        while (
            b"is UP"
            not in subprocess.run(
                ["scontrol", "ping"], env=environment, capture_output=True, timeout=30, check=False
            ).stdout
        ):
            assert time.monotonic() < deadline, "slurmctld did not come up"
            assert process.poll() is None, "slurmctld ended"
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait(30)


def hold(conf: Path, tasks: str) -> None:
    """As alice, on the command line: each task held by itself becomes a record of its own."""
    as_alice = ["setpriv", "--reuid=alice", "--regid=alice", "--init-groups"]
    subprocess.run(
        [*as_alice, "env", f"SLURM_CONF={conf}", "scontrol", "hold", tasks],
        check=True,
        capture_output=True,
        timeout=60,
    )


async def test_ten_thousand_jobs_are_listed(tmp_path: Path, place: Path) -> None:
    """A waiting array is ONE record; its tasks held singly are as many records as tasks.

    Beside them stand 50 jobs submitted singly: 10,050 in all.
    """
    conf, port = configured(place), free_port()
    options = ("-s", "openapi/v0.0.38")  # the database's own plugin wants one
    address = f"127.0.0.1:{port}"
    with controller(conf), daemon(tmp_path, address, conf=conf, options=options) as one:
        await one.answers(port)
        made = cluster(tmp_path, Secret(token()), url=f"http://127.0.0.1:{port}")
        async with connected(made) as jobs:
            script = submission("true", f"-a 1-{COUNT}", hold=True)
            array = await jobs.submit(script)
            folded = (await jobs.list_jobs(Scope())).jobs
            assert [job.id for job in folded] == [array]
            assert folded[0].attribute("ArrayTaskId").startswith("1-")
            for _ in range(10):
                single = submission("true", hold=True)
                await asyncio.gather(*(jobs.submit(single) for _ in range(5)))
            await asyncio.to_thread(hold, conf, f"{array}_[1-{COUNT - 1}]")
            jobs._listing.forget()
            listed = await jobs.list_jobs(Scope())
            assert len(listed.jobs) == len({job.id for job in listed.jobs}) == COUNT + 50
            assert listed.skipped == 0
            started = time.monotonic()
            again = await jobs.list_jobs(Scope())  # nothing changed: nothing is sent
            assert again == listed
            assert time.monotonic() - started < PATIENCE
