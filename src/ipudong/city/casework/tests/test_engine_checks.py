"""Process files that are refused, each with its reason and its line."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.casework.processes import ProcessError, Surroundings, read_process
from ipudong.city.casework.processes.xml_reading import MAX_BYTES
from ipudong.city.casework.tests.engine_drawings import (
    HEAD,
    drawing,
    flow,
    flows,
    lanes,
    licence,
    node,
    timer,
)

START, END = node("startEvent", "start"), node("endEvent", "end")


def refusal(content: bytes, around: Surroundings | None = None) -> ProcessError:
    with pytest.raises(ProcessError) as caught:
        read_process(content, around)
    return caught.value


def codes(content: bytes, around: Surroundings | None = None) -> list[str]:
    return [problem.code for problem in refusal(content, around).problems]


def chain(*rows: str, names: tuple[str, ...], clerk: str = "") -> bytes:
    """start - names… - end."""
    return drawing(lanes(clerk=clerk), START, *rows, END, flows("start", *names, "end"))


def test_a_sound_file_is_read() -> None:
    process = read_process(licence())
    assert process.graph.main == "main"
    assert process.milestones == {"accepted", "decided", "issued"}


def test_a_script_task_is_refused_with_its_line() -> None:
    script = '<scriptTask id="evil" name="evil"><script>import os</script></scriptTask>'
    error = refusal(chain(script, names=("evil",)))
    assert error.code == "unsupported_element"
    assert error.problems[0].element == "scriptTask"
    assert error.line == 6


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ("<sendTask id='x'/>", "unsupported_element"),
        ("<complexGateway id='x'/>", "unsupported_element"),
        ("<eventBasedGateway id='x'/>", "unsupported_element"),
        ("<adHocSubProcess id='x'/>", "unsupported_element"),
        ("<transaction id='x'/>", "unsupported_element"),
        ("<teleportTask id='x'/>", "unknown_element"),
        ("<userTask id='x'><multiInstanceLoopCharacteristics/></userTask>", "unsupported_element"),
        ("<userTask id='x'><standardLoopCharacteristics/></userTask>", "unsupported_element"),
    ],
)
def test_elements_that_do_not_run_are_named(element: str, code: str) -> None:
    assert codes(chain(element, names=("x",), clerk="x"))[0] == code


def test_a_loop_in_which_nobody_waits_is_refused() -> None:
    content = drawing(
        START,
        node("serviceTask", "again", service="ping"),
        node("exclusiveGateway", "enough", attributes='default="enough-again"'),
        END,
        flows("start", "again", "enough"),
        flow("enough", "again"),
        flow("enough", "end", "count > 3"),
    )
    error = refusal(content)
    assert error.code == "endless_loop"
    assert error.problems[0].element == "again"
    assert error.line == 5


def test_a_loop_through_a_person_is_sound() -> None:
    content = drawing(
        lanes(clerk="again"),
        START,
        node("userTask", "again"),
        node("exclusiveGateway", "enough", attributes='default="enough-again"'),
        END,
        flows("start", "again", "enough"),
        flow("enough", "again"),
        flow("enough", "end", "count > 3"),
    )
    assert read_process(content)


def test_a_loop_through_a_sub_process_waits_only_if_every_way_through_it_does() -> None:
    def around(inside: str) -> bytes:
        return drawing(
            lanes(clerk="loop"),
            START,
            node("subProcess", "loop", inside=inside),
            node("exclusiveGateway", "enough", attributes='default="enough-loop"'),
            END,
            flows("start", "loop", "enough"),
            flow("enough", "loop"),
            flow("enough", "end", "done"),
        )

    in_start, in_end = node("startEvent", "in"), node("endEvent", "out")
    ask = node("userTask", "ask")
    assert read_process(around(in_start + ask + in_end + flows("in", "ask", "out")))
    maybe = node("exclusiveGateway", "maybe", attributes='default="maybe-out"')
    skip = in_start + ask + maybe + in_end + flows("in", "maybe", "out")
    skip += flow("maybe", "ask", "yes") + flow("ask", "out")
    assert "endless_loop" in codes(around(skip))


def test_steps_that_lead_nowhere_or_are_never_reached_are_refused() -> None:
    content = drawing(
        lanes(clerk="one two lost"),
        START,
        node("userTask", "one"),
        node("userTask", "two"),
        node("userTask", "lost"),
        node("parallelGateway", "fork"),
        END,
        flows("start", "fork", "one", "end"),
        flow("fork", "two"),
        flow("two", "two"),
        flow("lost", "end"),
    )
    found = {(problem.code, problem.element) for problem in refusal(content).problems}
    assert found == {("no_path_to_end", "two"), ("unreachable", "lost")}


def test_a_task_without_lane_form_or_known_department_is_refused() -> None:
    content = drawing(
        lanes(department__moon="two", whoever="three"),
        START,
        node("userTask", "one"),
        node("userTask", "two"),
        node("userTask", "three"),
        END,
        flows("start", "one", "two", "three", "end"),
    )
    around = Surroundings(forms={"one", "two"}, departments={"commerce"})
    found = [(problem.code, problem.element) for problem in refusal(content, around).problems]
    assert found == [
        ("task_without_lane", "one"),
        ("unknown_department", "two"),
        ("unknown_lane", "three"),
        ("task_without_form", "three"),
    ]


def test_unknown_services_and_decisions_are_refused() -> None:
    rows = (
        node("serviceTask", "call", service="launch"),
        node("businessRuleTask", "rule", decision="fate"),
    )
    around = Surroundings(services={"notify"}, decisions={"fee"})
    assert codes(chain(*rows, names=("call", "rule")), around) == [
        "unknown_service",
        "unknown_decision",
    ]


def test_a_gateway_needs_conditions_that_can_be_read_and_a_default() -> None:
    content = drawing(
        START,
        node("exclusiveGateway", "choice"),
        END,
        node("endEvent", "other"),
        node("endEvent", "third"),
        flow("start", "choice"),
        flow("choice", "end", "area ="),
        flow("choice", "other"),
        flow("choice", "third", "__import__('os').system('id')"),
    )
    found = codes(content)
    assert sorted(found) == ["bad_condition", "missing_condition", "missing_default"] or sorted(
        found
    ) == ["bad_condition", "bad_condition", "missing_condition", "missing_default"]


def test_a_parallel_gateway_does_not_wait_for_what_only_begins_behind_it() -> None:
    content = drawing(
        lanes(clerk="one two"),
        START,
        node("parallelGateway", "fork"),
        node("userTask", "one"),
        node("exclusiveGateway", "choice", attributes='default="choice-end"'),
        END,
        flows("start", "fork", "one", "choice", "end"),
        flow("choice", "fork", "again"),
    )
    assert codes(content) == ["dead_join"]


def test_references_into_nothing_are_refused() -> None:
    content = drawing(
        START,
        END,
        node("callActivity", "call", attributes='calledElement="elsewhere"'),
        flows("start", "call", "end"),
        flow("end", "nowhere"),
    )
    assert sorted(codes(content)) == ["unknown_process", "unknown_reference"]


def test_a_process_that_calls_itself_is_refused() -> None:
    call = node("callActivity", "call", attributes='calledElement="main"')
    assert "recursive_call" in codes(drawing(START, call, END, flows("start", "call", "end")))


def test_two_elements_with_one_id_are_refused() -> None:
    assert "duplicate_id" in codes(
        drawing(lanes(clerk="end"), START, node("userTask", "end"), END, flow("start", "end"))
    )


@pytest.mark.parametrize("text", ["PT", "P1Y2", "2026-13-01", "R3/PT1H", "soon +"])
def test_a_timer_that_cannot_be_read_is_refused(text: str) -> None:
    rows = node("intermediateCatchEvent", "wait", timer(text))
    assert codes(chain(rows, names=("wait",))) == ["bad_timer"]


def test_an_event_without_message_or_trigger_is_refused() -> None:
    receive = node("receiveTask", "receive")
    bare = node("intermediateCatchEvent", "bare")
    found = codes(chain(receive, bare, names=("receive", "bare")))
    assert sorted(found) == ["missing_message", "unsupported_element"]


def test_properties_are_checked() -> None:
    task = node("userTask", "check", limit_days="soon", colour="red", milestone="lunch")
    found = codes(chain(task, names=("check",), clerk="check"))
    assert sorted(found) == ["bad_property", "bad_property", "unknown_property"]


def test_step_limits_must_fit_into_the_promise() -> None:
    assert codes(licence(limit=10), Surroundings(limit_days=10)) == ["limits_exceed_promise"]
    assert read_process(licence(limit=9), Surroundings(limit_days=10))


def test_limits_of_parallel_branches_are_not_added_up() -> None:
    content = drawing(
        lanes(clerk="one two"),
        START,
        node("parallelGateway", "fork"),
        node("userTask", "one", limit_days=5),
        node("userTask", "two", limit_days=4),
        node("parallelGateway", "join"),
        END,
        flows("start", "fork", "one", "join", "end"),
        flows("fork", "two", "join"),
    )
    assert read_process(content, Surroundings(limit_days=5))


def test_several_processes_need_one_that_calls_the_others() -> None:
    second = "<process id='second' isExecutable='true'/>"
    assert "no_process" in codes(drawing(START, END, flows("start", "end"), more=second))


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(8))
    + b"]><b>&i;</b>"
)
FILE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xml"),
        (b"\x00\xff\xfe", "not_xml"),
        (b"<open>", "not_xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_bpmn"),
        (ENTITY, "has_doctype"),
        (FILE, "has_doctype"),
        (b"<a>" * 100 + b"</a>" * 100, "too_deep"),
        (b"<a>" + b" " * MAX_BYTES + b"</a>", "too_large"),
        (f"{HEAD}</definitions>".encode(), "no_process"),
    ],
)
def test_files_that_are_no_process_are_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_a_bomb_of_entities_is_refused() -> None:
    assert refusal(BOMB).code in {"has_doctype", "not_xml"}


def test_every_problem_is_said_in_both_languages() -> None:
    problem = refusal(licence(limit=99), Surroundings(limit_days=1)).problems[0]
    assert "99" in str(problem) or "100" in str(problem)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_but_never_worse(data: st.DataObject) -> None:
    content = bytearray(licence())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(1, 30))
        piece = data.draw(st.sampled_from([b"", b"check", b'"', b"<", b"end", b"\xff"]))
        content[at : at + length] = piece
    with suppress(ProcessError):
        read_process(bytes(content), Surroundings(limit_days=10))
