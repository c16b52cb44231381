"""Upload of one large file: `podtui put`, hashed and verified, over OpenSSH's `scp` of the same."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROUNDS = 5


def measure(config: Path, node: dict[str, Any], home: Path, big: Path) -> tuple[float, float]:
    """Seconds for the whole command, medians of runs in turn: podtui, scp."""
    client = config.parent
    podtui = [sys.executable, "-m", "podtui", "--config", str(config), "put", str(big), "~/big.dat"]
    scp = [
        "scp",
        "-q",
        *("-P", str(node["ssh_port"]), "-i", str(client / "id_ed25519")),
        *("-o", f"UserKnownHostsFile={client / 'known_hosts'}", "-o", "BatchMode=yes"),
        str(big),
        f"penguin@{node['public_ip']}:big.dat",
    ]
    times: dict[str, list[float]] = {"podtui": [], "scp": []}
    for turn in range(ROUNDS + 1):
        for name, argv in (("podtui", podtui), ("scp", scp)):
            (home / "big.dat").unlink(missing_ok=True)
            started = time.perf_counter()
            subprocess.run(argv, check=True, capture_output=True, env=os.environ)
            if turn:
                times[name].append(time.perf_counter() - started)
            assert (home / "big.dat").stat().st_size == big.stat().st_size
    return statistics.median(times["podtui"]), statistics.median(times["scp"])
