"""Which elements of BPMN 2.0 the engine runs, which it passes over, and which it refuses."""

from typing import Final

PERSON_STEPS: Final = frozenset({"userTask", "manualTask", "task"})
MACHINE_STEPS: Final = frozenset({"serviceTask", "businessRuleTask"})
CATCHING: Final = frozenset({"intermediateCatchEvent", "boundaryEvent", "receiveTask"})
SUBPROCESSES: Final = frozenset({"subProcess", "callActivity"})
CONDITIONAL_GATEWAYS: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
GATEWAYS: Final = CONDITIONAL_GATEWAYS | {"parallelGateway"}
FLOW_NODES: Final = (
    PERSON_STEPS
    | MACHINE_STEPS
    | CATCHING
    | SUBPROCESSES
    | GATEWAYS
    | {"startEvent", "endEvent", "intermediateThrowEvent"}
)
EVENT_DEFINITIONS: Final = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateThrowEvent": frozenset[str](),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}
"""What triggers each event may have; the engine's own start is the submission."""

PASSIVE: Final = frozenset(
    {
        *("documentation", "extensionElements", "laneSet", "childLaneSet", "lane", "flowNodeRef"),
        *("incoming", "outgoing", "sequenceFlow", "conditionExpression"),
        *("timeDuration", "timeDate", "timerEventDefinition", "messageEventDefinition"),
        *("terminateEventDefinition", "textAnnotation", "text", "association", "group"),
        *("category", "categoryValue", "categoryValueRef", "auditing", "monitoring"),
        *("dataObject", "dataObjectReference", "dataStoreReference", "dataState"),
        *("dataInputAssociation", "dataOutputAssociation", "ioSpecification", "property"),
        *("sourceRef", "targetRef", "rendering", "potentialOwner", "performer", "humanPerformer"),
        *("resourceRole", "resourceRef", "resourceAssignmentExpression", "formalExpression"),
        *("dataInput", "dataOutput", "inputSet", "outputSet", "dataInputRefs", "dataOutputRefs"),
        *("assignment", "from", "to", "transformation", "supportedInterfaceRef"),
    }
)
"""Known and without meaning to the engine, or read where they belong."""

REFUSED: Final = frozenset(
    {
        *("scriptTask", "script", "sendTask", "complexGateway", "eventBasedGateway"),
        *("adHocSubProcess", "transaction", "callConversation", "choreographyTask"),
        *("standardLoopCharacteristics", "multiInstanceLoopCharacteristics", "timeCycle"),
        *("signalEventDefinition", "errorEventDefinition", "escalationEventDefinition"),
        *("compensateEventDefinition", "conditionalEventDefinition", "linkEventDefinition"),
        *("cancelEventDefinition", "implicitThrowEvent", "event", "globalScriptTask"),
        *("subChoreography", "correlationSubscription", "activationCondition"),
    }
)
"""Elements of BPMN 2.0 that are not run; a script of a file never is."""

DATA_PLUMBING: Final = frozenset(
    {
        *("ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property"),
        *("dataObject", "dataObjectReference", "dataStoreReference"),
    }
)
"""A case's data is one record; the engine underneath is not shown how a picture moves it."""

PROPERTIES: Final = {
    "form": PERSON_STEPS,
    "limit_days": PERSON_STEPS,
    "lane": PERSON_STEPS,
    "service": frozenset({"serviceTask"}),
    "decision": frozenset({"businessRuleTask"}),
    "key": CATCHING,
    "working_days": frozenset({"intermediateCatchEvent", "boundaryEvent"}),
    "milestone": FLOW_NODES - {"boundaryEvent"},
    "outcome": frozenset({"endEvent"}),
}
"""Properties the engine reads, and on which elements; a service step may bear any other, which its
service gets."""

MILESTONES: Final = frozenset({"accepted", "decided", "issued", "delivered", "evaluated"})
