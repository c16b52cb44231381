"""Every command of podtui in one parser."""

from __future__ import annotations

from collections.abc import Callable

from podtui import __version__
from podtui.cli import clusters, config, doctor, files, jobs, keys, nodes, staging, submit, waiting
from podtui.cli.grammar import Parser, add_command, add_commands, common_options

_EPILOG = "Exit codes and the shape of --json are told in docs/cli.md."


def build_parser(add_demo_arguments: Callable[[Parser], None] | None = None) -> Parser:
    """The whole command line; the embedded pod's options only when they are asked for.

    They are handed in because nobody but `__main__` knows the embedded pod.
    """
    parser = Parser(
        "podtui",
        description="One terminal screen for every batch cluster you can reach. "
        "Without a command, the screen opens.",
        epilog=_EPILOG,
        parents=[common_options(defaults=True)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"podtui {__version__}")
    parser.set_defaults(command="")
    commands = add_commands(parser)
    for module in (clusters, nodes, submit, jobs, waiting, staging, files, keys, config, doctor):
        module.add_to(commands)
    demo = add_command(commands, "demo", "Open the screen on a pod of your own on this machine")
    if add_demo_arguments:
        add_demo_arguments(demo)
    return parser
