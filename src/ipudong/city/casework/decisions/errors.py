"""What a decision model or an expression refuses."""


class DecisionError(Exception):
    """A refused model, expression or evaluation.

    `code` is stable; `line` is the line of the XML file, or of the expression where there is no
    file, counted from 1 (0: unknown); `fields` say what was wrong. No field holds more of an input
    than the one value that was refused.
    """

    def __init__(self, code: str, line: int = 0, **fields: object) -> None:
        super().__init__(f"{code} at line {line} {fields}")
        self.code = code
        self.line = line
        self.fields = fields

    def at_line(self, line: int) -> "DecisionError":
        """The same refusal, placed in the file the expression came from."""
        return DecisionError(self.code, line, **self.fields)
