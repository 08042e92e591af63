"""Why a payload is refused."""


class PayloadError(Exception):
    """Nothing of a message can be taken; `code` goes to the records and, where it can be told, to
    the sender."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
