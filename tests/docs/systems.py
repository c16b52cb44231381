"""What works on each system, read from the code; `make systems` puts it into the README.

A method that does nothing but raise NotOffered is one the system has not.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from podtui.backends.kotta.backend import KottaBackend
from podtui.backends.kotta.jobs import KottaJobs
from podtui.backends.pod.backend import PodBackend
from podtui.backends.pod.beoweb import Beoweb
from podtui.backends.psik.backend import PsikBackend
from podtui.backends.psik.jobs import PsikJobs
from podtui.backends.resop.backend import ResopBackend
from podtui.backends.slurmrest.backend import SlurmRestBackend
from podtui.backends.slurmrest.jobs import SlurmRestJobs
from podtui.backends.ssh.backend import SshBackend
from podtui.backends.ssh.queue_jobs import QueueJobs

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- systems: make systems -->", "<!-- end of systems -->"
SYSTEMS: dict[str, tuple[str, type, type]] = {
    "pod": ("POD", PodBackend, Beoweb),
    "ssh": ("SSH", SshBackend, QueueJobs),
    "slurmrest": ("slurmrestd", SlurmRestBackend, SlurmRestJobs),
    "psik": ("psik_api", PsikBackend, PsikJobs),
    "kotta": ("Cloud Kotta", KottaBackend, KottaJobs),
    "resop": ("resop", ResopBackend, QueueJobs),
}
JOBS = {
    "submit": "submit",
    "list jobs": "list_jobs",
    "cancel": "cancel",
    "hold": "hold",
    "release": "release",
    "requeue": "requeue",
    "find a job whose answer was lost": "find_submitted",
    "queues": "queues",
    "machines": "compute_nodes",
}
FACETS = {
    "files, staging, logs": "files",
    "login nodes": "nodes",
    "keys of the account": "keys",
    "operations": "operations",
}


def has(kind: type, name: str) -> bool:
    """Whether the method or property does more than raise."""
    found: Any = inspect.getattr_static(kind, name)
    function: Callable[..., object] = found.fget if isinstance(found, property) else found
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef)
    return not isinstance(tree.body[1], ast.Raise)  # behind the docstring


def table() -> str:
    """The Markdown table."""
    names = [name for name, _, _ in SYSTEMS.values()]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for title, method in JOBS.items():
        lines.append(_row(title, [has(jobs, method) for _, _, jobs in SYSTEMS.values()]))
    for title, facet in FACETS.items():
        lines.append(_row(title, [has(backend, facet) for _, backend, _ in SYSTEMS.values()]))
    return "\n".join(lines)


def _row(title: str, offered: list[bool]) -> str:
    return f"| {title} | {' | '.join('yes' if one else '–' for one in offered)} |"


def in_readme() -> str:
    """The table as the README has it."""
    text = README.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()


def main() -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
