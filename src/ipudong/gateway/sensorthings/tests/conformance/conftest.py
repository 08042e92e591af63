"""The integrator's client of a running gateway."""

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.client import Client


@pytest.fixture
def client(district: District) -> Client:
    """One who may post observations and manage things."""
    return Client(district)
