"""The process that runs one job, apart from the pod, so that the pod may die and come back.

Started as `python -I -S runner.py FOLDER`; it imports nothing but the standard library, and little
of that, because a short job should start at once. What it leaves in FOLDER, written atomically:
`claim` (its pid; locked while it lives; made exclusively, so that a second launch does nothing),
`started` (pid and time of the script) and `result` (how the script ended).
"""

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

_GRACE = 2.0  # seconds between SIGTERM and SIGKILL, as TORQUE's kill_delay
_Order = dict[str, Any]


def _write(folder: str, name: str, value: _Order) -> None:
    path = os.path.join(folder, name)  # noqa: PTH118 - pathlib costs 10 ms at start
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, json.dumps(value).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(path + ".new", path)  # noqa: PTH104


def _claim(folder: str) -> bool:
    """Take the job, or learn that another runner has it; the lock stays until this process ends."""
    mine = f"{folder}/claim.{os.getpid()}"
    descriptor = os.open(mine, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, str(os.getpid()).encode())
    os.fsync(descriptor)
    try:
        os.link(mine, f"{folder}/claim")
    except FileExistsError:
        return False
    finally:
        os.unlink(mine)  # noqa: PTH108
    return True


def _tell(order: _Order, word: str) -> None:
    """Wake the pod, if it is there; the files are the truth, this is only a hint."""
    try:
        descriptor = os.open(order["events"], os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        os.write(descriptor, f"{word} {order['id']}\n".encode())
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _open_output(order: _Order, which: str, folder: str) -> tuple[int, str | None]:
    """Open an output file, or one in the folder with the reason why."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if order["append"] else os.O_TRUNC)
    try:
        return os.open(order[which], flags | os.O_APPEND, 0o600), None
    except OSError as error:
        kept = f"{folder}/{which}"
        why = f"cannot write {order[which]}: {error.strerror}; kept in {kept}"
        return os.open(kept, flags, 0o600), why


def _become_job(order: _Order, out: int, err: int) -> None:
    """Turn this forked child into the job's script; never returns."""
    status = 127
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        os.umask(0o077)
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor, target in ((null, 0), (out, 1), (err, 2)):
            os.dup2(descriptor, target)
        os.chdir(order["cwd"])
        os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606
    except OSError as error:
        status = 126 if isinstance(error, PermissionError) else 127
        os.write(2, f"{error.filename or order['argv'][0]}: {error.strerror}\n".encode())
    finally:
        os._exit(status)


def _marked(mark: str) -> list[int]:
    """Find the processes that carry the job's mark in their environment (Linux's /proc)."""
    wanted = mark.encode() + b"\0"
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as stream:  # noqa: PTH123
                if wanted in stream.read():
                    found.append(int(name))
        except OSError:
            continue
    return found


def kill_job(group: int | None, mark: str, number: int) -> None:
    """Send a signal to the job's process group and to all that bear its mark."""
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in _marked(mark):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) != group:
                os.kill(pid, number)


class _Watch:
    """Waits for the script's end, a SIGTERM (a deletion) or the end of its wall time."""

    def __init__(self, order: _Order) -> None:
        self.order = order
        self.begun = time.monotonic()
        self.deleted = False
        self.wake, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(self.wake, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._delete)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _delete(self, *_: object) -> None:
        self.deleted = True

    def until_end(self, pid: int, err: int) -> tuple[int, Any, str | None]:
        """Wait for the end; give the wait status, the resource usage and why it was killed."""
        walltime = self.order["walltime"]
        self.begun = time.monotonic()
        deadline = None if walltime is None else self.begun + walltime
        reason: str | None = None
        terminated = False
        while True:
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            if ended:
                return status, usage, reason
            now = time.monotonic()
            if reason is None and self.deleted:
                reason = "deleted"
            elif reason is None and deadline is not None and now >= deadline:
                reason = "walltime"
                self._note_overrun(err)
            elif terminated and deadline is not None and now >= deadline:
                kill_job(pid, self.order["mark"], signal.SIGKILL)
                deadline = None
            if reason is not None and not terminated:
                terminated, deadline = True, now + _GRACE
                kill_job(pid, self.order["mark"], signal.SIGTERM)
            self._pause(None if deadline is None else max(0.0, deadline - time.monotonic()))

    def _note_overrun(self, err: int) -> None:
        """Leave TORQUE's line at the end of stderr."""
        if self.order["torque"]:
            used, limit = int(time.monotonic() - self.begun), self.order["walltime"]
            os.write(err, f"=>> PBS: job killed: walltime {used} exceeded limit {limit}\n".encode())

    def _pause(self, wait: float | None) -> None:
        select.select([self.wake], [], [], wait)
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake, 4096)


def _run(folder: str, order: _Order) -> _Order:
    watch = _Watch(order)
    if not _claim(folder):
        return {}
    start = time.time()
    if watch.deleted or os.path.exists(f"{folder}/kill"):  # noqa: PTH110
        return {"reason": "deleted", "start": start, "end": start}
    out, hint = _open_output(order, "stdout", folder)
    err, second_hint = (out, None)
    if order["stderr"] is not None:
        err, second_hint = _open_output(order, "stderr", folder)
    pid = os.fork()
    if pid == 0:
        _become_job(order, out, err)
    _write(folder, "started", {"pid": pid, "start": start})
    _tell(order, "started")
    status, usage, reason = watch.until_end(pid, err)
    kill_job(pid, order["mark"], signal.SIGKILL)
    return {
        "reason": reason,
        "start": start,
        "end": time.time(),
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "pid": pid,
        "cput": usage.ru_utime + usage.ru_stime,
        "mem_kb": usage.ru_maxrss // (1 if sys.platform == "linux" else 1024),
        "hint": hint or second_hint,
    }


def main() -> None:
    """Leave the caller at once and run the job of the folder given."""
    folder = sys.argv[1]
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with open(f"{folder}/order") as stream:  # noqa: PTH123
        order: _Order = json.load(stream)
    result = _run(folder, order)
    if result:
        _write(folder, "result", result)
        _tell(order, "ended")


if __name__ == "__main__":
    main()
