"""The exit codes as a table, from the failures themselves: docs/cli.md holds it."""

from __future__ import annotations

from podtui.cli import outcomes
from podtui.cli.output import BROKEN_PIPE
from podtui.errors import PodError


def exit_code_table() -> str:
    """A Markdown table of every exit code."""
    meanings: dict[int, list[str]] = {0: ["All went well."]}
    for failure in failures():
        sentence = (failure.__doc__ or "").splitlines()[0]
        meanings.setdefault(failure.exit_code, []).append(f"{failure.__name__}: {sentence}")
    meanings[BROKEN_PIPE] = ["Nobody reads the output any more."]
    rows = [f"| {code} | {'<br>'.join(meanings[code])} |" for code in sorted(meanings)]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def failures() -> list[type[PodError]]:
    """Every kind of failure, parents first."""
    found: list[type[PodError]] = []
    todo: list[type[PodError]] = [PodError]
    while todo:
        kind = todo.pop(0)
        if kind.__module__ in (PodError.__module__, outcomes.__name__) and kind not in found:
            found.append(kind)
            todo += kind.__subclasses__()
    return found
