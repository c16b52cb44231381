"""A cluster with something of everything. Each text in it goes through `say`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.job import JobState, StageState
from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.node import Account, Flavor, Image, LoginNode, Volume
from podtui.domain.operation import Operation, OperationResult, Option
from podtui.domain.queue import Queue
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.tui.folder import Folder

from ..fake_session import HOME, NOW, FakeBackend

Say = Callable[[str], str]
HOUR = timedelta(hours=1)


def plain(text: str) -> str:
    """As it is."""
    return text


def key_of(letter: str, comment: str, say: Say) -> PublicKey:
    """A public key with a comment of any kind."""
    key = parse_public_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{letter * 43} x")
    return replace(key, comment=say(comment))


class StockedOperations:
    """Two operations of a service."""

    def __init__(self, say: Say) -> None:
        self._listed = (
            Operation(
                "slurm",
                say("squeue"),
                say("Views the jobs of Slurm."),
                takes_input=True,
                options=(
                    Option(say("noheader"), say("--noheader: Do not print a header.")),
                    Option(say("format"), say("--format: The information to be displayed.")),
                ),
                changes=False,
            ),
            Operation(say("utils"), "rm", "", takes_input=True),
        )
        self._result = OperationResult(True, say("first line") + "\n" + say("second"), (say("a"),))

    async def operations(self) -> tuple[Operation, ...]:
        return tuple(replace(one, options=()) for one in self._listed)

    async def describe(self, operation: Operation) -> Operation:
        return next(one for one in self._listed if one.title == operation.title)

    async def run(self, operation: Operation, values: Mapping[str, str]) -> OperationResult:
        return self._result


class StockedBackend(FakeBackend):
    """The cluster `pod`, where everything is."""

    def __init__(self, say: Say = plain) -> None:
        super().__init__("pod")
        self.operations = StockedOperations(say)
        self._stock_jobs(say)
        self._stock_files(say)
        self._stock_nodes(say)
        self.keys.keys = [key_of("A", "alice@here", say), key_of("C", "bob@lab", say)]

    def _stock_jobs(self, say: Say) -> None:
        add = self.jobs.add
        ran = {"submitted": NOW - 3 * HOUR, "started": NOW - 2 * HOUR}
        done = {**ran, "ended": NOW - HOUR / 5}
        add("22786.pod", JobState.QUEUED, say("assemble"), cores=56, queue=say("B30"),
            submitted=NOW, reason=say("waits for free cores"))  # fmt: skip
        add("22785.pod", JobState.HELD, say("a-long-name-of-a-simulation"), **ran)
        add("22784.pod", JobState.RUNNING, say("wordcount"), user=say("alice"), hosts=say("n12"),
            stdout=f"{HOME}/w.o", stderr=say(f"{HOME}/w.e"), workdir=say(f"{HOME}/run"),
            walltime=8 * HOUR, **ran,
            attributes=(
                (say("Resource_List.mem"), say("16gb")),
                ("resources_used.cput", "02:00:00"),
                ("resources_used.mem", "1048576kb"),
                ("resources_used.walltime", "01:00:00"),
                ("Rerunable", say("True")),
            ))  # fmt: skip
        add("22783.pod", JobState.COMPLETED, say("blast"), exit_status=0, **done,
            stage_in=StageState.FINISHED, stage_out=StageState.FINISHED)  # fmt: skip
        add("22782.pod", JobState.FAILED, say("blast"), exit_status=2, **done)
        add("22781.pod", JobState.UNKNOWN, say("odd"), native_state=say("Z"), **ran)
        add(say("22780.pod"), JobState.QUEUED, say("last"), submitted=NOW - 4 * HOUR)
        self.jobs.the_queues = (
            Queue(say("M40"), True, say("started"), 480, 112, 31, 4, 96 * HOUR, True),
            Queue("B30", False, say("draining"), running=2, waiting=9),
        )
        self.jobs.requeues = True

    def _stock_files(self, say: Say) -> None:
        lines = [say(f"step {n:03d} energy -1234.{n:04d}") for n in range(60)]
        trouble = say("Traceback (most recent call last):")
        log = "\n".join([*lines, trouble, say("ValueError: no such file"), "end"]) + "\n"
        self.files.files = {
            f"{HOME}/w.o": log.encode("utf-8", "surrogateescape"),
            f"{HOME}/table.csv": ("name,energy\n" + say("a") + ",1.5\nb,22\n").encode(
                "utf-8", "surrogateescape"
            ),
            f"{HOME}/{_no_slash(say('notes.txt'))}": b"x" * 3000,
        }
        self.files.folders |= {f"{HOME}/runs", f"{HOME}/{_no_slash(say('data'))}"}

    def _stock_nodes(self, say: Say) -> None:
        nodes = self.nodes
        nodes.the_account = Account("7", say("alice"))
        nodes.the_volume = Volume("3", 50)
        nodes.the_nodes = {
            "n1": LoginNode(
                *("n1", "ACTIVE", "i1", "2", say("login-16-1.pod"), say("192.0.2.7"), 22),
                created=NOW - 3 * HOUR,
            ),
            "n2": LoginNode("n2", say("SHUTOFF"), say("i9"), "1", created=NOW - 400 * HOUR),
        }
        self._images = (
            Image("i1", say("login-rocky9"), True, 10, 512),
            Image("i2", say("old-sl6"), False, 4, 256),
        )
        self._flavors = (
            Flavor("1", say("free"), 256, 10, 1),
            Flavor("2", say("small"), 2048, 20, 1),
            Flavor("3", say("large"), 8192, 40, 4),
        )
        nodes.images = self._tell_images  # type: ignore[method-assign]
        nodes.flavors = self._tell_flavors  # type: ignore[method-assign]

    async def _tell_images(self) -> tuple[Image, ...]:
        self._trouble()
        return self._images

    async def _tell_flavors(self) -> tuple[Flavor, ...]:
        self._trouble()
        return self._flavors


def _no_slash(name: str) -> str:
    return name.replace("/", "_")


def folder_here(say: Say) -> Folder:
    """A folder of this machine."""
    return Folder(
        say(f"{HOME}/work"),
        (
            Entry(say("data"), EntryKind.FOLDER, 0, NOW - 48 * HOUR, 0o755),
            Entry("latest", EntryKind.LINK, 0, NOW, 0o777, EntryKind.FOLDER),
            Entry(say("a-very-long-file-name.h5"), EntryKind.FILE, 7_400_000_000, NOW),
            Entry("job.sh", EntryKind.FILE, 412, NOW - 9600 * HOUR),
        ),
        Space(80 << 30, 100 << 30),
        home=HOME,
    )


def folder_there(say: Say) -> Folder:
    """A folder of the cluster."""
    entries = (
        Entry("runs", EntryKind.FOLDER, 0, NOW, 0o755),
        Entry("table.csv", EntryKind.FILE, 24, NOW, 0o644),
        Entry("w.o", EntryKind.FILE, 3000, NOW, 0o644),
        Entry(say("notes.txt"), EntryKind.FILE, 3000, NOW, 0o644),
    )
    return Folder(HOME, entries, Space(1 << 40, 2 << 40), HOME, end="pod", read=NOW - HOUR)


def some_transfers(say: Say) -> tuple[Transfer, ...]:
    """One that failed, one under way, one that waits, one that is paused."""
    here, there = f"{HOME}/work", HOME
    return (
        Transfer(
            *("1", "pod", Direction.DOWNLOAD, say(f"{here}/"), say(f"{there}/old.tar")),
            state=TransferState.FAILED,
            error=say("No space left: 9,000 bytes are to go, and pod has 12 free there."),
            hint=say("Free some space."),
        ),
        Transfer(
            *("2", "pod", Direction.UPLOAD, f"{here}/data", f"{there}/"),
            state=TransferState.RUNNING,
            bytes_done=45 << 20,
            bytes_total=100 << 20,
            files_done=3,
            files_total=12,
            rate=11.5 * (1 << 20),
            seconds_left=5.0,
            current=say(f"{here}/data/in.txt"),
        ),
        Transfer(*("3", "pod", Direction.UPLOAD, say(f"{here}/b.dat"), f"{there}/b.dat")),
        Transfer(
            *("4", "pod", Direction.UPLOAD, f"{here}/c.dat", f"{there}/c.dat"),
            state=TransferState.PAUSED,
            bytes_total=100,
        ),
    )


def ssh_folder() -> Path:
    """Where the keys lie."""
    return Path(f"{HOME}/.ssh")
