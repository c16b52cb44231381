"""Answers of real Slurm, recorded: 22.05 to the adapter's own commands, 26.05 to others' too."""

from __future__ import annotations

from pathlib import Path

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.backends.schedulers.slurm_list import _FIELDS as LIST_FIELDS

FIXTURES = Path(__file__).parents[3] / "fixtures" / "slurm"
MARK = "m0"  # the mark the recordings were made with
SLURM = Slurm("slurm 22.05.8", mark=MARK)
ALICE = Account("alice")

# the letters of the recorded 26.05 lists, in their order
LIST_26 = "iFKjutTrPqaDCmblMLVSeNnZoEpkA"


def recorded(name: str, returncode: int = 0) -> Output:
    """The recorded answer `VERSION/NAME`: its .out and .err, each nothing when not there."""
    parts = [FIXTURES / f"{name}{ending}" for ending in (".out", ".err")]
    assert any(part.exists() for part in parts), name
    stdout, stderr = (part.read_bytes() if part.exists() else b"" for part in parts)
    return Output(returncode, stdout, stderr)


def record(**values: str) -> str:
    """One record of squeue as the adapter asks for it."""
    row = {
        "id": "1",
        "state": "RUNNING",
        "reason": "None",
        "user": "alice",
        "group": "users",
        "priority": "10",
        "cores": "1",
    } | values
    fields = "\x1f".join(row.get(name, "") for name in LIST_FIELDS)
    return f"\x1e{MARK}\x1f{fields}\n"


def listed(*records: str) -> Output:
    """An answer of squeue."""
    return Output(0, "".join(records).encode("utf-8", "surrogateescape"))


def list_of_26(name: str) -> tuple[int, Output]:
    """A list recorded from Slurm 26.05 with another format, its fields put in the asked order."""
    letters = {field: code[1:] for field, code in LIST_FIELDS.items()}
    rows = recorded(f"26.05/{name}").stdout.decode().splitlines()
    records = []
    for row in rows:
        told = dict(zip(LIST_26, row.split("\x1f"), strict=True))
        known = {field: told[code] for field, code in letters.items() if code in told}
        records.append(record(**({"priority": "1", "group": "alice"} | known)))
    return len(rows), listed(*records)
