"""`make bench`: every speed as a ratio of two things measured in turn in one run."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench import first_frame, job_list, job_table, key_press, live_list, transfers, upload

MEGABYTES = 500


@contextmanager
def pod(folder: Path) -> Iterator[dict[str, Any]]:
    """An embedded pod; what it told about itself."""
    argv = [sys.executable, "-m", "podtui", "demo", "--no-ui", "--state", str(folder / "pod")]
    with subprocess.Popen(
        [*argv, "--boot-seconds", "0.2"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait()


def podtui(config: Path, *arguments: str) -> Any:
    """The data of one command's answer."""
    argv = [sys.executable, "-m", "podtui", "--config", str(config), *arguments, "--json"]
    done = subprocess.run(argv, check=True, capture_output=True, env=os.environ)
    return json.loads(done.stdout)["data"]


def random_file(path: Path) -> Path:
    with path.open("wb") as out:
        for _ in range(MEGABYTES):
            out.write(os.urandom(1 << 20))
    return path


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *BENCHES], help="measure these alone")
    wanted = parser.parse_args().only or WHOLE
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was begun is undone all the same
    with tempfile.TemporaryDirectory(prefix="podtui-bench-") as name, ExitStack() as stack:
        os.environ["HOME"] = name  # nobody's own configuration, keys or known hosts
        # What pip compiles when it installs is compiled by the first start here.
        os.environ["PYTHONPYCACHEPREFIX"] = f"{name}/bytecode"
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        place = Place(Path(name), stack)
        for bench in wanted:
            for line in BENCHES[bench](place):
                say(line)


class Place:
    """A folder for what is measured, and a pod for those who need one, begun when first asked."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._told: dict[str, Any] = {}
        self._node: dict[str, Any] = {}

    @property
    def data(self) -> Path:
        """Where large files are put."""
        path = self.folder / "data"
        path.mkdir(exist_ok=True)
        return path

    @property
    def config(self) -> Path:
        """The pod's configuration, a login node running."""
        if not self._told:
            self._told = self._stack.enter_context(pod(self.folder))
            config = Path(self._told["config"])
            self._node = podtui(config, "nodes", "create", "--wait")["node"]
        return Path(self._told["config"])

    @property
    def node(self) -> dict[str, Any]:
        """The pod's login node."""
        assert self.config
        return self._node

    @property
    def home(self) -> Path:
        """The home there, as a folder of this machine."""
        assert self.config
        (home,) = Path(self._told["state_dir"]).glob("controllers/16/volumes/*")
        return home


def _of_transfers(
    part: Callable[[Path], Iterable[str]],
) -> Callable[[Place], Iterable[str]]:
    return lambda place: part(place.folder)


BENCHES: dict[str, Callable[[Place], Iterable[str]]] = {
    "first-frame": lambda place: tell_first_frame(place.config, place.data),
    "key-press": lambda place: tell_key_press(place.config, random_file(place.data / "big.dat")),
    "upload": lambda place: tell_upload(place.config, place.node, place.home, place.folder),
    "transfers": lambda place: transfers.report(place.folder),
    **{f"transfers-{name}": _of_transfers(part) for name, part in transfers.PARTS.items()},
    "job-list": lambda _: job_list.report(),
    "job-live": lambda _: live_list.report(),
    "job-table": lambda place: map(job_table.tell, job_table.MANY),
}
"""Each by its name, one line a figure."""
WHOLE = [name for name in BENCHES if not name.startswith("transfers-")]
"""What is measured when nothing is asked for: a part of another is not measured twice."""


def tell_first_frame(config: Path, folder: Path) -> Iterable[str]:
    ours, table, bare = first_frame.measure(config, folder)
    yield (
        f"first frame: podtui {ours:.2f} s, bare DataTable {bare:.2f} s, "
        f"ratio {ours / bare:.2f} (goal ≤ 1.5); with its table {table:.2f} s, ratio "
        f"{table / bare:.2f}"
    )


def tell_key_press(config: Path, big: Path) -> Iterable[str]:
    for name, turns in (("cursor", key_press.CURSOR), ("another pane", key_press.PANES)):
        figures = key_press.measure(config, big, turns)
        yield (
            f"key press to repaint ({name}) during a {MEGABYTES} MB upload: "
            f"p50 {figures.p50 * 1000:.0f} ms, p99 {figures.p99 * 1000:.0f} ms (goal ≤ 100) "
            f"over {figures.presses} presses; p50 over idle {figures.p50 / figures.idle:.1f}"
        )


def tell_upload(config: Path, node: dict[str, Any], home: Path, folder: Path) -> Iterable[str]:
    big = random_file(folder / "upload.dat")
    ours, scp = upload.measure(config, node, home, big)
    yield (
        f"upload of {MEGABYTES} MB: podtui put (verified) {ours:.2f} s, scp {scp:.2f} s, "
        f"speed over scp's {scp / ours:.2f} (goal ≥ 0.7)"
    )


if __name__ == "__main__":
    main()
