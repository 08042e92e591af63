"""What the registry refuses."""


class RegistryError(Exception):
    """A refused act; `code` is stable, `fields` say what was wrong.

    Pages and interfaces word it by its code (`wording.py`). No field holds a person's data.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields
