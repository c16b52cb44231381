"""Every command with its options, and the function that carries it out."""

from __future__ import annotations

import argparse

from podtui.cli.keys_options import declare_keys
from podtui.cli.parser import Commands, add_command, add_commands
from podtui.cli.transfer_commands import declare_transfers


def declare_commands(commands: Commands) -> None:
    """Add all commands but `demo`."""
    add_command(
        commands,
        "clusters",
        "List the clusters, and whether each answers",
        "clusters:list_clusters",
        "Each is asked; one that does not answer is listed with its reason. "
        "With --cluster that one alone is asked, and its failure is the command's.",
    )
    _nodes(commands)
    _submit(commands)
    _translate(commands)
    _jobs(commands)
    _staging(commands)
    _files(commands)
    declare_keys(commands)
    _operations(commands)
    _config(commands)
    doctor = add_command(
        commands,
        "doctor",
        "Look at everything between here and a finished job",
        "doctor:doctor",
        "A small file is sent to the home on the cluster, hashed there and removed again.",
    )
    doctor.add_argument(
        "--submit",
        action="store_true",
        help="also submit a job that does nothing, and wait for its end",
    )


def _nodes(commands: Commands) -> None:
    nodes = add_command(
        commands,
        "nodes",
        "Login nodes: list, create, delete",
        "nodes:list_nodes",
        "Without a further command they are listed.",
    )
    below = add_commands(nodes)
    about = "List login nodes, account, volume, images and flavors"
    add_command(below, "list", about, "nodes:list_nodes")
    create = add_command(
        below,
        "create",
        "Make a login node and all it needs: account, volume, key",
        "nodes:create_node",
        "What is there is used; a node that fits is never made twice.",
    )
    create.add_argument("--wait", action="store_true", help="stay until it lets us in by SSH")
    create.add_argument("--image", default="", help="boot image, by id or name")
    create.add_argument("--flavor", default="", help="size, by id or name")
    create.add_argument(
        "--volume-gb", type=_gigabytes, default=0, metavar="N", help="size of a new volume, in GB"
    )
    delete = add_command(below, "delete", "End a login node; the volume stays", "nodes:delete_node")
    delete.add_argument("node", metavar="ID", help="the login node's id")


def _submit(commands: Commands) -> None:
    parser = add_command(
        commands,
        "submit",
        "Submit a job script, with the files it needs and makes",
        "submit:submit",
        "A job with --stagein is held until its files are there and verified; --stageout is "
        "fetched when it has ended. Without --wait the journal keeps it for `podtui wait` or "
        "the screen.",
    )
    parser.add_argument("script", help="the job script")
    parser.add_argument(
        "--sched", metavar="TRQ|SGE", help="what it is written for (default: the cluster's)"
    )
    _pairs(parser, "--stagein", "LOCAL[:REMOTE]", "files to send first")
    _pairs(parser, "--stageout", "REMOTE[:LOCAL]", "files to fetch afterwards")
    parser.add_argument("--hold", action="store_true", help="hold it until it is released")
    parser.add_argument(
        "--overwrite",
        action=argparse.BooleanOptionalAction,
        help="replace a script of that name there",
    )
    parser.add_argument("--hash-algo", metavar="ALGO", help="how its files are verified")
    parser.add_argument(
        "--wait", action="store_true", help="stay until the results are back, exit as the job did"
    )


def _translate(commands: Commands) -> None:
    parser = add_command(
        commands,
        "translate",
        "Translate a job script for another scheduler",
        "translate:translate",
        "The script goes to standard output, what to know about it to standard error. What has "
        "no equivalent stays in it as a comment. Nothing is sent anywhere.",
    )
    names = "slurm|torque|openpbs|sge"
    parser.add_argument("file", metavar="FILE", help="the job script; - is standard input")
    parser.add_argument("--to", required=True, metavar=names, help="what it is wanted for")
    parser.add_argument(
        "--from",
        dest="source",
        default="",
        metavar=names,
        help="what it is written for (default: what its directives say)",
    )
    parser.add_argument("--diff", action="store_true", help="print the changes instead")
    parser.add_argument(
        "--strict", action="store_true", help="fail when something has no equivalent"
    )


