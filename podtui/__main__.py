"""Arguments → the app, or one headless command."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.cli.output import Output
from podtui.cli.parser import build_parser
from podtui.cli.run import guarded, run_command, settings
from podtui.errors import InputError, PodError

if TYPE_CHECKING:
    from collections.abc import Sequence

_POD_SECONDS = 10  # what the embedded pod may take to end its servers


def main(argv: Sequence[str] | None = None) -> int:
    """Run podtui; the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    _open_closed_streams()
    out = Output(as_json="--json" in words)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name must not end us where the locale is small
            stream.reconfigure(errors="backslashreplace")
    code = guarded(out, lambda: _dispatch(words, out))
    if argv is None:
        gc.freeze()  # Python ends: it need not look once more through all that was loaded
    return code


def _open_closed_streams() -> None:
    """Give a stream that was closed before us (`>&-`) the null device, so that nobody else's
    file takes its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as we live


def _dispatch(words: list[str], out: Output) -> int:
    args = _parse(words)
    if args.command == "demo":
        return _demo(args, words)
    if args.command:
        return run_command(args, out)
    return _open_app(args)


def _parse(words: list[str]) -> Namespace:
    if "demo" not in words:
        return build_parser().parse_args(words)
    from podtui.demo.command import add_arguments

    return build_parser(add_arguments).parse_args(words)


def _open_app(args: Namespace) -> int:
    _need_screen(args)
    config, paths = settings(args)
    if args.cluster:
        config = replace(config, default_cluster=config.cluster(args.cluster).name)
    gc.disable()  # while modules load there is nothing to collect; run_app takes it up again
    from podtui.cli.logs import start_log
    from podtui.tui.run import POD_WANTED, run_app

    with start_log(config, paths, args.verbose, on_terminal=False):
        code = run_app(config, paths, alone=bool(args.config))
    return _demo(_parse(["demo"]), ["demo"]) if code == POD_WANTED else code


def _need_screen(args: Namespace) -> None:
    if args.json:
        raise InputError("--json needs a command.", hint="`podtui --help` lists them.")
    if not has_terminal():
        raise InputError(
            "The screen needs a terminal.",
            title="No terminal",
            hint="`podtui --help` lists the commands for scripts and pipes.",
        )


def has_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _demo(args: Namespace, words: list[str]) -> int:
    """Serve the embedded pod, or open the app on one that lives as long as the app."""
    if args.no_ui:
        from podtui.demo.command import serve

        return serve(args)
    _need_screen(args)
    if args.config:
        raise InputError("The embedded pod writes a configuration of its own.")
    import json
    import subprocess

    # The pod reads our end of the pipe, so that it ends with us even when we are killed.
    command = [sys.executable, "-m", "podtui", *words, "--no-ui", "--until-stdin-ends"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as pod:
        try:
            assert pod.stdout is not None
            line = pod.stdout.readline()
            if not line:
                raise PodError(
                    f"The embedded pod ended at once, with exit code {pod.wait()}.",
                    title="No pod",
                    hint="It told the reason above; --state names another folder.",
                )
            args.config = json.loads(line)["config"]
            return _open_app(args)
        finally:
            pod.terminate()
            try:
                pod.wait(_POD_SECONDS)
            except subprocess.TimeoutExpired:
                pod.kill()


if __name__ == "__main__":
    sys.exit(main())
