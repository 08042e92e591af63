"""Permit pages: granted, withdrawn, restored, and never locked out."""

import pytest
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import PermitChange
from ipudong.city.identity.queries import is_allowed
from ipudong.city.identity.services import IdentityError, change_permit

pytestmark = pytest.mark.django_db


def _url(name: str, action: str) -> str:
    return reverse(f"portal:administration:{name}", args=[action])


def _change(client, action: str, role: str, allowed: str, reason: str = "decision 11"):
    form = {"role": role, "allowed": allowed, "reason": reason}
    return client.post(_url("change_permit", action), form)


def test_a_grant_counts_at_once_and_keeps_its_reason(sign_in) -> None:
    client, clerk = sign_in("admin"), Actor(name="c", roles=frozenset({"clerk"}))
    assert _change(client, "sensing.handle_alarm", "clerk", "yes").status_code == 302
    assert is_allowed(clerk, "sensing.handle_alarm")
    entry = Entry.objects.get(action="identity.change_permit")
    assert entry.detail == {"role": "clerk", "allowed": True, "reason": "decision 11"}
    page = client.get(_url("permit", "sensing.handle_alarm")).content.decode()
    assert "decision 11" in page
    matrix = client.get(reverse("portal:administration:permits"), {"changed": "1"})
    assert matrix.context["changed_count"] == 1
    assert "granted here" in matrix.content.decode()


def test_a_change_back_to_the_declared_row_is_no_change(sign_in) -> None:
    client = sign_in("admin")
    _change(client, "sensing.handle_alarm", "clerk", "yes")
    _change(client, "sensing.handle_alarm", "clerk", "no")
    assert not PermitChange.objects.exists()


def test_the_declared_row_is_restored_with_a_reason(sign_in) -> None:
    client = sign_in("admin")
    _change(client, "sensing.handle_alarm", "duty_officer", "no")
    client.post(_url("restore_permit", "sensing.handle_alarm"), {"reason": ""})
    assert PermitChange.objects.exists(), "without a reason nothing happens"
    client.post(_url("restore_permit", "sensing.handle_alarm"), {"reason": "a mistake"})
    assert not PermitChange.objects.exists()
    assert Entry.objects.get(action="identity.restore_permit").detail["reason"] == "a mistake"


@pytest.mark.parametrize(
    ("action", "role", "allowed"),
    [("identity.manage", "administrator", "no"), ("audit.view", "public", "yes")],
)
def test_what_would_lock_out_or_lay_open_is_refused(sign_in, action, role, allowed) -> None:
    answer = _change(sign_in("admin"), action, role, allowed)
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    assert not PermitChange.objects.exists()


def test_a_change_without_a_reason_is_refused(sign_in) -> None:
    answer = _change(sign_in("admin"), "sensing.handle_alarm", "clerk", "yes", reason="")
    assert answer.status_code == 422
    assert not PermitChange.objects.exists()


def test_whoever_manages_accounts_by_grant_cannot_grant_more(sign_in) -> None:
    _change(sign_in("admin"), "identity.manage", "supervisor", "yes")
    client = sign_in("zhao")
    assert client.get(_url("permit", "audit.view")).status_code == 200
    assert _change(client, "audit.view", "supervisor", "no").status_code == 422
    with pytest.raises(IdentityError, match="administrators_only"):
        change_permit(
            action="plan.export",
            role="clerk",
            allowed=False,
            by=Actor(name="zhao", roles=frozenset({"supervisor"})),
        )


def test_an_unknown_action_is_not_found(sign_in) -> None:
    assert sign_in("admin").get(_url("permit", "no.such")).status_code == 404