def _jobs(commands: Commands) -> None:
    status = add_command(commands, "status", "Show jobs, as podsh status does", "jobs:show")
    which = status.add_mutually_exclusive_group()
    which.add_argument("-j", "--job", metavar="ID", default="", help="this job, with all it has")
    which.add_argument("--group", default="", metavar="NAME", help="the jobs of a unix group")
    which.add_argument("--user", default="", metavar="NAME", help="the jobs of a user")
    which.add_argument("--everybody", action="store_true", help="the jobs of everybody")
    for name, about in (
        ("cancel", "End jobs, whether they run or wait"),
        ("hold", "Keep waiting jobs from starting"),
        ("release", "Let held jobs start"),
        ("requeue", "Put running jobs back into the queue"),
    ):
        parser = add_command(commands, name, about, f"jobs:{name}")
        parser.add_argument("jobs", metavar="JOB", nargs="+", help="a job's id")
    shell = add_command(
        commands,
        "shell",
        "Open a shell on the login node, or where a job runs",
        "shell:shell",
        "The system's ssh has the terminal until the shell ends; it logs in by itself.",
    )
    shell.add_argument("job", metavar="JOB", nargs="?", default="", help="a running job's id")
    history = add_command(
        commands,
        "history",
        "Search the jobs that were, also those their scheduler has forgotten",
        "history:search",
        "What podtui saw while it ran; no cluster is asked. With --cluster only that one's jobs.",
    )
    history.add_argument(
        "words", metavar="WORD", nargs="*", help="each must be in the job, its paths or its script"
    )
    history.add_argument(
        "--most", type=_count, default=100, metavar="N", help="show at most N (default: 100)"
    )
    add_command(
        commands, "queues", "List a cluster's queues and machines, and what is free", "queues:show"
    )
    wait = add_command(
        commands,
        "wait",
        "Wait until jobs have ended and their results are back",
        "waiting:wait",
        "Without a job: all unfinished staged jobs of the journal, of all clusters. The exit "
        "code is the jobs' success. A job whose staging failed is taken up again where it failed.",
    )
    wait.add_argument("jobs", metavar="JOB", nargs="*", help="a job's id, or its token")


def _staging(commands: Commands) -> None:
    for name, about, form in (
        ("stagein", "Send files and folders", "LOCAL[:REMOTE]"),
        ("stageout", "Fetch files and folders", "REMOTE[:LOCAL]"),
    ):
        told = f"{about} apart from any job, as podsh {name} does"
        parser = add_command(commands, name, told, f"staging:{name}")
        _pairs(parser, "--files", form, "what goes where", required=True)


def _pairs(
    parser: argparse.ArgumentParser, option: str, form: str, about: str, *, required: bool = False
) -> None:
    parser.add_argument(
        option,
        metavar=form,
        action="append",
        default=[],
        required=required,
        help=f"{about}; may be repeated, or listed with commas",
    )


def _files(commands: Commands) -> None:
    listing = add_command(commands, "ls", "List a folder on the cluster", "files:list_folder")
    listing.add_argument("path", nargs="?", default="~", help="a file or folder (default: ~)")
    declare_transfers(commands)


def _operations(commands: Commands) -> None:
    ops = add_command(
        commands,
        "ops",
        "List, describe and run what a service runs beside jobs",
        "ops:ops",
        "Without a name they are listed; with a name alone that one is described. One that may "
        "change something asks first.",
    )
    ops.add_argument("operation", metavar="GROUP/NAME", nargs="?", default="", help="which one")
    ops.add_argument("--input", metavar="TEXT", help="what stands behind the options")
    ops.add_argument(
        "--set",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option, or OPTION alone where it takes no value; may be repeated",
    )
    ops.add_argument(
        "--run", dest="run_it", action="store_true", help="run it with nothing set, too"
    )
    ops.add_argument("--yes", action="store_true", help="run it without a question")


def _config(commands: Commands) -> None:
    config = add_command(
        commands,
        "config",
        "Configuration: show, path, set, unset, import",
        "config:show",
        "Without a further command it is shown.",
    )
    below = add_commands(config)
    add_command(below, "show", "Show every value and where it is set", "config:show")
    add_command(below, "path", "Show which files are used", "config:path")
    setting = add_command(
        below,
        "set",
        "Set a key, such as theme or clusters.pod.user",
        "config:set_value",
        "A secret is never given here: it is asked for, or read from standard input, and kept "
        "in the keyring or a private file.",
    )
    setting.add_argument("key", metavar="KEY", help="its dotted name")
    setting.add_argument("value", metavar="VALUE", nargs="?", help="left out for a secret")
    unset = add_command(below, "unset", "Remove a key from the file", "config:unset_value")
    unset.add_argument("key", metavar="KEY", help="its dotted name")
    add_command(
        below, "import", "Take PODTools' configuration over, once", "config:import_podtools"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _gigabytes(text: str) -> int:
    size = int(text)
    if size < 1:
        raise argparse.ArgumentTypeError("must be 1 or more GB")
    return size
