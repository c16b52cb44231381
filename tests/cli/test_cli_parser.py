"""The command line's grammar, and that it comes at once."""

from __future__ import annotations

import argparse
import inspect
import subprocess
import sys

import pytest

from podtui.cli.call import find_command
from podtui.cli.parser import Parser, build_parser
from podtui.errors import InputError

HEAVY = ("asyncio", "textual", "rich", "httpx", "asyncssh", "cryptography", "keyring", "tomlkit")


def _parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                found += _parsers(below)
    return found


def _commands() -> list[argparse.ArgumentParser]:
    return [one for one in _parsers(build_parser()) if one.prog not in ("podtui", "podtui demo")]


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["submit", "--help"]])
def test_version_and_help_import_nothing_heavy(words):
    script = f"""
import sys
from podtui.__main__ import main
try:
    main({words!r})
except SystemExit as done:
    assert done.code == 0
print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize("parser", _commands(), ids=lambda parser: parser.prog)
def test_every_command_names_a_function_that_is_there(parser):
    command = find_command(parser.get_default("run"))
    wanted = 2 if inspect.iscoroutinefunction(command) else 1
    assert len(inspect.signature(command).parameters) == wanted


@pytest.mark.parametrize("parser", _parsers(build_parser()), ids=lambda parser: parser.prog)
def test_every_command_takes_the_common_options_and_can_be_helped(parser):
    options = {option for action in parser._actions for option in action.option_strings}
    assert {"--config", "--cluster", "--json", "-v", "--help"} <= options
    assert parser.format_help()


def test_the_promised_commands_are_all_there():
    names = (
        "submit status stagein stageout cancel hold release clusters nodes keys ls put get "
        "config doctor wait demo requeue queues shell"
    )
    there = {parser.prog.removeprefix("podtui ") for parser in _parsers(build_parser())}
    assert set(names.split()) <= there


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--cluster", "mt2", "--config", "c.toml", "status"],
        ["status", "--json", "--cluster", "mt2", "--config", "c.toml"],
        ["--cluster", "mt2", "--config", "c.toml", "status", "--json"],
    ],
)
def test_common_options_stand_before_or_behind_the_command(words):
    args = build_parser().parse_args(words)
    assert (args.json, args.cluster, args.config) == (True, "mt2", "c.toml")


def test_options_between_two_commands_are_kept():
    args = build_parser().parse_args(["nodes", "--cluster", "mt2", "list", "--json"])
    assert (args.cluster, args.json, args.run) == ("mt2", True, "nodes:list_nodes")


@pytest.mark.parametrize(
    ("words", "run"),
    [
        (["nodes"], "nodes:list_nodes"),
        (["keys"], "keys:list_keys"),
        (["config"], "config:show"),
        (["nodes", "delete", "x"], "nodes:delete_node"),
    ],
)
def test_a_group_of_commands_lists_without_one(words, run):
    assert build_parser().parse_args(words).run == run


@pytest.mark.parametrize(
    "words",
    [
        ["frob"],
        ["submit"],
        ["status", "-j", "1", "--group", "g"],
        ["nodes", "create", "--volume-gb", "0"],
        ["nodes", "create", "--volume-gb", "much"],
        ["stagein"],
        ["status", "--js"],
    ],
)
def test_what_cannot_be_read_is_a_failure_with_a_next_step(words):
    with pytest.raises(InputError) as caught:
        build_parser().parse_args(words)
    assert caught.value.title == "Command line"
    assert "--help` tells what there is" in caught.value.hint


def test_demo_options_are_handed_in():
    def add(parser: Parser) -> None:
        parser.add_argument("--slots", type=int)

    assert build_parser(add).parse_args(["demo", "--slots", "3"]).slots == 3
