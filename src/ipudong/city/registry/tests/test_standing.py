import datetime as dt

import pytest

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Household, Organization, Person, Representation
from ipudong.city.registry.queries import (
    find_household_of,
    list_agencies_of,
    list_family_of,
    list_represented_by,
    may_act_for_organization,
    may_act_for_person,
)
from ipudong.city.registry.services import (
    accept_representation,
    ask_representation,
    bind_account,
    end_agency,
    end_representation,
    grant_agency,
    join_household,
    leave_household,
    open_household,
    register_person,
)
from ipudong.city.registry.tests.people import AT, NOBODY, POLICE, TODAY, origin

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + dt.timedelta(days=1)


def person(name: str) -> Person:
    values = {"kind": "resident", "name": name}
    return register_person(by=POLICE, values=values, origin=origin(), today=TODAY)


def signed_in(name: str, row: Person) -> Actor:
    account = Account.objects.create_user(name)
    bind_account(by=POLICE, account_id=account.pk, person_id=row.pk, level="verified", at=AT)
    return actor_of(account)


def ask(by: Actor, row: Person, representative: Person, **given: object) -> Representation:
    wanted = {"kind": "child", "powers": ("elderly_card",), "valid_from": TODAY, **given}
    return ask_representation(
        by=by,
        person_id=row.pk,
        representative_id=representative.pk,
        at=AT,
        **wanted,  # type: ignore[arg-type]
    )


def test_a_representation_counts_from_its_acceptance_until_it_ends(wang: Person) -> None:
    daughter = person("陈晓")
    mother_actor, daughter_actor = signed_in("wang", wang), signed_in("chen", daughter)
    row = ask(daughter_actor, wang, daughter)
    assert not may_act_for_person(daughter.pk, wang.pk, on=TODAY)
    accept_representation(by=mother_actor, representation_id=row.pk, at=AT)
    assert may_act_for_person(daughter.pk, wang.pk, on=TODAY, power="elderly_card")
    assert not may_act_for_person(daughter.pk, wang.pk, on=TODAY, power="marriage")
    assert not may_act_for_person(wang.pk, daughter.pk, on=TODAY)
    assert [r.person for r in list_represented_by(daughter.pk, on=TODAY)] == [wang]
    end_representation(by=mother_actor, representation_id=row.pk, at=AT)
    assert not may_act_for_person(daughter.pk, wang.pk, on=TODAY)
    with pytest.raises(RegistryError):
        accept_representation(by=mother_actor, representation_id=row.pk, at=AT)


def test_a_representation_ends_with_its_last_day(wang: Person) -> None:
    son = person("陈明")
    row = ask(signed_in("wang", wang), wang, son, valid_until=TODAY)
    accept_representation(by=signed_in("son", son), representation_id=row.pk, at=AT)
    assert may_act_for_person(son.pk, wang.pk, on=TODAY)
    assert not may_act_for_person(son.pk, wang.pk, on=TOMORROW)


def test_nobody_accepts_what_they_asked_or_what_is_not_theirs(wang: Person) -> None:
    son, stranger = person("陈明"), person("路人")
    asking = signed_in("son", son)
    row = ask(asking, wang, son)
    for actor, code in (
        (asking, "asked_by_you"),
        (signed_in("stranger", stranger), "not_your_representation"),
        (NOBODY, "not_your_representation"),
    ):
        with pytest.raises(RegistryError) as refused:
            accept_representation(by=actor, representation_id=row.pk, at=AT)
        assert refused.value.code == code
    with pytest.raises(RegistryError) as refused:
        end_representation(
            by=actor_of(Account.objects.get(username="stranger")), representation_id=row.pk, at=AT
        )
    assert refused.value.code == "not_your_representation"


def test_a_stranger_cannot_ask_between_two_others(wang: Person) -> None:
    with pytest.raises(RegistryError) as refused:
        ask(signed_in("stranger", person("路人")), wang, person("陈明"))
    assert refused.value.code == "not_your_representation"
    with pytest.raises(RegistryError) as refused:
        ask(POLICE, wang, wang)
    assert refused.value.code == "represents_themselves"
    with pytest.raises(RegistryError) as refused:
        ask(POLICE, wang, person("陈明"), valid_until=TODAY - dt.timedelta(days=1))
    assert refused.value.code == "ends_before_it_begins"


def test_for_a_child_the_registry_accepts(wang: Person) -> None:
    child = person("陈小宝")
    row = ask(signed_in("wang", wang), child, wang, kind="guardian", powers=())
    accept_representation(by=POLICE, representation_id=row.pk, at=AT)
    assert may_act_for_person(wang.pk, child.pk, on=TODAY, power="anything")
    assert may_act_for_person(wang.pk, wang.pk, on=TODAY)


def test_an_account_is_one_person(wang: Person) -> None:
    actor = signed_in("wang", wang)
    assert actor.account_id is not None
    with pytest.raises(RegistryError) as refused:
        bind_account(
            by=POLICE,
            account_id=actor.account_id,
            person_id=person("别人").pk,
            level="claimed",
            at=AT,
        )
    assert refused.value.code == "account_bound_to_another"


def test_an_agent_acts_with_the_powers_given_and_until_the_end() -> None:
    company = Organization.objects.create(
        credit_code="91310115MA1H00011X", name="甲", kind="enterprise", recorded_at=AT
    )
    account = Account.objects.create_user("agent")
    row = grant_agency(
        by=POLICE,
        account_id=account.pk,
        organization_id=company.pk,
        powers=("apply",),
        valid_from=TODAY,
        at=AT,
    )
    allowed = {"organization_id": company.pk, "on": TODAY}
    assert may_act_for_organization(account.pk, **allowed, power="apply")
    assert not may_act_for_organization(account.pk, **allowed, power="close")
    assert not may_act_for_organization(None, **allowed)
    assert list_agencies_of(account.pk, on=TODAY - dt.timedelta(days=1)) == []
    end_agency(by=POLICE, agency_id=row.pk, at=AT)
    end_agency(by=POLICE, agency_id=row.pk, at=AT)
    assert not may_act_for_organization(account.pk, **allowed)


def household(number: str) -> Household:
    return open_household(
        by=POLICE, number=number, address="乳山路", source="police", at=AT, since_on=TODAY
    )


def join(row: Household, member: Person, relation: str) -> None:
    join_household(
        by=POLICE,
        household_id=row.pk,
        person_id=member.pk,
        relation=relation,
        since_on=TODAY,
        source="police",
        at=AT,
    )


def test_a_person_is_in_one_household_at_a_time(wang: Person) -> None:
    old, new = household("H1"), household("H2")
    husband = person("陈建国")
    join(old, wang, "02")
    join(new, husband, "02")
    join(new, wang, "10")
    assert find_household_of(wang.pk) == new
    assert list_family_of(wang.pk) == [(husband, "02")]
    with pytest.raises(RegistryError) as refused:
        join(new, person("第二个户主"), "02")
    assert refused.value.code == "second_head"
    leave_household(by=POLICE, person_id=wang.pk, until_on=TODAY, source="police", at=AT)
    assert find_household_of(wang.pk) is None
    assert list_family_of(wang.pk) == []
