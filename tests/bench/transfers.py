"""Transfers against OpenSSH's server: podtui, verified, beside scp, sftp and rsync."""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.sshd import Server, far_away, openssh

ROUNDS = 3
GIGABYTE = 1_000_000_000
MANY, SMALL = 10_000, 4096


def report(folder: Path) -> Iterator[str]:
    """One line a figure, as they are measured."""
    for part in PARTS.values():
        yield from part(folder)


def report_up(folder: Path) -> Iterator[str]:
    """1 GB to the server, and the memory that takes."""
    with _bench(folder) as (server, data):
        big, there = filled(data / "big.dat", GIGABYTE), data / "there.dat"
        yield up(server, big, there)
        there.unlink()
        yield upload_memory(server, big, there)


def report_down(folder: Path) -> Iterator[str]:
    """1 GB from the server."""
    with _bench(folder) as (server, data):
        yield down(server, filled(data / "big.dat", GIGABYTE), data / "back.dat")


def report_resumed(folder: Path) -> Iterator[str]:
    """1 GB taken up at 90 %, each way."""
    for verb in ("put", "get"):
        with _bench(folder) as (server, data):
            yield resumed(server, data, filled(data / "big.dat", GIGABYTE), verb)


def report_small(folder: Path) -> Iterator[str]:
    """Many small files each way."""
    with _bench(folder) as (server, data):
        yield from small(server, data, tree(data / "many", MANY))


def report_far(folder: Path) -> Iterator[str]:
    """Small files with 50 ms round trip."""
    with _bench(folder) as (server, data), far_away(server, 0.05) as far:
        yield distant(far, data)


def report_long(folder: Path) -> Iterator[str]:
    """200 MB each way with 50 ms round trip."""
    with _bench(folder) as (server, data), far_away(server, 0.05) as far:
        yield from long_way(far, filled(data / "middle.dat", 200_000_000))


def report_plan(folder: Path) -> Iterator[str]:
    """The memory of a plan of many."""
    with _emptied(folder) as place:
        yield plan_memory(place)


PARTS: dict[str, Callable[[Path], Iterator[str]]] = {
    "up": report_up,
    "down": report_down,
    "resumed": report_resumed,
    "small": report_small,
    "far": report_far,
    "long": report_long,
    "plan": report_plan,
}
"""What can be measured alone."""


