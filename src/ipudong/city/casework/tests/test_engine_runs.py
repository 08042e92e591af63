"""Processes that run, without a database: every kind of step, saved and loaded at each stop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ipudong.city.casework.processes import Process, Run, RunError, Scripts, read_process
from ipudong.city.casework.tests.engine_drawings import drawing, flow, flows, lanes, node, timer

START, END = node("startEvent", "start"), node("endEvent", "end")
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MESSAGE = '<message id="m1" name="paid"/>'
MESSAGE_EVENT = '<messageEventDefinition messageRef="m1"/>'


class Walk:
    """A run that is saved and loaded between any two acts, as a case is."""

    def __init__(self, content: bytes, data: dict[str, Any] | None = None) -> None:
        self.process: Process = read_process(content)
        self.data = {"case": {"number": "N1"}, **(data or {})}
        self.now = NOW
        self.passed: list[str] = []
        self._keep(Run.begin(self.scripts()))

    def scripts(self) -> Scripts:
        return Scripts(
            process=self.process,
            context=self.data,
            now=self.now,
            zone=UTC,
            add_working_days=lambda start, days: start + timedelta(days),
            decide_by=lambda name, context: {"fee": context["area"] * 2, "decision": name},
        )

    def run(self) -> Run:
        return Run.load(self.text, self.scripts())

    def _keep(self, run: Run) -> None:
        self.text, self.is_finished = run.save(), run.is_finished
        self.passed += run.passed

    @property
    def open(self) -> list[str]:
        return sorted(step.node.id for step in self.run().list_open())

    def step(self, name: str) -> str:
        return next(s.step for s in self.run().list_open() if s.node.id == name)

    def complete(self, name: str, answers: Any = None) -> None:
        run = self.run()
        run.complete(self.step(name), answers)
        self._keep(run)

    def receive(self, name: str, payload: Any = None) -> None:
        run = self.run()
        run.receive(self.step(name), payload)
        self._keep(run)

    def wait(self, span: timedelta) -> None:
        self.now += span
        run = self.run()
        run.fire()
        self._keep(run)


def test_parallel_branches_wait_for_one_another() -> None:
    walk = Walk(
        drawing(
            lanes(clerk="food fire sign"),
            START,
            node("parallelGateway", "fork"),
            *(node("userTask", name) for name in ("food", "fire", "sign")),
            node("parallelGateway", "join"),
            END,
            flows("start", "fork", "food", "join", "end"),
            flows("fork", "fire", "join"),
            flows("fork", "sign", "join"),
        )
    )
    assert walk.open == ["fire", "food", "sign"]
    walk.complete("fire")
    walk.complete("sign")
    assert walk.open == ["food"]
    walk.complete("food")
    assert walk.is_finished


def inclusive() -> bytes:
    return drawing(
        lanes(clerk="food fire none"),
        START,
        node("inclusiveGateway", "fork", attributes='default="fork-none"'),
        *(node("userTask", name) for name in ("food", "fire", "none")),
        node("inclusiveGateway", "join"),
        END,
        flow("start", "fork"),
        flow("fork", "food", "sells_food"),
        flow("fork", "fire", "area > 300"),
        flow("fork", "none"),
        flow("food", "join"),
        flow("fire", "join"),
        flow("none", "join"),
        flow("join", "end"),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"sells_food": True, "area": 500}, ["fire", "food"]),
        ({"sells_food": True, "area": 5}, ["food"]),
        ({"sells_food": "yes", "area": 5}, ["none"]),
        ({}, ["none"]),
    ],
)
def test_an_inclusive_gateway_takes_every_way_whose_condition_holds(
    data: dict[str, Any], expected: list[str]
) -> None:
    walk = Walk(inclusive(), data)
    assert walk.open == expected
    for name in expected:
        walk.complete(name)
    assert walk.is_finished


def test_a_sub_process_runs_inside_and_goes_on_outside() -> None:
    inside = "".join(
        (
            node("startEvent", "in"),
            node("userTask", "inner"),
            node("endEvent", "out"),
            flows("in", "inner", "out"),
        )
    )
    walk = Walk(
        drawing(
            lanes(clerk="sub after"),
            START,
            node("subProcess", "sub", inside=inside),
            node("userTask", "after"),
            END,
            flows("start", "sub", "after", "end"),
        )
    )
    assert walk.open == ["inner"]
    walk.complete("inner")
    assert walk.open == ["after"]
    walk.complete("after")
    assert walk.is_finished


def test_a_called_process_of_the_file_runs_each_time_it_is_called() -> None:
    called = (
        f'<process id="review">{node("startEvent", "in")}{node("userTask", "inner", lane="clerk")}'
        f"{node('endEvent', 'out')}{flows('in', 'inner', 'out')}</process>"
    )
    walk = Walk(
        drawing(
            START,
            node("callActivity", "first", attributes='calledElement="review"'),
            node("callActivity", "second", attributes='calledElement="review"'),
            END,
            flows("start", "first", "second", "end"),
            more=called,
        )
    )
    first = walk.step("inner")
    walk.complete("inner")
    assert walk.step("inner") != first
    walk.complete("inner")
    assert walk.is_finished


def test_a_decision_is_asked_and_its_answer_opens_the_way() -> None:
    walk = Walk(
        drawing(
            lanes(clerk="pay"),
            START,
            node("businessRuleTask", "rule", decision="Fee"),
            node("exclusiveGateway", "choice", attributes='default="choice-end"'),
            node("userTask", "pay"),
            END,
            flows("start", "rule", "choice"),
            flow("choice", "end"),
            flow("choice", "pay", 'rule.fee > 100 and decision = "Fee"'),
            flow("pay", "end"),
        ),
        {"area": 60},
    )
    assert walk.open == ["pay"]


def test_a_timer_waits_for_its_instant() -> None:
    walk = Walk(
        drawing(
            START,
            node("intermediateCatchEvent", "wait", timer("P3D")),
            END,
            flows("start", "wait", "end"),
        )
    )
    assert walk.run().list_open()[0].fire_at == NOW + timedelta(days=3)
    walk.wait(timedelta(days=2, hours=23))
    assert walk.open == ["wait"]
    walk.wait(timedelta(hours=1))
    assert walk.is_finished


@pytest.mark.parametrize("text", ['="P" + string(days) + "D"', "2026-03-04T01:00:00Z"])
def test_a_timer_may_be_an_expression_or_an_instant(text: str) -> None:
    kind = "timeDate" if text.startswith("2026") else "timeDuration"
    wait = node("intermediateCatchEvent", "wait", timer(text.replace('"', "&quot;"), kind))
    walk = Walk(drawing(START, wait, END, flows("start", "wait", "end")), {"days": 2})
    assert walk.run().list_open()[0].fire_at == NOW + timedelta(days=2)


def test_a_timer_in_working_days_fires_when_the_last_is_over() -> None:
    wait = node("intermediateCatchEvent", "wait", timer("P1D"), working_days=5)
    walk = Walk(drawing(START, wait, END, flows("start", "wait", "end")))
    assert walk.run().list_open()[0].fire_at == datetime(2026, 3, 8, tzinfo=UTC)


def with_border(interrupting: bool) -> bytes:
    attributes = f'attachedToRef="check" cancelActivity="{str(interrupting).lower()}"'
    return drawing(
        lanes(clerk="check remind"),
        START,
        node("userTask", "check"),
        node("boundaryEvent", "late", timer("P2D"), attributes),
        node("userTask", "remind"),
        END,
        flows("start", "check", "end"),
        flows("late", "remind", "end"),
    )


def test_an_interrupting_timer_takes_the_task_away() -> None:
    walk = Walk(with_border(True))
    walk.wait(timedelta(days=3))
    assert walk.open == ["remind"]
    walk.complete("remind")
    assert walk.is_finished


def test_a_reminding_timer_leaves_the_task_where_it_is() -> None:
    walk = Walk(with_border(False))
    walk.wait(timedelta(days=3))
    assert walk.open == ["check", "remind"]
    walk.complete("check")
    walk.complete("remind")
    assert walk.is_finished


def test_a_task_done_in_time_ends_its_timer() -> None:
    walk = Walk(with_border(True))
    walk.complete("check")
    assert walk.is_finished
    assert "late" not in walk.passed


def test_messages_are_received_by_step_and_bear_answers() -> None:
    walk = Walk(
        drawing(
            START,
            node("receiveTask", "payment", attributes='messageRef="m1"', key="order"),
            node("intermediateCatchEvent", "again", MESSAGE_EVENT),
            END,
            flows("start", "payment", "again", "end"),
            more=MESSAGE,
        ),
        {"order": "A-7"},
    )
    assert [(s.node.id, s.key, s.node.message) for s in walk.run().list_open()] == [
        ("payment", "A-7", "paid")
    ]
    walk.receive("payment", {"amount": 5})
    assert walk.data["payment"] == {"amount": 5}
    assert walk.run().list_open()[0].key == "N1"
    walk.receive("again")
    assert walk.is_finished


def test_two_waits_for_one_message_are_told_apart() -> None:
    walk = Walk(
        drawing(
            START,
            node("parallelGateway", "fork"),
            node("receiveTask", "one", attributes='messageRef="m1"'),
            node("receiveTask", "two", attributes='messageRef="m1"'),
            node("parallelGateway", "join"),
            END,
            flows("start", "fork", "one", "join", "end"),
            flows("fork", "two", "join"),
            more=MESSAGE,
        )
    )
    walk.receive("one")
    assert walk.open == ["two"]


def test_a_service_step_stays_until_it_is_reported_done() -> None:
    walk = Walk(
        drawing(
            START, node("serviceTask", "print", service="x"), END, flows("start", "print", "end")
        )
    )
    assert walk.open == ["print"]
    assert "print" not in walk.passed
    walk.complete("print")
    assert walk.is_finished
    assert walk.passed.count("print") == 1


def test_a_loop_through_a_person_is_walked_as_often_as_they_say() -> None:
    walk = Walk(
        drawing(
            lanes(clerk="check"),
            START,
            node("userTask", "check"),
            node("exclusiveGateway", "choice", attributes='default="choice-end"'),
            END,
            flows("start", "check", "choice", "end"),
            flow("choice", "check", "again"),
        )
    )
    steps = {walk.step("check")}
    for _ in range(5):
        walk.complete("check", {"again": True})
        steps.add(walk.step("check"))
    assert len(steps) == 6
    walk.complete("check", {"again": False})
    assert walk.is_finished


def looping_branches(kind: str) -> bytes:
    """Two branches, one ending in a service, turned as often as the answers say."""
    inclusive = kind == "inclusiveGateway"
    return drawing(
        lanes(clerk="one two"),
        START,
        node("exclusiveGateway", "head"),
        node(kind, "fork", attributes='default="fork-none"' if inclusive else ""),
        node("userTask", "none", lane="clerk") if inclusive else "",
        node("userTask", "one"),
        node("userTask", "two"),
        node("serviceTask", "print", service="x"),
        node(kind, "join"),
        node("exclusiveGateway", "choice", attributes='default="choice-end"'),
        END,
        flows("start", "head", "fork"),
        flow("fork", "one", "true"),
        flow("fork", "two", "true"),
        flows("fork", "none", "join") if inclusive else "",
        flows("one", "join", "choice", "end"),
        flows("two", "print", "join"),
        flow("choice", "head", "again"),
    )


@pytest.mark.parametrize("second", ["one", "two"])
@pytest.mark.parametrize("first", ["one", "two"])
def test_branches_of_a_loop_wait_for_one_another_on_every_turn(first: str, second: str) -> None:
    walk = Walk(looping_branches("parallelGateway"))
    for turn, name in enumerate((first, second, first)):
        other = {"one": "two", "two": "one"}[name]
        assert walk.open == ["one", "two"]
        walk.complete(name)
        assert other in walk.open
        assert not walk.is_finished
        walk.complete(other, {"again": turn < 2})
        assert walk.open == ["print"]
        walk.complete("print")
    assert walk.is_finished


def test_an_inclusive_join_waits_for_a_service_that_still_runs() -> None:
    walk = Walk(looping_branches("inclusiveGateway"))
    for turn in range(2):
        assert walk.open == ["one", "two"]
        walk.complete("two")
        walk.complete("one", {"again": turn < 1})
        assert walk.open == ["print"]
        walk.complete("print")
    assert walk.is_finished


def test_a_terminate_end_ends_what_else_is_open() -> None:
    walk = Walk(
        drawing(
            lanes(clerk="one two"),
            START,
            node("parallelGateway", "fork"),
            node("userTask", "one"),
            node("userTask", "two"),
            node("endEvent", "stop", "<terminateEventDefinition/>"),
            END,
            flows("start", "fork", "one", "stop"),
            flows("fork", "two", "end"),
        )
    )
    walk.complete("one")
    assert walk.is_finished
    assert walk.open == []


def test_a_step_that_does_not_wait_is_refused() -> None:
    walk = Walk(with_border(True))
    step = walk.step("check")
    walk.complete("check")
    with pytest.raises(RunError) as caught:
        walk.run().complete(step)
    assert caught.value.code == "not_waiting"


def test_data_of_a_case_never_becomes_a_program() -> None:
    text = "__import__('os').getpid()"
    walk = Walk(inclusive(), {"sells_food": text, "area": text})
    assert walk.open == ["none"]
