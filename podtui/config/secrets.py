"""Where secrets are kept: a command that prints them, the system's keyring, a file of mode 0600."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.config.layers import check_name, in_the_open
from podtui.config.model import Secret
from podtui.domain.text import visible
from podtui.errors import ConfigError, FileTrouble, LoginRequired
from podtui.paths import Paths, private_folder, write_private

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "podtui"
_COMMAND_SECONDS = 120
_MOST_BYTES = 64 << 10
_NO_KEYRING = ("keyring.backends.fail", "keyring.backends.null")


def command_secret(argv: tuple[str, ...], label: str) -> Secret:
    """The secret a command prints as its first line; `label` tells who names the command.

    The command runs when the secret is first revealed, once; ConfigError when it fails.
    """
    return Secret(partial(_run, argv, label), f"command in {label}")


def _run(argv: tuple[str, ...], label: str) -> str:
    name = visible(argv[0], 80)
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=True,
        )
        line = done.stdout.decode("utf-8").partition("\n")[0].rstrip("\r")
    except subprocess.CalledProcessError as error:
        told = (error.stderr or b"").decode("utf-8", "replace").strip().rpartition("\n")[2]
        reason = f"ended with status {error.returncode}"
        reason += f": {visible(told, 200)}" if told else ""
    except subprocess.TimeoutExpired:
        reason = f"was not done after {_COMMAND_SECONDS} seconds"
    except OSError as error:
        reason = f"cannot be run: {error.strerror}"
    except UnicodeDecodeError:
        reason = "printed something that is not text"
    else:
        if line:
            return line
        reason = "printed nothing"
    raise ConfigError(f"{label}: the command {name!r} {reason}.", title="No secret")


def file_secret(file: Path, label: str) -> Secret:
    """The secret that is the whole text of `file`; `label` tells who names the file.

    It is read when the secret is first revealed, and anew when it is renewed. ConfigError when it
    is missing, empty, longer than 64 KiB or open to others.
    """
    return Secret(partial(_read_named, file, label), f"file {file}")


def _read_named(file: Path, label: str) -> str:
    text = _read(file).strip()
    if not text:
        reason = "is empty" if file.exists() else "does not exist"
        raise ConfigError(f"{label}: {file} {reason}.", title="No secret")
    return text


def variable_secret(environ: Mapping[str, str], name: str, label: str) -> Secret:
    """The secret in the variable `name` of `environ`; `label` tells who names the variable.

    LoginRequired when it is not set.
    """
    return Secret(
        partial(_variable, environ, name, label),
        lambda: f"variable {name}" if environ.get(name) else "",
    )


def _variable(environ: Mapping[str, str], name: str, label: str) -> str:
    text = environ.get(name, "").strip()
    if not text:
        raise LoginRequired(
            f"The environment variable {name} is not set.",
            title="Secret missing",
            hint=f"{label} names it. Set it, then start podtui again.",
        )
    return text


def stored_secret(paths: Paths, cluster: str, key: str) -> Secret:
    """The secret that `store_secret` kept; it is looked up when it is first revealed.

    LoginRequired when there is none, ConfigError when its file is open to others.
    """
    return Secret(partial(_reveal, paths, cluster, key), partial(_place, paths, cluster, key))


def store_secret(paths: Paths, cluster: str, key: str, value: str) -> str:
    """Keep a secret in the keyring, or else in a file of mode 0600; returns where it went.

    Blocks: a keyring may ask the person to unlock it. FileTrouble when it can be kept nowhere.
    """
    file = _file(paths, cluster, key)
    if _keyring_set(_entry(cluster, key), value):
        _remove(file)
        return "keyring"
    _keyring_delete(_entry(cluster, key))
    try:
        private_folder(paths.secrets)
        write_private(file, value)
    except OSError as error:
        raise FileTrouble(f"{file} cannot be written: {error.strerror}.") from None
    return str(file)


def forget_secret(paths: Paths, cluster: str, key: str) -> bool:
    """Remove a stored secret from keyring and file; whether there was one."""
    there = _keyring_delete(_entry(cluster, key))
    return _remove(_file(paths, cluster, key)) or there


def _reveal(paths: Paths, cluster: str, key: str) -> str:
    value = _keyring_get(_entry(cluster, key)) or _read(_file(paths, cluster, key))
    if not value:
        raise LoginRequired(
            f"No {key} is known for the cluster {cluster!r}.",
            title="Secret missing",
            hint="Enter it in the login screen, or name a command that prints it:"
            f" clusters.{cluster}.{key}_command.",
        )
    return value


def _place(paths: Paths, cluster: str, key: str) -> str:
    if _keyring_get(_entry(cluster, key)):
        return "keyring"
    file = _file(paths, cluster, key)
    return str(file) if file.is_file() else ""


def _entry(cluster: str, key: str) -> str:
    return f"{check_name(cluster)}/{key}"


def _file(paths: Paths, cluster: str, key: str) -> Path:
    return paths.secrets / check_name(cluster) / key


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            if stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077:
                raise in_the_open(f"{file} is a secret, and others can read it.", file)
            text = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    if len(text) > _MOST_BYTES:
        raise ConfigError(f"{file} is too long to be a secret.")
    try:
        return text.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{file} does not hold a text.") from None


def _remove(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FileTrouble(f"{file} cannot be removed: {error.strerror}.") from None
    return True


def _keyring() -> KeyringBackend | None:
    """The system's keyring, None where there is none; importing it takes a while."""
    import keyring

    try:
        backend = keyring.get_keyring()
    except (RuntimeError, OSError, ImportError):
        return None
    return None if type(backend).__module__ in _NO_KEYRING else backend


def _keyring_get(entry: str) -> str:
    backend = _keyring()
    if backend is None:
        return ""
    from keyring.errors import KeyringError

    try:
        return backend.get_password(SERVICE, entry) or ""
    except (KeyringError, RuntimeError, OSError):
        return ""  # locked or gone: the file is asked next


def _keyring_set(entry: str, value: str) -> bool:
    backend = _keyring()
    if backend is None:
        return False
    from keyring.errors import KeyringError

    try:
        backend.set_password(SERVICE, entry, value)
    except (KeyringError, RuntimeError, OSError):
        return False
    return True


def _keyring_delete(entry: str) -> bool:
    backend = _keyring()
    if backend is None:
        return False
    from keyring.errors import KeyringError

    try:
        if backend.get_password(SERVICE, entry) is None:
            return False
        backend.delete_password(SERVICE, entry)
    except (KeyringError, RuntimeError, OSError):
        return False
    return True
