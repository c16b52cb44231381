"""`podtui demo --no-ui`: the pod alone, told in one line of JSON, until it is asked to end."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from podtui.demo.state_folder import StateUnusable, default_state_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the embedded pod to a parser."""
    parser.add_argument("--no-ui", action="store_true", help="serve the pod alone, without screen")
    parser.add_argument("--until-stdin-ends", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        default=default_state_folder(),
        help="where the pod keeps everything (default: %(default)s)",
    )
    parser.add_argument(
        "--boot-seconds",
        type=_seconds,
        metavar="N",
        default=3.0,
        help="how long a login node builds (default: 3)",
    )
    parser.add_argument(
        "--token-seconds",
        type=_seconds,
        metavar="N",
        default=3600.0,
        help="how long tokens and sessions live (default: 3600)",
    )
    parser.add_argument(
        "--slots",
        type=_slots,
        metavar="N",
        default=4,
        help="cores in all on each controller (default: 4)",
    )


def serve(args: argparse.Namespace) -> int:
    """Serve a pod until SIGTERM or SIGINT; the exit code, 1 when the folder cannot be served.

    With `--until-stdin-ends` it serves no longer than whoever started it holds standard input open:
    the screen's pod must not stay, and keep its folder locked, when the screen is killed.
    """
    os.umask(0o077)
    try:
        asyncio.run(_serve(args))
    except StateUnusable as error:
        print(f"podtui demo: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(args: argparse.Namespace) -> None:
    from podtui.demo.pod import EmbeddedPod

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if args.until_stdin_ends:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, stop)
    pod = EmbeddedPod(
        args.state,
        boot_seconds=args.boot_seconds,
        token_seconds=args.token_seconds,
        slots=args.slots,
    )
    async with pod:
        log = Path(pod.description["state_dir"]) / "pod.log"
        logging.basicConfig(filename=log, format="%(asctime)s %(name)s %(levelname)s %(message)s")
        print(json.dumps(pod.description), flush=True)
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(stop.wait()), group.create_task(pod.ended())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()


def _stop_at_end(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more seconds")
    return seconds


def _slots(text: str) -> int:
    slots = int(text)
    if slots < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return slots
