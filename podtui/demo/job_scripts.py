"""Job scripts that come in over Beoweb: checked, then put where qsub is run from."""

import contextlib
import os
import re
from pathlib import Path

from podtui.demo.private_files import make_private_folder, write_private
from podtui.demo.refusal import Refusal

FOLDER = "podsh_jobs"
_DIRECTIVES = {
    "TRQ": re.compile(rb"^[ \t]*#PBS[ \t]", re.MULTILINE),
    "SGE": re.compile(rb"^#\$[ \t]", re.MULTILINE),
}


def check_script(name: str, content: bytes, scheduler: str) -> None:
    """Refuse a name that leads elsewhere, an empty script and one of the other scheduler.

    Beoweb knows two schedulers and refuses nothing else: `#SBATCH` lines are remarks to both.
    """
    if name in ("", ".", "..") or "/" in name or not name.isprintable():
        raise Refusal("the job script's name must be a plain file name")
    if not content.strip():
        raise Refusal("the job script is empty")
    found = {word for word, pattern in _DIRECTIVES.items() if pattern.search(content)}
    if found and scheduler not in found:
        other = "SGE" if scheduler == "TRQ" else "TORQUE"
        raise Refusal(f"the job script is written for {other}, not for scheduler {scheduler}")


def store_script(home: Path, name: str, content: bytes, *, overwrite: bool) -> tuple[Path, bool]:
    """Put a script into the user's folder; give its path and whether it was not there before."""
    path = make_private_folder(home / FOLDER) / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        if not overwrite:
            raise Refusal(f"the job script {name} exists already") from None
        if path.is_dir() and not path.is_symlink():
            raise Refusal(f"{name} is a folder in {FOLDER}") from None
        write_private(path, content)
        return path, False
    except OSError as error:
        raise Refusal(f"the job script cannot be stored: {error.strerror}") from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return path, True


def withdraw_script(path: Path) -> None:
    """Take back a script that was new and whose job was refused."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
