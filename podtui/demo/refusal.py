"""What the pod's HTTP services refuse, and with which status."""


class Refusal(Exception):
    """A call that is refused: str() is the reason told to the client, `status` the HTTP status.

    A refusal of the business kind is HTTP 200 with `success: false`, as the contract has it.
    """

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status
