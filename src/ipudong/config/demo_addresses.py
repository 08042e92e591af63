"""Standard addresses of the demonstration district, and a few records that may be one.

The addresses are those its drawn people live at; each house has an invented point in its town.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from ipudong.city.identity.actors import Actor
from ipudong.city.registry.addresses.book import Book
from ipudong.city.registry.addresses.elements import read_address
from ipudong.city.registry.addresses.store import AddressRow, store_addresses
from ipudong.city.registry.codes import DOUBTFUL
from ipudong.city.registry.matching.runs import match_persons
from ipudong.city.registry.models import Address, MatchRun, Person, Place
from ipudong.city.registry.services import Origin, register_person

SOURCE: Final = "demonstration"
DUPLICATES: Final = 8
# Half the side of the square around a town's center in which its houses stand, degrees.
SPREAD: Final = 0.01


def load_demo_addresses(by: Actor, *, at: datetime | None = None) -> int:
    """Register where the people of the demonstration live, once; how many addresses there are."""
    now = at or datetime.now(UTC)
    if not Address.objects.exists():
        store_addresses(_list_rows(), source=SOURCE, by=by.name, at=now)
    if not MatchRun.objects.exists():
        _add_duplicates(by, now)
    return Address.objects.count()


def _list_rows() -> Iterator[AddressRow]:
    places = {place.pk: place for place in Place.objects.all()}
    towns = {place.name_zh: place.code for place in places.values() if place.parent_id}
    known = Book(towns, frozenset(), frozenset(), {}).lexicon
    lived_at = Person.objects.exclude(address="").exclude(place=None)
    for text, place_id in lived_at.order_by("pk").values_list("address", "place").distinct():
        elements, place = read_address(text, known), places[place_id]
        if elements.road and elements.number:
            lon, lat = _invent_point(place, f"{elements.road}{elements.lane}{elements.number}")
            yield AddressRow(
                division=place.code,
                road=elements.road,
                lane=elements.lane,
                number=elements.number,
                building=elements.building,
                unit=elements.unit,
                room=elements.room,
                lon=lon,
                lat=lat,
            )


def _invent_point(place: Place, house: str) -> tuple[float, float]:
    """A point near the town's center, the same one each time."""
    east, north = hashlib.blake2b(house.encode(), digest_size=2).digest()
    return (
        round(place.lon + (east / 127.5 - 1) * SPREAD, 6),
        round(place.lat + (north / 127.5 - 1) * SPREAD, 6),
    )


def _add_duplicates(by: Actor, now: datetime) -> None:
    """Some people told of a second time, without number and some of the rest."""
    people = Person.objects.filter(source=SOURCE, merged_into=None).exclude(phone="")
    origin = Origin(
        source="hospital", quality=DOUBTFUL, effective_on=now.date(), by=by.name, at=now
    )
    fresh = []
    for at, person in enumerate(people.order_by("pk")[:DUPLICATES]):
        values = {
            "kind": person.kind,
            "name": person.name,
            "born_on": person.born_on if at % 2 else None,
            "phone": person.phone if at % 3 else "",
            "address": person.address,
            "place": person.place,
        }
        stated = {field: value for field, value in values.items() if value}
        twin = register_person(by=by, values=stated, origin=origin, today=now.date())
        fresh.append(twin.pk)
    match_persons(source="hospital", by=by.name, at=now, fresh=fresh)
