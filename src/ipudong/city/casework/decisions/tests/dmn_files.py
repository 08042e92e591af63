"""Builds DMN files from rows, so that a test shows its table."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"
Rows = Sequence[Sequence[str]]


def write_model(body: str, namespace: str = MODEL) -> bytes:
    """A DMN file around its elements."""
    return f'<definitions xmlns="{namespace}" name="m" id="m">{body}</definitions>'.encode()


def write_input(name: str, kind: str) -> str:
    """An input data element."""
    return (
        f'<inputData id="i_{hash(name)}" name={quoteattr(name)}>'
        f"<variable name={quoteattr(name)} typeRef={quoteattr(kind)}/></inputData>"
    )


def write_needs(names: Sequence[str]) -> str:
    """Requirements of inputs by name."""
    return "".join(
        f'<informationRequirement><requiredInput href="#i_{hash(name)}"/></informationRequirement>'
        for name in names
    )


def write_text(element: str, text: str) -> str:
    """An element with a text."""
    return f"<{element}><text>{escape(text)}</text></{element}>"


def write_table(
    name: str,
    policy: str,
    inputs: Sequence[tuple[str, str, str]],
    outputs: Sequence[tuple[str, str, str]],
    rules: Rows,
    aggregation: str = "",
) -> bytes:
    """A model with one table: inputs are (expression, type, values), outputs (name, values,
    default), rules their cells from left to right."""
    columns = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{escape(expression)}</text>'
        f"</inputExpression>{write_text('inputValues', values) if values else ''}</input>"
        for expression, kind, values in inputs
    )
    answers = "".join(
        f"<output{f' name={quoteattr(each)}' if each else ''}>"
        f"{write_text('outputValues', values) if values else ''}"
        f"{write_text('defaultOutputEntry', default) if default else ''}</output>"
        for each, values, default in outputs
    )
    rows = "".join(
        "<rule>"
        + "".join(write_text("inputEntry", cell) for cell in row[: len(inputs)])
        + "".join(write_text("outputEntry", cell) for cell in row[len(inputs) :])
        + "</rule>\n"
        for row in rules
    )
    aggregate = f' aggregation="{aggregation}"' if aggregation else ""
    return write_model(
        "".join(write_input(expression, kind) for expression, kind, _ in inputs)
        + f'<decision id="d" name={quoteattr(name)}>'
        + write_needs([expression for expression, _, _ in inputs])
        + f'<decisionTable hitPolicy="{policy}"{aggregate}>{columns}{answers}{rows}'
        + "</decisionTable></decision>"
    )
