"""How the command line is read: the options common to all, and how a command is added."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from podtui.errors import InputError

if TYPE_CHECKING:
    from podtui.cli.call import OfflineCommand, OnlineCommand

    Commands = argparse._SubParsersAction["Parser"]


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are PodErrors: told like every other failure, in JSON too."""

    def error(self, message: str) -> NoReturn:
        """Complain about the arguments."""
        raise InputError(
            f"{message[:1].upper()}{message[1:]}.",
            title="Command line",
            hint=f"`{self.prog} --help` tells what there is.",
        )


def common_options(*, defaults: bool) -> Parser:
    """The options every command takes; with `defaults` for before the command.

    Behind a command they have no defaults of their own, else these would undo what stood before.
    """
    silent = argparse.SUPPRESS
    parent = Parser(add_help=False, argument_default=None if defaults else silent)
    group = parent.add_argument_group("common options")
    group.add_argument("--config", metavar="FILE", help="read this configuration alone")
    group.add_argument(
        "--cluster",
        metavar="NAME",
        help="the cluster meant (otherwise: the configured default)",
        default="" if defaults else silent,
    )
    group.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, as docs/cli.md explains it",
        default=False if defaults else silent,
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="count",
        help="log to standard error; twice: more",
        default=0 if defaults else silent,
    )
    return parent


def add_command(
    commands: Commands,
    name: str,
    about: str,
    *,
    online: OnlineCommand | None = None,
    offline: OfflineCommand | None = None,
    more: str = "",
    tells_warnings: bool = False,
) -> Parser:
    """Add a command; `online` or `offline` carries it out (neither: its own commands do).

    `tells_warnings`: its answer holds the configuration's warnings.
    """
    parser = commands.add_parser(
        name,
        help=about[:1].lower() + about[1:],
        description=f"{about}.{' ' + more if more else ''}",
        parents=[common_options(defaults=False)],
        allow_abbrev=False,
    )
    parser.set_defaults(command=name, online=online, offline=offline, tells_warnings=tells_warnings)
    return parser


def add_commands(parser: Parser, *, required: bool = False) -> Commands:
    """Room for commands below `parser`."""
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=required)
