"""A place and a person of the registry."""

import pytest

from ipudong.city.registry.models import Person, Place
from ipudong.city.registry.services import register_person
from ipudong.city.registry.tests.people import MOVED_IN, POLICE, TODAY, WANG, origin


@pytest.fixture
def lujiazui() -> Place:
    """One subdistrict."""
    return Place.objects.create(
        code="310115005000",
        kind="subdistrict",
        name_zh="陆家嘴街道",
        name_en="Lujiazui Subdistrict",
        lon=121.5084,
        lat=31.2390,
        area_km2=6.85,
    )


@pytest.fixture
def wang(lujiazui: Place) -> Person:
    """王秀英, a registered resident of Lujiazui."""
    values = {
        "kind": "resident",
        "name": "王秀英",
        "document_kind": "citizen",
        "document_number": WANG,
        "ethnicity": "01",
        "phone": "13900000018",
        "address": "浦东新区乳山路 88 弄 3 号 502 室",
        "place": lujiazui,
    }
    return register_person(by=POLICE, values=values, origin=origin(MOVED_IN), today=TODAY)
