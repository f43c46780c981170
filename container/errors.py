"""What can go wrong for reasons outside the program; the messages are for those who can act."""


class RequestError(Exception):
    """A request that is answered with an error status and this plain message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class DownloadError(Exception):
    """The model cannot be fetched; the message names the object, the reason and the way out."""


class CancelledError(Exception):
    """The container was asked to stop."""