@contextmanager
def _bench(folder: Path) -> Iterator[tuple[Server, Path]]:
    """A server, and a folder for what is moved."""
    with _emptied(folder) as place, openssh(place) as server:
        data = place / "data"
        data.mkdir()
        yield server, data


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder that is gone afterwards: the next part finds the disk as this one did."""
    place = folder / "transfers"
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place)


def up(server: Server, big: Path, there: Path) -> str:
    """1 GB to the server."""
    runs = {
        "podtui": podtui(server, "put", big, there),
        "scp": scp(server, [], str(big), f"{server.place}:{there}"),
        "scp gcm": scp(server, gcm(), str(big), f"{server.place}:{there}"),
        "sftp": sftp(server, f"put {big} {there}"),
    }
    return compared("1 GB up", measured(runs, there), "scp", "sftp", goal="scp gcm")


def down(server: Server, big: Path, back: Path) -> str:
    """1 GB from the server."""
    runs = {
        "podtui": podtui(server, "get", big, back),
        "scp": scp(server, [], f"{server.place}:{big}", str(back)),
        "scp gcm": scp(server, gcm(), f"{server.place}:{big}", str(back)),
        "sftp": sftp(server, f"get {big} {back}"),
    }
    return compared("1 GB down", measured(runs, back), "scp", "sftp", goal="scp gcm")


def small(server: Server, data: Path, many: Path) -> Iterator[str]:
    """10,000 files of 4 KiB each way."""
    there, back = data / "there", data / "back"
    ssh = " ".join(["ssh", "-p", str(server.port), *server.options])
    up = {
        "podtui": podtui(server, "put", many, there),
        "rsync": ["rsync", "-a", "-e", ssh, f"{many}/", f"{server.place}:{there}/"],
        "scp -r": scp(server, ["-r"], str(many), f"{server.place}:{there}"),
    }
    yield compared(f"{MANY:,} × 4 KiB up", measured(up, there), "scp -r", goal="rsync", must=3)
    down = {
        "podtui": podtui(server, "get", there, back),
        "rsync": ["rsync", "-a", "-e", ssh, f"{server.place}:{there}/", f"{back}/"],
        "scp -r": scp(server, ["-r"], f"{server.place}:{there}", str(back)),
    }
    yield compared(f"{MANY:,} × 4 KiB down", measured(down, back), "scp -r", goal="rsync", must=3)


def distant(far: Server, data: Path) -> str:
    """1,000 files of 4 KiB with 50 ms round trip: `scp` takes minutes."""
    some, there = tree(data / "some", 1000), data / "far"
    up = {
        "podtui": podtui(far, "put", some, there),
        "scp -r": scp(far, ["-r"], str(some), f"{far.place}:{there}"),
    }
    figures = measured(up, there, rounds=1)
    return compared("1,000 × 4 KiB up, 50 ms away", figures, "scp -r", must=10)


def long_way(far: Server, middle: Path) -> Iterator[str]:
    """One large file each way with 50 ms round trip, 3 rounds after one that warms up."""
    there, back = middle.with_name("there.dat"), middle.with_name("back.dat")
    up = {
        "podtui": podtui(far, "put", middle, there),
        "scp": scp(far, [], str(middle), f"{far.place}:{there}"),
    }
    yield compared("200 MB up, 50 ms away", measured(up, there), "scp")
    down = {
        "podtui": podtui(far, "get", middle, back),
        "scp": scp(far, [], f"{far.place}:{middle}", str(back)),
    }
    yield compared("200 MB down, 50 ms away", measured(down, back), "scp")


def resumed(server: Server, data: Path, big: Path, verb: str) -> str:
    """1 GB taken up at 90 % over all of it."""
    there = data / "again.dat"
    part = there.with_name("again.dat.podtui.part")
    carry = podtui(server, verb, big, there)
    whole, rest = [], []
    for _ in range(ROUNDS):
        there.unlink(missing_ok=True)
        whole.append(timed(carry))
        there.unlink()
        slowed = [*carry, "--limit-rate", "200M"]  # so that it can be met at 90 %
        cut = subprocess.Popen(slowed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not part.exists() or part.stat().st_size < 0.9 * GIGABYTE:
            assert cut.poll() is None, "it was done before it could be cut"
            time.sleep(0.001)
        cut.send_signal(signal.SIGKILL)
        cut.wait()
        os.truncate(part, int(0.9 * GIGABYTE))
        rest.append(timed(carry))
        assert there.stat().st_size == GIGABYTE
    there.unlink()
    full, left = statistics.median(whole), statistics.median(rest)
    return (
        f"resume of 1 GB at 90 % ({verb}): {left:.2f} s over {full:.2f} s, "
        f"{left / full:.2f} (goal ≤ 0.25)"
    )


def plan_memory(folder: Path) -> str:
    """Memory of the count of a folder of a million entries."""
    code = (
        "import asyncio, re, sys, time\n"
        "from pathlib import Path\n"
        "from podtui.backends.local import LocalFiles\n"
        "from podtui.domain.transfer import PLAIN\n"
        "from podtui.services.plan import count\n"
        "def peak():\n"  # getrusage would tell that of the process this one was forked from
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "idle = peak()\n"
        "began = time.perf_counter()\n"
        "total = asyncio.run(count(LocalFiles(), sys.argv[1], PLAIN))\n"
        "print(total.files, (peak() - idle) / 1024, time.perf_counter() - began)\n"
    )
    million = folder / "million"
    million.mkdir()
    for number in range(1_000_000):
        os.close(os.open(million / f"entry-{number}", os.O_CREAT | os.O_WRONLY))
    done = subprocess.run(
        [sys.executable, "-c", code, str(million)], check=True, capture_output=True, text=True
    )
    files, peak, seconds = done.stdout.split()
    shutil.rmtree(million)
    return (
        f"a folder of {int(files):,} entries planned in {float(seconds):.1f} s with "
        f"{float(peak):.0f} MiB (bound 150)"
    )


def upload_memory(server: Server, big: Path, there: Path) -> str:
    """Memory of an upload of 1 GB beyond that of one of nothing."""
    empty = there.with_name("empty")
    empty.touch()
    peaks = []
    for source in (empty, big):
        _, _, _, *words = podtui(server, "put", source, there)
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, *words], check=True, capture_output=True
        )
        peaks.append(int(done.stdout.split()[-1]) / 1024)
        there.unlink()
    return f"1 GB up: {peaks[1] - peaks[0]:.0f} MiB beyond idle (must < 150)"


_PEAK = (
    "import re, sys\n"
    "from pathlib import Path\n"
    "from podtui.__main__ import main\n"
    "code = main(sys.argv[1:])\n"
    "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    "sys.exit(code)\n"
)
"""Its own peak: getrusage of children tells that of the largest process there ever was."""


def podtui(server: Server, verb: str, *paths: Path) -> list[str]:
    config = str(server.config())
    return [sys.executable, "-m", "podtui", "--config", config, verb, *map(str, paths)]


def scp(server: Server, options: list[str], *ends: str) -> list[str]:
    return ["scp", "-q", *options, "-P", str(server.port), *server.options, *ends]


def gcm() -> list[str]:
    return ["-c", "aes128-gcm@openssh.com"]


def sftp(server: Server, command: str) -> list[str]:
    argv = ["sftp", "-q", "-P", str(server.port), *server.options, server.place]
    return ["sh", "-c", f"echo '{command}' | \"$@\"", "sh", *argv]


def timed(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def measured(runs: dict[str, list[str]], made: Path, rounds: int = ROUNDS) -> dict[str, float]:
    """Medians of runs in turn, each making `made` anew; the first round warms up.

    A folder is put aside until the end: just after many files were removed, ext4 takes several
    times as long to make new ones.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    aside = made.with_name(f"{made.name}-aside")
    aside.mkdir()
    for turn in range(rounds + (rounds > 1)):
        for name, argv in runs.items():
            if made.is_dir():
                made.rename(aside / f"{turn} {name}")
            made.unlink(missing_ok=True)
            seconds = timed(argv)
            assert made.exists(), f"{name} made nothing"
            if turn or rounds == 1:
                times[name].append(seconds)
    shutil.rmtree(aside)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def compared(
    what: str, seconds: dict[str, float], *others: str, goal: str = "", must: float = 1
) -> str:
    """Our speed over the fastest of `others` (must) and over `goal`'s."""
    ours = seconds["podtui"]
    fastest = min(seconds[name] for name in others)
    told = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    line = f"{what}: {told}; speed over {' and '.join(others)} {fastest / ours:.2f} (must ≥ {must})"
    return f"{line}, over {goal} {seconds[goal] / ours:.2f} (goal ≥ 1)" if goal else line


def filled(path: Path, size: int) -> Path:
    noise = random.Random(1)
    with path.open("wb") as out:
        for start in range(0, size, 1 << 20):
            out.write(noise.randbytes(min(1 << 20, size - start)))
    return path


def tree(root: Path, files: int) -> Path:
    noise = random.Random(2)
    for number in range(files):
        folder = root / f"d{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_bytes(noise.randbytes(SMALL))
    return root
