"""What a form declaration may be refused for."""


class FormError(Exception):
    """A declaration that cannot be right.

    `code` is stable; `place` is where, as a path into the file (`pages/0/sections/1/fields/2`).
    """

    def __init__(self, code: str, place: str, **fields: object) -> None:
        super().__init__(f"{code} at {place or 'the top'} {fields or ''}".rstrip())
        self.code = code
        self.place = place
        self.fields = fields
