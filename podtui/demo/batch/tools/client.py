"""What runs when a user types `qsub` or its fellows: ask the server, print, leave.

Started as `python -I -S client.py SOCKET OWNER TOOL ARGUMENTS…`; imports little, because scripts
call these tools in loops. One JSON line goes out; one comes back, asking for standard input or
giving what to print and the exit code.
"""

import json
import os
import socket
import sys
from typing import Any


def main() -> int:
    """Carry one command to the server and its answer back."""
    where, owner, tool, *arguments = sys.argv[1:]
    request = {
        "owner": owner,
        "tool": tool,
        "arguments": arguments,
        "cwd": _workdir(),
        "environment": dict(os.environ),
    }
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            folder, name = os.path.split(where)
            os.chdir(folder)  # a socket's path is short, a folder's need not be
            connection.connect(name)
            stream = connection.makefile("rwb")
            answer = _ask(stream, request)
            if answer.get("need") == "stdin":
                answer = _ask(
                    stream, {"stdin": sys.stdin.buffer.read().decode(errors="surrogateescape")}
                )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{tool}: cannot connect to server ({error})\n")
        return 111
    _print(1, answer["stdout"])
    _print(2, answer["stderr"])
    return int(answer["code"])


def _workdir() -> str:
    """Give the working directory as the shell names it, when that is the truth."""
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, "."):  # noqa: PTH117, PTH121
            return named
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return "/"


def _ask(stream: Any, message: dict[str, Any]) -> dict[str, Any]:
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()
    line = stream.readline()
    if not line:
        raise OSError("the server went away")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _print(descriptor: int, text: str) -> None:
    data = text.encode(errors="surrogateescape")
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    sys.exit(main())
