"""The system's pages open for those its permits name."""

import pytest
from django.test import Client

from ipudong.city.identity.models import PermitChange


@pytest.mark.django_db
def test_the_first_page_leads_anyone_to_the_published_rules(client: Client) -> None:
    page = client.get("/govcollab/", follow=True)
    assert page.redirect_chain == [("/govcollab/supervision/rules/", 302)]
    assert page.status_code == 200


@pytest.mark.django_db
def test_the_first_page_is_closed_where_the_permit_was_withdrawn(client: Client) -> None:
    PermitChange.objects.create(action="govcollab.view", role="public", allowed=False)
    assert client.get("/govcollab/")["Location"].startswith("/accounts/login/")
