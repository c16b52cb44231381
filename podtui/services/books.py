"""The books of one transfer while it runs: what has moved, what was left out, and why."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from podtui.domain.transfer import Meter, Transfer, TransferState
from podtui.services.carrying import Told

_MOST_REASONS = 3


@dataclass(slots=True)
class Books:
    """Puts each change into the transfer and shows it."""

    show: Callable[[Transfer], None]
    transfer: Transfer
    meter: Meter
    _left_out: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> Told:
        """What a transfer under way writes in here."""
        return Told(
            self._moved, self._resumed, self._files, self._current, self._skipped, self._leave_out
        )

    def tell(self, **changes: object) -> None:
        """Show these changes, with how far it has come."""
        figures: dict[str, object] = {
            "bytes_done": self.meter.done,
            "rate": self.meter.rate,
            "seconds_left": self.meter.seconds_left,
        }
        self.transfer = replace(self.transfer, **(figures | changes))  # type: ignore[arg-type]
        self.show(self.transfer)

    def done(self) -> Transfer:
        """The transfer at its end; its note says what was left out."""
        return replace(
            self.transfer,
            state=TransferState.DONE,
            current="",
            seconds_left=0.0,
            note=_left_out_note(self._left_out),
        )

    def _moved(self, size: int) -> None:
        if self.meter.add(size, time.monotonic()):
            self.tell()

    def _resumed(self, size: int) -> None:
        if size:
            self.meter.skip(size)
            self.tell(resumed=self.transfer.resumed + size)

    def _files(self, number: int) -> None:
        self.tell(files_done=self.transfer.files_done + number)

    def _current(self, name: str) -> None:
        self.tell(current=name)

    def _skipped(self, number: int) -> None:
        self.tell(skipped=self.transfer.skipped + number)

    def _leave_out(self, reason: str) -> None:
        self._left_out[reason] += 1


def _left_out_note(reasons: Counter[str]) -> str:
    """Such as `3 left out: 2 a device, 1 a link that points nowhere`."""
    if not reasons:
        return ""
    told = [f"{number:,} {why}" for why, number in reasons.most_common(_MOST_REASONS)]
    more = [f"{len(reasons) - len(told)} other reasons"] if len(reasons) > len(told) else []
    return f"{reasons.total():,} left out: {', '.join((*told, *more))}"
