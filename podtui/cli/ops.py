"""`podtui ops`: what a service runs beside jobs, listed, described and run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from podtui.backends.base import Question
from podtui.cli.call import Answer, Call
from podtui.cli.output import one_line
from podtui.cli.prompter import TerminalPrompter
from podtui.cli.tables import ascii_table
from podtui.domain.text import visible
from podtui.errors import Cancelled, InputError, Refused
from podtui.services.operations import INPUT, OperationService, asks_first, named

if TYPE_CHECKING:
    from podtui.domain.operation import Operation
    from podtui.services.session import Session

_HELP_CELLS = 60


async def ops(call: Call, session: Session) -> Answer:
    """List them; describe the one that is named; run it where there is something to run it with."""
    args, service = call.args, session.operations
    if not args.operation:
        if args.input is not None or args.set or args.run_it or args.yes:
            raise InputError("Nothing says which operation is meant.", hint="Write GROUP/NAME.")
        return _listed(await service.all(call.cluster))
    operation = await service.describe(call.cluster, named(args.operation))
    if args.input is None and not (args.set or args.run_it or args.yes):
        return _described(operation)
    return await _run(call, service, operation)


def operation_facts(operation: Operation) -> dict[str, Any]:
    """An operation as `--json` tells it."""
    return {
        "group": operation.group,
        "name": operation.name,
        "help": operation.help,
        "changes": operation.changes,
        "takes_input": operation.takes_input,
        "options": [
            {"name": option.name, "help": option.help, "flag": option.flag}
            for option in operation.options
        ],
    }


def _listed(found: tuple[Operation, ...]) -> Answer:
    rows = [
        (one.title, "asks first" if one.changes else "", visible(one.help, _HELP_CELLS))
        for one in found
    ]
    return Answer(
        {"operations": [operation_facts(one) for one in found]},
        (
            *ascii_table(("Operation", "", "What it does"), rows),
            "`podtui ops GROUP/NAME` tells the options of one.",
        ),
    )


def _described(operation: Operation) -> Answer:
    rows = [(option.name, one_line(option.help)) for option in operation.options]
    if operation.takes_input:
        rows.insert(0, ("--input TEXT", "what stands behind the options"))
    lines = [f"{one_line(operation.title)}: {one_line(operation.help) or 'no help there'}"]
    if operation.changes:
        lines.append("It may change something: it is run after a question, or with --yes.")
    table = ascii_table(("Option", "What it does"), rows) if rows else ("It has no options.",)
    return Answer({"operation": operation_facts(operation)}, (*lines, *table))


async def _run(call: Call, service: OperationService, operation: Operation) -> Answer:
    values = _values(call, operation)
    if asks_first(operation, values) and not call.args.yes:
        await _ask(call, operation, values)
    call.out.if_interrupted = "If it was sent, it may have happened: look before it is repeated."
    result = await service.run(call.cluster, operation, values)
    data = {
        "operation": operation.title,
        "succeeded": result.succeeded,
        "output": result.output,
        "log": list(result.log),
    }
    for note in result.log:
        call.out.note(one_line(note))
    lines = tuple(visible(line.expandtabs()) for line in result.output.splitlines())
    if result.succeeded:
        return Answer(data, lines)
    failure = Refused(
        f"{one_line(operation.title)} failed there.", hint="Its output tells what it said."
    )
    return Answer(data, lines, failure)


def _values(call: Call, operation: Operation) -> dict[str, str]:
    """What was set; InputError for what the operation does not have."""
    values: dict[str, str] = {}
    for text in call.args.set:
        name, _, value = text.partition("=")
        values[name] = value
    if call.args.input is not None:
        values[INPUT] = call.args.input
    known = {option.name for option in operation.options}
    if operation.takes_input:
        known.add(INPUT)
    for name in values:
        if name not in known:
            raise InputError(
                f"{one_line(operation.title)} has no option {one_line(name)!r}.",
                hint=f"`podtui ops {one_line(operation.title)}` lists them.",
            )
    return values


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


async def _ask(call: Call, operation: Operation, values: dict[str, str]) -> None:
    """Ask on the terminal whether it is meant; InputError where there is none."""
    if not has_terminal():
        raise InputError(
            f"{one_line(operation.title)} may change something, and there is nobody to ask.",
            hint="Say --yes if it is meant. Nothing was run.",
        )
    told = " ".join(f"{name}={one_line(value)!r}" for name, value in values.items())
    question = Question(
        f"Run {one_line(operation.title)} {told}? Type yes: ".replace(" ?", "?"), secret=False
    )
    title = "This may change something"
    (answer,) = await TerminalPrompter(call.out, terminal=has_terminal).ask(
        call.cluster, title, [question]
    )
    if answer.strip().lower() != "yes":
        raise Cancelled("It was not run.")
