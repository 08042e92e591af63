"""Brings a district's database up to date: tables, places, the plan, declared rows, demo."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import transaction

from ipudong.city.casework.services import declare_case_kinds
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.services.catalogue import load_catalogue
from ipudong.city.casework.services.documents import ensure_authority
from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account, Department, Membership
from ipudong.city.identity.services import create_account, load_departments
from ipudong.city.manifest import installed, list_item_folders
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.records import Plan
from ipudong.city.plan.services import load_plan
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.profiles import sync_declared
from ipudong.config.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from ipudong.config.demo_addresses import load_demo_addresses
from ipudong.config.demo_papers import load_demo_papers
from ipudong.config.demo_people import load_demo_people
from ipudong.config.stamp import mark_set_up
from ipudong.options import Option

PLAN_FILE = Option(
    "plan.file", default="", doc="The district's plan file; the plan of Pudong where none is given."
)
ACTOR = system_actor("setup")


def set_up_district(
    *, demo_scale: int | None, say: Callable[[str], None], replay: Path | None = None
) -> None:
    """Do all steps; each may be repeated without harm. `demo_scale` None loads no demo; `replay` is
    a folder of real records whose stations are made known."""
    say("tables")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)  # none where `portal.cache` is process
    say("places of the district")
    load_places(read_places())
    say("the action plan")
    load_plan(_read_the_plan())
    say("the service catalogue")
    load_departments(row for system in installed() for row in system.departments)
    load_catalogue(list_item_folders(installed()), by=ACTOR, at=datetime.now(UTC))
    say("case kinds")
    kinds = [kind for system in installed() for kind in system.case_kinds]
    declare_case_kinds(kinds, by=ACTOR.name, at=datetime.now(UTC))
    say("working days")
    load_known_years(by=ACTOR.name, at=datetime.now(UTC))
    say("keys that sign the district's papers")
    ensure_authority(datetime.now(UTC))
    say("observed properties, rules and profiles")
    sync_declared((HOUSE, *installed()))
    if demo_scale is not None:
        say("demonstration accounts")
        _load_demo_accounts()
        say("people of the demonstration")
        load_demo_people(ACTOR)
        load_demo_addresses(ACTOR)
        for system in installed():
            if system.demo is not None:
                say(f"demonstration data: {system.name}")
                system.demo(demo_scale, ACTOR)
        load_demo_papers(ACTOR)
    if replay is not None:
        _load_replay_stations(replay, say)
    mark_set_up(demo=demo_scale is not None)


def _load_replay_stations(folder: Path, say: Callable[[str], None]) -> None:
    for system in installed():
        if system.replay_stations is not None:
            count = system.replay_stations(folder, ACTOR)
            say(f"stations with records in {folder}: {system.name}, {count}")


def _read_the_plan() -> Plan:
    given = PLAN_FILE.get()
    return read_plan(Path(given)) if given else read_plan()


@transaction.atomic
def _load_demo_accounts() -> None:
    for row in DEMO_ACCOUNTS:
        if Account.objects.filter(username=row.username).exists():
            continue
        known = set(Department.objects.values_list("pk", flat=True))
        account = create_account(
            username=row.username,
            password=DEMO_PASSWORD,
            roles=row.roles,
            department=row.department if row.department in known else None,
            display_name=row.display_name,
            demo=True,
            by=ACTOR.name,
        )
        Membership.objects.bulk_create(
            Membership(account=account, role=role, department_id=code)
            for role in row.roles
            for code in row.also
            if code in known
        )
