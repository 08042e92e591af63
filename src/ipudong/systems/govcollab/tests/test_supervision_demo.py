"""The demonstration has a past: cards in every state, scores of several offices."""

import pytest

from ipudong.city.casework.models import Card, Case, SupervisedCase
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.scores import measure_quarter
from ipudong.city.casework.supervision.scoring import quarter_of
from ipudong.city.casework.supervision.tests.cases import make_kind
from ipudong.city.casework.supervision.tests.stories import at
from ipudong.city.identity.actors import system_actor
from ipudong.city.registry.models import Person
from ipudong.systems.govcollab.supervision_demo import load_supervision_demo
from ipudong.systems.govcollab.tests.supervised import LATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def _district() -> None:
    load_known_years(by="system:test", at=at(LATE))
    for code, limit in (("commerce", 20), ("police", 10), ("health", 15)):
        make_kind(limit, f"demo.{code}", code)
    for number in range(5):
        Person.objects.create(kind="resident", name=f"示范{number}", recorded_at=at(LATE))


@pytest.mark.usefixtures("_district")
def test_the_demonstration_has_a_past_that_supervision_judged() -> None:
    assert load_supervision_demo(system_actor("setup"), now=at(LATE)) == 72
    assert load_supervision_demo(system_actor("setup"), now=at(LATE)) == 0
    assert Case.objects.count() == SupervisedCase.objects.count() == 72
    assert {"red", "yellow"} == set(Card.objects.values_list("color", flat=True))
    assert Card.objects.filter(department="epb").exists()
    assert len(set(Card.objects.values_list("state", flat=True))) >= 3
    assert len(measure_quarter(quarter_of(LATE).previous, LATE)) >= 3
    before = Card.objects.count()
    supervise(at(LATE))
    assert Card.objects.count() == before
