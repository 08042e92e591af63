"""Why a process file is refused: each problem with its code, its element and its line."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: Final[dict[str, Promise]] = {
    "not_xml": _("The file is not well-formed XML."),
    "has_doctype": _("The file has a document type; entities are not read."),
    "too_large": _("The file is larger than one process may be."),
    "too_deep": _("The file is nested deeper than any process is."),
    "not_bpmn": _("The file is no BPMN 2.0 definition."),
    "no_process": _("The file holds no process, or several of which none calls the others."),
    "unknown_element": _("An element that BPMN 2.0 does not know."),
    "unsupported_element": _("An element that this engine does not run."),
    "no_start": _("A process has exactly one start event without a trigger."),
    "no_end": _("A process has at least one end event."),
    "unknown_reference": _("A flow or an event refers to an element that is not there."),
    "several_ways_out": _("Only a gateway may have several ways out."),
    "no_way_out": _("The step has no way out."),
    "unreachable": _("No path leads to the step."),
    "no_path_to_end": _("No path leads from the step to an end."),
    "endless_loop": _("A loop without a step that waits for somebody would never end."),
    "task_without_lane": _("The task stands in no lane, so that nobody would get it."),
    "unknown_lane": _("The lane names neither a role nor a department."),
    "unknown_department": _("The lane names a department the district does not have."),
    "task_without_form": _("The task has no form."),
    "unknown_service": _("The service step names no service the house has."),
    "unknown_decision": _("The rule step names no decision of the kind's file."),
    "unknown_process": _("The called process is not in the file."),
    "bad_condition": _("The condition cannot be read."),
    "missing_condition": _("A way out of a gateway has neither a condition nor is it the default."),
    "missing_default": _("A gateway has no default way out, so that a case could get stuck."),
    "bad_timer": _("The timer names neither an instant nor a duration."),
    "missing_message": _("The event names no message."),
    "unknown_property": _("A property that the engine does not know."),
    "bad_property": _("A property has a value that it cannot have."),
    "limits_exceed_promise": _("The steps' limits together are longer than the promised time."),
    "dead_join": _("A parallel gateway waits for a way in that only begins behind it."),
    "duplicate_id": _("Two elements bear one id."),
    "recursive_call": _("A process calls itself."),
    "engine": _("The engine cannot run the process."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason; `line` counts from 1 (0: none), `element` is an id or a tag."""

    code: str
    line: int = 0
    element: str = ""
    detail: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        about = " ".join(part for part in (self.element, self.detail) if part)
        return f"{place}{TEXTS[self.code]}" + (f" ({about})" if about else "")


class ProcessError(Exception):
    """A process file that is not run, with every problem found; `code` is the first one's."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.code = problems[0].code
        self.line = problems[0].line
