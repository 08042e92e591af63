"""Who may act on a case: as its applicant, or as an officer of the department a task lies with."""

from datetime import date

from django.utils import timezone

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, Task
from ipudong.city.casework.parties import ORGANIZATION, Applicant
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed
from ipudong.city.identity.roles import DISTRICT_LEADER, SUPERVISOR
from ipudong.city.registry.queries import (
    find_person_of,
    may_act_for_organization,
    may_act_for_person,
)

WORK = "casework.work"
MANAGE = "casework.manage"


def is_house(actor: Actor) -> bool:
    """A part of the house acting by itself; no account can bear such a name without an id."""
    return actor.account_id is None and actor.name.startswith("system:")


def acts_for(
    actor: Actor, applicant: Applicant, *, on: date | None = None, power: str = ""
) -> bool:
    """Whether the actor is the person, represents them, or is an agent of the organization, as the
    registry has it on that day (today); for `power`, a kind of case, where one is named."""
    if actor.account_id is None:
        return False
    on = on or timezone.localdate()
    if applicant.kind == ORGANIZATION:
        return may_act_for_organization(actor.account_id, applicant.id, on=on, power=power)
    person = find_person_of(actor.account_id)
    return person is not None and may_act_for_person(
        person.person_id, applicant.id, on=on, power=power
    )


def acts_as_applicant(actor: Actor, case: Case) -> bool:
    """Whether the actor is the one who applies, or acts for them in cases of this kind."""
    return acts_for(actor, case.applicant, power=case.kind_code)


def permits_of(actor: Actor) -> set[str]:
    """Which of the two permits of casework the actor has."""
    return list_allowed(actor, [WORK, MANAGE])


def require_work(actor: Actor, department: str, role: str = "") -> None:
    """The actor works in that department, in that role where one is named; the department's
    managers do too. CaseworkError `not_allowed`."""
    if is_house(actor):
        return
    held = permits_of(actor)
    in_role = not role or role in actor.roles
    if department not in actor.departments or not (MANAGE in held or (WORK in held and in_role)):
        raise CaseworkError("not_allowed")


def require_manage(actor: Actor, department: str) -> None:
    """The actor manages that department."""
    if is_house(actor):
        return
    if department not in actor.departments or MANAGE not in permits_of(actor):
        raise CaseworkError("not_allowed")


def require_applicant(actor: Actor, case: Case) -> None:
    """The actor is the applicant or a clerk who keys in for them at a window of the department."""
    if is_house(actor) or acts_as_applicant(actor, case):
        return
    require_work(actor, case.department)


def require_task(actor: Actor, case: Case, task: Task) -> None:
    """The actor may do this task."""
    if task.for_applicant:
        require_applicant(actor, case)
    elif actor.name != task.delegate:
        require_work(actor, task.department, task.role)


def may_see(actor: Actor, case: Case) -> bool:
    """Applicant, officers of a department that has or had a part in it, supervision."""
    if is_house(actor) or actor.roles & {SUPERVISOR, DISTRICT_LEADER}:
        return True
    if actor.departments and WORK in permits_of(actor) and _has_part(actor, case):
        return True
    return acts_as_applicant(actor, case)


def _has_part(actor: Actor, case: Case) -> bool:
    departments = actor.departments
    if case.department in departments:
        return True
    tasks = case.tasks.filter(department__in=departments, for_applicant=False)
    return tasks.exists() or case.consultations.filter(department__in=departments).exists()
