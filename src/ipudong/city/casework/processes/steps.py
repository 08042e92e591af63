"""The steps of a case in the words of SpiffWorkflow: what the library runs, what waits for us."""

from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    ReceiveTaskParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, ReceiveTask
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.task import Task

from ipudong.city.casework.processes.graph import Graph
from ipudong.city.casework.processes.joins import InclusiveJoin, ParallelJoin

FIRE_AT = "fire_at"


class ServiceStep(BpmnSpecMixin):
    """Stays started until somebody reports that the service has run."""

    def _run_hook(self, my_task: Task) -> None:
        """Started, not completed: that is what None says to the library."""


class DecisionStep(BpmnSpecMixin):
    """Asks the case's decisions and goes on."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.decide(my_task.task_spec.bpmn_id)
        return True


class InstantTimer(TimerEventDefinition):
    """Fires at an instant reckoned when the step is reached, by the clock of whoever runs it."""

    def __init__(self, node_id: str) -> None:
        super().__init__(node_id, "")

    def has_fired(self, my_task: Task) -> bool:
        scripts = my_task.workflow.script_engine
        text = my_task.internal_data.get(FIRE_AT)
        if text is None:
            text = scripts.reckon(self.name).isoformat()
            my_task.internal_data[FIRE_AT] = text
        return bool(datetime.fromisoformat(text) <= scripts.now)

    def reset(self, my_task: Task) -> None:
        my_task.internal_data.pop(FIRE_AT, None)
        super().reset(my_task)


class NamedMessage(MessageEventDefinition):
    """A message, told apart by its step: correlation is a row of the database, not the library's.
    It bears nothing into the engine, whose case has one record of data."""

    def update_internal_data(self, my_task: Task, event: Any) -> None:
        """Keep nothing of the message here."""


class _CaseEvents(EventDefinitionParser):
    def parse_timer_event(self, event: Any) -> InstantTimer:
        return InstantTimer(self.bpmn_id)

    def parse_message_event(self, message_event: Any) -> NamedMessage:
        return NamedMessage(self.bpmn_id)


class _CatchParser(_CaseEvents, IntermediateCatchEventParser):
    pass


class _BoundaryParser(_CaseEvents, BoundaryEventParser):
    pass


class _ReceiveParser(_CaseEvents, ReceiveTaskParser):
    pass


class CaseParser(BpmnParser):
    """Knows only what the checks let through: no script step exists here."""

    OVERRIDE_PARSER_CLASSES = {
        full_tag("serviceTask"): (TaskParser, ServiceStep),
        full_tag("businessRuleTask"): (TaskParser, DecisionStep),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
        full_tag("boundaryEvent"): (_BoundaryParser, BoundaryEvent),
        full_tag("receiveTask"): (_ReceiveParser, ReceiveTask),
        full_tag("parallelGateway"): (GatewayParser, ParallelJoin),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveJoin),
        full_tag("scriptTask"): (None, None),
    }

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph


def is_step_of_ours(spec: BpmnTaskSpec) -> bool:
    """Whether the picture shows it; the library has steps of its own between them."""
    return getattr(spec, "bpmn_id", None) is not None
