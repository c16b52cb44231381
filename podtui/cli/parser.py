"""How the command line is read: one parser, light enough for `--help` to come at once.

It names the function of each command as text; `podtui.cli.call` imports it when it is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from typing import NoReturn, TypeAlias

from podtui import __version__
from podtui.errors import InputError

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are PodErrors: told like every other failure, in JSON too."""

    def error(self, message: str) -> NoReturn:
        """Complain about the arguments."""
        raise InputError(
            f"{message[:1].upper()}{message[1:]}.",
            title="Command line",
            hint=f"`{self.prog} --help` tells what there is.",
        )


def build_parser(add_demo_arguments: Callable[[Parser], None] | None = None) -> Parser:
    """The whole command line; the embedded pod's options only when they are asked for.

    They are handed in because nobody but `__main__` knows the embedded pod.
    """
    from podtui.cli.commands import declare_commands

    parser = Parser(
        "podtui",
        description="One terminal screen for every batch cluster you can reach. "
        "Without a command, the screen opens.",
        epilog="Exit codes and the shape of --json are told in docs/cli.md.",
        parents=[_common_options(defaults=True)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"podtui {__version__}")
    parser.set_defaults(command="", run="")
    commands = add_commands(parser)
    declare_commands(commands)
    demo = add_command(commands, "demo", "Open the screen on a pod of your own on this machine")
    if add_demo_arguments:
        add_demo_arguments(demo)
    return parser


def add_commands(parser: Parser) -> Commands:
    """Room for commands below `parser`."""
    return parser.add_subparsers(title="commands", metavar="COMMAND")


def add_command(commands: Commands, name: str, about: str, run: str = "", more: str = "") -> Parser:
    """Add a command that `run` (`module:function` below `podtui.cli`) carries out."""
    parser = commands.add_parser(
        name,
        help=f"{about[:1].lower()}{about[1:]}" if about[1:2].islower() else about,
        description=f"{about}.{' ' + more if more else ''}",
        parents=[_common_options(defaults=False)],
        allow_abbrev=False,
    )
    parser.set_defaults(command=name, run=run)
    return parser


@cache
def _common_options(*, defaults: bool) -> Parser:
    """The options every command takes; `defaults` for those that stand before the command.

    Behind a command they have no defaults of their own, else these would undo what stood before.
    All commands share them: to make them anew for each took most of the time of the parser.
    """

    def default(value: object) -> object:
        return value if defaults else argparse.SUPPRESS

    parent = Parser(add_help=False)
    group = parent.add_argument_group("common options")
    group.add_argument(
        "--config", metavar="FILE", help="read this configuration alone", default=default("")
    )
    group.add_argument(
        "--cluster",
        metavar="NAME",
        help="the cluster meant (otherwise: the configured default)",
        default=default(""),
    )
    group.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, as docs/cli.md explains it",
        default=default(False),
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="count",
        help="log to standard error; twice: more",
        default=default(0),
    )
    return parent
