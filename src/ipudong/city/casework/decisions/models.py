"""A decision model: inputs, decisions and what they require of one another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.evaluator import Meter, Scope
from ipudong.city.casework.decisions.gaps import Gap, Overlap, find_gaps, find_overlaps
from ipudong.city.casework.decisions.inputs import ItemType, accept
from ipudong.city.casework.decisions.logic import Logic, run
from ipudong.city.casework.decisions.tables import DecisionTable
from ipudong.city.casework.decisions.values import Function, Value, to_feel


@dataclass(frozen=True, slots=True)
class InputData:
    """Something the caller gives."""

    name: str
    kind: ItemType


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function of its parameters."""

    name: str
    parameters: tuple[tuple[str, ItemType], ...]
    logic: Logic
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and the ids of what it requires."""

    name: str
    kind: ItemType
    logic: Logic
    requires: tuple[str, ...]
    line: int


Element = InputData | Knowledge | Decision


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """A validated model; `elements` by their ids."""

    name: str
    elements: Mapping[str, Element]
    decisions: Mapping[str, str] = field(default_factory=dict)
    """Ids of the decisions by name."""

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [each.name for each in self.elements.values() if isinstance(each, InputData)]

    def evaluate(self, name: str, context: Mapping[str, object]) -> Value:
        """The decision's value for these inputs, required decisions resolved first.

        Inputs are plain Python or JSON values (dates also as ISO text); those not given are null.
        The answer is a FEEL value (see `values`); `values.plain` makes JSON of it.
        `DecisionError`: `unknown_decision`, `wrong_type`, `not_allowed`, `several_rules`, ….
        """
        if name not in self.decisions:
            raise DecisionError("unknown_decision", name=name, known=sorted(self.decisions))
        evaluation = _Evaluation(self, to_feel(context))
        try:
            return evaluation.find(self.decisions[name])
        except RecursionError:
            raise DecisionError("too_deep") from None

    @property
    def tables(self) -> list[DecisionTable]:
        """Every decision table, those of knowledge models too."""
        logics = [each.logic for each in self.elements.values() if not isinstance(each, InputData)]
        return [logic for logic in logics if isinstance(logic, DecisionTable)]

    def find_gaps(self) -> list[Gap]:
        """Inputs for which a table has no rule and no default."""
        return [gap for table in self.tables for gap in find_gaps(table)]

    def find_overlaps(self) -> list[Overlap]:
        """Inputs for which a unique table has several rules."""
        return [overlap for table in self.tables for overlap in find_overlaps(table)]


class _Evaluation:
    """One question to a model; each decision is made at most once."""

    def __init__(self, model: DecisionModel, inputs: dict[str, Value]) -> None:
        self._model = model
        self._inputs = inputs
        self._meter = Meter()
        self._found: dict[str, Value] = {}

    def find(self, key: str) -> Value:
        """The value of an element by its id."""
        if key not in self._found:
            self._found[key] = self._make(self._model.elements[key])
        return self._found[key]

    def _make(self, element: Element) -> Value:
        if isinstance(element, InputData):
            return accept(self._inputs.get(element.name), element.kind, element.name)
        if isinstance(element, Knowledge):
            return self._make_function(element)
        return run(element.logic, Scope(self._required(element.requires), self._meter))

    def _required(self, keys: tuple[str, ...]) -> dict[str, Value]:
        return {self._model.elements[key].name: self.find(key) for key in keys}

    def _make_function(self, element: Knowledge) -> Function:
        outer = Scope(self._required(element.requires), self._meter)

        def body(*values: Value) -> Value:
            pairs = zip(element.parameters, values, strict=True)
            given = {name: accept(value, kind, name) for (name, kind), value in pairs}
            return run(element.logic, outer.inner(given))

        names = tuple(name for name, _ in element.parameters)
        return Function(element.name, names, body, len(names))
