"""The system's pages open for those its permits name."""

import pytest
from django.test import Client

from ipudong.city.identity.models import PermitChange


@pytest.mark.django_db
def test_the_first_page_opens_for_anyone(client: Client) -> None:
    assert client.get("/govservice/").status_code == 200


@pytest.mark.django_db
def test_the_first_page_is_closed_where_the_permit_was_withdrawn(client: Client) -> None:
    PermitChange.objects.create(action="govservice.view", role="public", allowed=False)
    assert client.get("/govservice/").status_code == 302
