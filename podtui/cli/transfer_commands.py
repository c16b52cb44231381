"""How `put`, `get`, `sync` and `copy` are asked for."""

from __future__ import annotations

from podtui.cli.parser import Commands, Parser, add_command
from podtui.domain.transfer import Conflict, Links, Transport


def declare_transfers(commands: Commands) -> None:
    """Add the commands that move files."""
    put = add_command(
        commands,
        "put",
        "Send files and folders, verified",
        "files:put",
        "A folder that exists takes them inside, as cp does.",
    )
    put.add_argument("sources", metavar="LOCAL", nargs="+", help="what to send")
    put.add_argument("target", metavar="REMOTE", help="where it goes; ~ is the home there")
    get = add_command(
        commands,
        "get",
        "Fetch files and folders, verified",
        "files:get",
        "A pattern such as '~/run*/out.txt' is filled in on the cluster; quote it.",
    )
    get.add_argument("sources", metavar="REMOTE", nargs="+", help="what to fetch")
    get.add_argument("target", metavar="LOCAL", help="where it goes, such as .")
    copy = add_command(
        commands,
        "copy",
        "Copy between any two ends, verified",
        "files:copy",
        "CLUSTER:PATH is a path on a cluster of the configuration, PATH alone one of this machine.",
    )
    sync = add_command(
        commands,
        "sync",
        "Make one folder like another: send only what differs, delete nothing",
        "files:sync",
        "The contents of SOURCE go into TARGET itself. What has the same size and time is left.",
    )
    for command in (copy, sync):
        command.add_argument("source", metavar="[CLUSTER:]SOURCE", help="what to copy")
        command.add_argument("target", metavar="[CLUSTER:]TARGET", help="where it goes")
    sync.add_argument(
        "--checksum", action="store_true", help="compare by hash instead of size and time"
    )
    for command in (put, get, copy):
        command.add_argument(
            "--conflict",
            choices=[conflict.value for conflict in Conflict],
            default=Conflict.OVERWRITE.value,
            help="what to do about a file that is there already: "
            + "; ".join(f"{one.value}: {one.meaning}" for one in Conflict)
            + " (default: overwrite)",
        )
    for command in (put, get, copy, sync):
        _options(command)


def _options(command: Parser) -> None:
    command.add_argument(
        "--links",
        choices=[links.value for links in Links],
        default=Links.FOLLOW.value,
        help="symbolic links: send what they point at, send them as they are, or leave them out "
        "(default: follow)",
    )
    command.add_argument(
        "--transport",
        choices=[transport.value for transport in Transport],
        default=Transport.AUTO.value,
        help="small files one by one (sftp) or many as one stream (tar; auto, where it is there)",
    )
    command.add_argument(
        "--no-times",
        action="store_true",
        help="give files the time of their arrival, and the usual permissions",
    )
    command.add_argument(
        "--limit-rate", metavar="SIZE", default="", help="most bytes a second, such as 10M"
    )
    command.add_argument(
        "-n", "--dry-run", action="store_true", help="tell what would be done, and do nothing"
    )
