"""From parsed arguments to an exit code: the one place where the command line's failures end."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from podtui.backends.collector import collector_at_rest
from podtui.cli.call import Answer, Call, find_command, may_begin
from podtui.cli.output import BROKEN_PIPE, Output, Unwritten, one_line
from podtui.errors import FileTrouble, PodError

if TYPE_CHECKING:
    from podtui.config.model import Config
    from podtui.paths import Paths

_TELL_WARNINGS = ("config:show", "doctor:doctor")  # whose answers hold the warnings anyway


def guarded(out: Output, act: Callable[[], int]) -> int:
    """Do `act`; its exit code, or that of the failure it met. A bug keeps its traceback."""
    try:
        return _told(out, act)
    except BrokenPipeError:
        _write_into_nothing()
        return BROKEN_PIPE
    except Unwritten as error:
        _write_into_nothing()
        lost = FileTrouble(
            f"Standard output took no more: {error}.",
            hint="What was asked for may be done: look before it is repeated.",
        )
        return Output(as_json=False, stdout=out.stdout, stderr=out.stderr).failure(lost)


def _write_into_nothing() -> None:
    """Python flushes standard output once more when it ends: into nothing, then."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(out: Output, act: Callable[[], int]) -> int:
    try:
        return act()
    except PodError as error:
        return out.failure(error)
    except KeyboardInterrupt:
        return out.interrupted()
    except BaseExceptionGroup as group:
        if unread := group.subgroup((BrokenPipeError, Unwritten)):
            raise _first(unread) from None
        only = _only_pod_error(group)
        if only is None:
            raise
        return out.failure(only)


def _only_pod_error(group: BaseExceptionGroup[BaseException]) -> PodError | None:
    """The first failure of a task group in which nothing but failures happened."""
    _, other = group.split(PodError)
    first = _first(group)
    return first if other is None and isinstance(first, PodError) else None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def settings(args: Namespace) -> tuple[Config, Paths]:
    """The configuration the arguments mean, and the paths that follow from it."""
    from pathlib import Path

    from podtui.config.load import load_config
    from podtui.paths import default_paths

    paths = default_paths()
    file = Path(args.config).expanduser().absolute() if args.config else None
    config = load_config(paths, file=file, environ=os.environ)
    return config, replace(
        paths, config_file=file or paths.config_file, state=config.state_dir or paths.state
    )


def run_command(args: Namespace, out: Output) -> int:
    """Carry out one headless command; PodErrors pass."""
    with collector_at_rest():  # while modules load there is nothing to collect
        from podtui.cli.logs import start_log

        config, paths = settings(args)
    with start_log(config, paths, args.verbose):
        if args.run not in _TELL_WARNINGS:
            for warning in config.warnings:
                out.note(f"podtui: warning: {one_line(warning)}")
        return out.answer(_logged(Call(args, config, paths, out)))


def _logged(call: Call) -> Answer:
    import logging

    log = logging.getLogger("podtui")
    log.info("%s begins", call.args.run)
    try:
        answer = _carry_out(call)
    except PodError as error:
        log.error("%s: %s: %s", call.args.run, one_line(error.title), one_line(error.message))  # noqa: TRY400 - a PodError is told, not traced
        raise
    log.info("%s is done", call.args.run)
    return answer


def _carry_out(call: Call) -> Answer:
    with collector_at_rest():
        import asyncio
        import inspect

        # Where the command may begin it is imported while its login is under way.
        command = None if may_begin(call.args.run) else find_command(call.args.run)
        talks = command is None or inspect.iscoroutinefunction(command)
        if talks:
            from podtui.cli.talking import talk
    if command is not None and not talks:
        offline: Answer = command(call)
        return offline
    return asyncio.run(talk(call))
