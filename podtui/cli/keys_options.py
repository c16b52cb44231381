"""The commands below `podtui keys`, with their options."""

from __future__ import annotations

from podtui.cli.parser import Commands, Parser, add_command, add_commands

_OURS = "its file, the file's name, or its fingerprint"


def declare_keys(commands: Commands) -> None:
    """Add `keys` and all below it."""
    keys = add_command(
        commands,
        "keys",
        "SSH keys: list, generate, add, remove, test, rotate; known hosts",
        "keys:list_keys",
        "Without a further command they are listed.",
    )
    keys.set_defaults(everywhere=False)
    below = add_commands(keys)
    listing = add_command(below, "list", "List the keys here and on the cluster", "keys:list_keys")
    listing.add_argument(
        "--everywhere", action="store_true", help="ask every cluster, not only this one"
    )
    _making(below)
    _on_clusters(below)
    _here(below)
    _hosts(below)


def _making(below: Commands) -> None:
    generate = add_command(below, "generate", "Make a key pair (ed25519)", "keys:generate_key")
    generate.add_argument("file", nargs="?", help="where (default: the cluster's key)")
    generate.add_argument("--comment", default="", help="stands behind the key")
    generate.add_argument(
        "--type",
        default="ed25519",
        choices=("ed25519", "ecdsa", "rsa"),
        help="for a server too old for ed25519 (rsa has 3072 bits)",
    )
    _passphrase(generate)


def _on_clusters(below: Commands) -> None:
    add = add_command(below, "add", "Let a key log in on the cluster", "keys:add_key")
    add.add_argument(
        "key", nargs="?", help="a .pub file or the line itself (default: the cluster's key)"
    )
    remove = add_command(below, "remove", "Let a key log in no more", "keys:remove_key")
    remove.add_argument("key", help="its fingerprint, a .pub file, or the line itself")
    remove.add_argument(
        "--last-too", action="store_true", help="even if no key of yours is left to log in with"
    )
    test = add_command(
        below,
        "test",
        "Log in to the cluster with one key alone, and say whether it works",
        "keys_rotate:test_key",
    )
    test.add_argument("key", nargs="?", help=f"{_OURS} (default: the cluster's key)")
    rotate = add_command(
        below,
        "rotate",
        "Replace a key wherever it is on",
        "keys_rotate:rotate_key",
        "A new key is made, put on, proved by a login with it alone, and only then the old one "
        "is taken off. Each step is asked for. It can be left at any step, and the same command "
        "takes it up again; without KEY those under way are listed.",
    )
    rotate.add_argument("key", nargs="?", help=_OURS)
    rotate.add_argument("--comment", default="", help="stands behind the new key")
    rotate.add_argument(
        "--leave-out", action="append", default=[], metavar="NAME", help="a cluster to leave as is"
    )
    rotate.add_argument(
        "--give-up", action="store_true", help="undo it, as long as the old key is on everywhere"
    )
    _passphrase(rotate)
    _yes(rotate)


def _here(below: Commands) -> None:
    show = add_command(below, "show", "Tell everything about one key pair", "keys_pairs:show_key")
    show.add_argument("key", help=_OURS)
    show.add_argument("--art", action="store_true", help="draw its fingerprint, as ssh-keygen does")
    lock = add_command(
        below, "passphrase", "Change what locks a key pair", "keys_pairs:change_passphrase"
    )
    lock.add_argument("key", help=_OURS)
    lock.add_argument("--none", action="store_true", help="lock it with nothing")
    comment = add_command(
        below, "comment", "Give a key pair another comment", "keys_pairs:change_comment"
    )
    comment.add_argument("key", help=_OURS)
    comment.add_argument("text", help="the comment")
    agent = add_command(below, "agent", "Put a key into the SSH agent", "keys_pairs:lend_key")
    agent.add_argument("key", help=_OURS)
    agent.add_argument(
        "--lifetime", default="", metavar="SPAN", help="for how long, such as 30m, 8h or 1d"
    )
    agent.add_argument("--remove", action="store_true", help="take it out instead")
    mend = add_command(
        below, "mend", "Let nobody else read a private key (mode 0600)", "keys_pairs:mend_key"
    )
    mend.add_argument("key", help=_OURS)
    delete = add_command(
        below,
        "delete",
        "Remove a key pair from this machine",
        "keys_pairs:delete_key",
        "What stops working without it is told, and asked about twice.",
    )
    delete.add_argument("key", help=_OURS)
    _yes(delete)


def _hosts(below: Commands) -> None:
    add_command(below, "hosts", "List the known hosts", "keys_hosts:list_hosts")
    forget = add_command(below, "forget", "Forget the keys of a host", "keys_hosts:forget_host")
    forget.add_argument("host", help="its name, or [name]:port away from port 22")
    _yes(forget)


def _passphrase(parser: Parser) -> None:
    parser.add_argument(
        "--passphrase", action="store_true", help="ask for one that locks the private half"
    )


def _yes(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
