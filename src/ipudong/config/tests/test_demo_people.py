from datetime import UTC, datetime

import pytest

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account
from ipudong.city.registry.models import Household, Organization, Person
from ipudong.city.registry.queries import (
    find_person_of,
    list_agencies_of,
    list_family_of,
    list_reads_of,
    list_represented_by,
)
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.config.demo_people import (
    HOUSEHOLDS,
    PERSONS,
    find_demo_company,
    load_demo_people,
)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.django_db
def test_the_resident_of_the_demonstration_has_family_company_and_readers() -> None:
    load_places(read_places())
    account = Account.objects.create_user("resident")
    by = system_actor("test")
    assert load_demo_people(by, at=NOW) == PERSONS + 4
    own = find_person_of(account.pk)
    assert own is not None
    assert (own.name, own.level, own.place_code) == ("王秀英", "in_person", "310115004000")
    assert len(list_family_of(own.person_id)) == 3
    assert [row.organization_id for row in list_agencies_of(account.pk, on=NOW.date())] == [
        find_demo_company()
    ]
    assert [row.person.name for row in list_represented_by(own.person_id, on=NOW.date())] == [
        "陈子涵"
    ]
    offices = {office for note in list_reads_of(own.person_id) for office in note.offices}
    assert offices == {"civil_affairs", "human_resources"}
    before = (Person.objects.count(), Organization.objects.count(), Household.objects.count())
    load_demo_people(by, at=NOW)
    after = (Person.objects.count(), Organization.objects.count(), Household.objects.count())
    assert before == after
    assert before[2] == HOUSEHOLDS + 1
