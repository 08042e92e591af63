"""Small processes for tests of the engine, drawn from rows instead of by hand."""

from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">\n'
)


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    """A sequence flow, called `source-target` where no name is given."""
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    name = name or f"{source}-{target}"
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{name}" {ends}>{inside}</sequenceFlow>'


def flows(*names: str) -> str:
    """Flows along a chain of nodes."""
    return "\n".join(flow(a, b) for a, b in pairwise(names))


def node(kind: str, name: str, inside: str = "", attributes: str = "", **properties: object) -> str:
    """A flow node with the engine's properties."""
    rows = "".join(
        f'<camunda:property name="{key}" value="{value}"/>' for key, value in properties.items()
    )
    extension = (
        f"<extensionElements><camunda:properties>{rows}</camunda:properties></extensionElements>"
        if rows
        else ""
    )
    return f'<{kind} id="{name}" name="{name} step" {attributes}>{extension}{inside}</{kind}>'


def timer(text: str, kind: str = "timeDuration") -> str:
    """A timer's definition."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def lanes(**members: str) -> str:
    """A lane set: `clerk="check decide"`; a name with other signs is given in `of_…` style."""
    rows = "\n".join(
        f'<lane id="lane{at}" name="{name.replace("__", ":").replace("_or_", "/")}">'
        + "".join(f"<flowNodeRef>{member}</flowNodeRef>" for member in names.split())
        + "</lane>"
        for at, (name, names) in enumerate(members.items())
    )
    return f'<laneSet id="lanes">{rows}</laneSet>'


def drawing(*rows: str, process: str = "main", more: str = "") -> bytes:
    """A file with one process; `more` stands beside it (messages, called processes)."""
    body = "\n".join(rows)
    opening = f'<process id="{process}" isExecutable="true">'
    return f"{HEAD}{more}{opening}\n{body}\n</process></definitions>".encode()


def licence(*, limit: int = 3) -> bytes:
    """Check, decide, issue: the smallest true licence, with a refusal."""
    return drawing(
        lanes(clerk="check", department_head="decide"),
        node("startEvent", "start"),
        node("userTask", "check", limit_days=limit, milestone="accepted"),
        node("userTask", "decide", limit_days=1, milestone="decided"),
        node("exclusiveGateway", "choice", attributes='default="choice-refused"'),
        node("serviceTask", "issue", service="test_paper", milestone="issued", paper="licence"),
        node("endEvent", "granted", outcome="approved"),
        node("endEvent", "refused", outcome="refused"),
        flows("start", "check", "decide", "choice"),
        flow("choice", "issue", 'result = "approved"'),
        flow("choice", "refused"),
        flow("issue", "granted"),
    )
