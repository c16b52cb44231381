"""`make bench`: every speed as a ratio of two things measured in turn in one run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench import first_frame, key_press, upload

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
    names = ("first-frame", "key-press", "upload")
    parser.add_argument("only", nargs="*", choices=[[], *names], help="measure these alone")
    wanted = parser.parse_args().only or names
    with tempfile.TemporaryDirectory(prefix="podtui-bench-") as name:
        folder = Path(name)
        os.environ["HOME"] = name  # nobody's own configuration, keys or known hosts
        with pod(folder) as told:
            config = Path(told["config"])
            node = podtui(config, "nodes", "create", "--wait")["node"]
            (home,) = Path(told["state_dir"]).glob("controllers/16/volumes/*")
            data = folder / "data"
            data.mkdir()
            benches: dict[str, Callable[[], str]] = {
                "first-frame": lambda: tell_first_frame(config, data),
                "key-press": lambda: tell_key_press(config, random_file(data / "big.dat")),
                "upload": lambda: tell_upload(config, node, home, folder),
            }
            for bench in wanted:
                say(benches[bench]())


def tell_first_frame(config: Path, folder: Path) -> str:
    ours, table, bare = first_frame.measure(config, folder)
    return (
        f"first frame: podtui {ours:.2f} s, bare DataTable {bare:.2f} s, "
        f"ratio {ours / bare:.2f} (goal ≤ 1.5); with its table {table:.2f} s, ratio "
        f"{table / bare:.2f}"
    )


def tell_key_press(config: Path, big: Path) -> str:
    lines = []
    for name, turns in (("cursor", key_press.CURSOR), ("another pane", key_press.PANES)):
        figures = key_press.measure(config, big, turns)
        lines.append(
            f"key press to repaint ({name}) during a {MEGABYTES} MB upload: "
            f"p50 {figures.p50 * 1000:.0f} ms, p99 {figures.p99 * 1000:.0f} ms (goal ≤ 100) "
            f"over {figures.presses} presses; p50 over idle {figures.p50 / figures.idle:.1f}"
        )
    return "\n".join(lines)


def tell_upload(config: Path, node: dict[str, Any], home: Path, folder: Path) -> str:
    big = random_file(folder / "upload.dat")
    ours, scp = upload.measure(config, node, home, big)
    return (
        f"upload of {MEGABYTES} MB: podtui put (verified) {ours:.2f} s, scp {scp:.2f} s, "
        f"speed over scp's {scp / ours:.2f} (goal ≥ 0.7)"
    )


if __name__ == "__main__":
    main()
