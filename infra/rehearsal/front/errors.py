"""A refusal as AWS would answer it."""


class ApiError(Exception):
    """An API error: its code, its message and its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
