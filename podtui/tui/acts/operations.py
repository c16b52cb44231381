"""What the screens of operations ask for."""

from __future__ import annotations

from textual import on

from podtui.domain.operation import OperationResult
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import operation_requests as requests
from podtui.tui.acts.base import ActBase
from podtui.tui.standing import stands

_GROUP = "operations"
_LONGEST = 60  # characters of a value in a question


class OperationActs(ActBase):
    """Operations listed, described, and run; one that may change something asks first."""

    @on(requests.OperationsRequested)
    def show_operations(self, event: requests.OperationsRequested) -> None:
        """Open the list of a cluster's operations."""
        from podtui.tui.screens.operations import OperationsScreen

        self.push_screen(OperationsScreen(event.cluster))

    @on(requests.OperationListRequested)
    def list_operations(self, event: requests.OperationListRequested) -> None:
        """Ask for all of them."""
        self.run_act(self._list_operations(event), "operations", _GROUP)

    async def _list_operations(self, event: requests.OperationListRequested) -> None:
        try:
            event.answer(await self.session.operations.all(event.cluster))
        except PodError as error:
            event.answer(error)

    @on(requests.OperationFactsRequested)
    def describe_operation(self, event: requests.OperationFactsRequested) -> None:
        """Ask for the options of one."""
        self.run_act(self._describe_operation(event), event.operation.title, _GROUP)

    async def _describe_operation(self, event: requests.OperationFactsRequested) -> None:
        try:
            event.answer(await self.session.operations.describe(event.cluster, event.operation))
        except PodError as error:
            event.answer(error)

    @on(requests.OperationRunRequested)
    def run_operation(self, event: requests.OperationRunRequested) -> None:
        """Run it; the work outlives the screen that asked."""
        self.run_act(self._run_operation(event), f"run {event.operation.title}", _GROUP)

    async def _run_operation(self, event: requests.OperationRunRequested) -> None:
        from podtui.services.operations import asks_first

        operation, values = event.operation, event.values
        if asks_first(operation, values) and not await self._agreed(event):
            event.answer(None)
            return
        try:
            result: OperationResult | PodError = await self.session.operations.run(
                event.cluster, operation, values
            )
        except PodError as error:
            result = error
        if stands(event.asker):
            event.answer(result)
        elif isinstance(result, PodError):
            self.show_error(result)
        else:
            how = "succeeded" if result.succeeded else "failed"
            self.tell(f"{visible(operation.title, 80)} {how}.", visible(event.cluster, 40))

    async def _agreed(self, event: requests.OperationRunRequested) -> bool:
        from podtui.tui.screens.dialogs import Confirm

        title = visible(event.operation.title, 60)
        lines = [
            f"{visible(name, 24)}: {visible(value, _LONGEST) or 'set'}"
            for name, value in event.values.items()
        ]
        body = "\n".join([*lines, "", "It may change something, and cannot be taken back here."])
        where = visible(event.cluster, 40)
        question = Confirm(f"Run {title} on {where}?", body.strip(), "Run it", "Leave it")
        return await self.push_screen_wait(question) is True
