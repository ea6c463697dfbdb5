"""What keeps a file from being delivered."""


class NotDelivered(Exception):  # noqa: N818 - what the user sees
    """The file is not there, or not whole; ``code`` is short and stable.

    ``lasting``: trying again does not help before somebody has changed something.
    """

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.lasting = lasting
