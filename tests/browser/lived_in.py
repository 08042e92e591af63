"""A demonstration district that has reported for some days, and its people."""

from django.conf import settings
from django.test import Client

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.services import create_account
from ipudong.city.identity.tests.people import PASSWORD
from ipudong.city.manifest import installed
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.services import load_plan
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.profiles import sync_declared
from ipudong.systems.environment.demo import load_demo
from ipudong.systems.environment.tests.reporting import report

ROLES = ("clerk", "duty_officer", "district_leader", "integrator", "administrator")


def settle_in(hours: int) -> None:
    """Fill an empty database and journal: plan, places, people, and so many hours of readings."""
    load_places(read_places())
    load_plan(read_plan())
    sync_declared((HOUSE, *installed()))
    load_demo(1000, system_actor("test"))
    for role in ROLES:
        create_account(username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test")
    if hours:
        report(hours)


def open_session(role: str) -> str:
    """The session cookie of somebody with this role who has signed in."""
    client = Client()
    client.force_login(Account.objects.get(username=f"a-{role}"))
    return client.cookies[settings.SESSION_COOKIE_NAME].value
