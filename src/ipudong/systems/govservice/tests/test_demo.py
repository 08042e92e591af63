"""The demonstration's resident has something to show on every page."""

from ipudong.city.casework.models import Case, Paper
from ipudong.city.identity.models import Account
from ipudong.systems.govservice.demo import load_demo
from ipudong.systems.govservice.tests.applying import move_in
from ipudong.systems.govservice.tests.item_cases import HOUSE, SAMPLES


def test_the_resident_has_a_finished_a_running_and_a_begun_case(at_hall: None) -> None:
    resident = move_in("resident", "王秀英", SAMPLES["citizen-number"])
    assert load_demo(1000, HOUSE) == 0  # an account of that name that is no demonstration
    Account.objects.update(demo=True)
    assert load_demo(1000, HOUSE) == 3
    assert load_demo(1000, HOUSE) == 0
    states = Case.objects.order_by("opened_at").values_list("state", "outcome")
    assert list(states) == [("closed", "approved"), ("submitted", ""), ("draft", "")]
    assert Paper.objects.exists()
    for case in Case.objects.all():
        answer = resident.client.get(f"/govservice/cases/{case.number}/", follow=True)
        assert answer.status_code == 200
