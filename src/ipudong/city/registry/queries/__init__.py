"""Reads of the registry."""

from ipudong.city.registry.queries.changes import get_values_on, list_changes, list_states
from ipudong.city.registry.queries.organizations import (
    find_organization,
    get_organization,
    list_branches,
    list_holdings,
    list_licenses,
    list_shareholders,
)
from ipudong.city.registry.queries.people import (
    find_person_by_number,
    find_person_of,
    get_person_record,
    list_reads_of,
    read_person,
)
from ipudong.city.registry.queries.places import (
    PlaceNotFoundError,
    find_place_at,
    get_area,
    get_place,
    list_cells,
    list_places,
    places_geojson,
    search_places,
)
from ipudong.city.registry.queries.search import (
    list_persons_at,
    search_organizations,
    search_persons,
)
from ipudong.city.registry.queries.standing import (
    find_household_of,
    list_agencies_of,
    list_agents_of,
    list_family_of,
    list_members,
    list_representations_of,
    list_represented_by,
    may_act_for_organization,
    may_act_for_person,
)
from ipudong.city.registry.queries.verifications import verify_person

__all__ = [
    "PlaceNotFoundError",
    "find_household_of",
    "find_organization",
    "find_person_by_number",
    "find_person_of",
    "find_place_at",
    "get_area",
    "get_organization",
    "get_person_record",
    "get_place",
    "get_values_on",
    "list_agencies_of",
    "list_agents_of",
    "list_branches",
    "list_cells",
    "list_changes",
    "list_family_of",
    "list_holdings",
    "list_licenses",
    "list_members",
    "list_persons_at",
    "list_places",
    "list_reads_of",
    "list_representations_of",
    "list_represented_by",
    "list_shareholders",
    "list_states",
    "may_act_for_organization",
    "may_act_for_person",
    "places_geojson",
    "read_person",
    "search_organizations",
    "search_persons",
    "search_places",
    "verify_person",
]
