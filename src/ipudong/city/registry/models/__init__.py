"""Tables of the registry, one file per subject."""

from ipudong.city.registry.models.accounts import Agency, PersonAccount, Representation
from ipudong.city.registry.models.addresses import Address, AddressAlias, AddressChange
from ipudong.city.registry.models.changes import FieldChange
from ipudong.city.registry.models.matching import MatchRun, Merge, PossibleMatch
from ipudong.city.registry.models.organizations import (
    Organization,
    OrganizationEvent,
    OrganizationLicense,
    Shareholder,
)
from ipudong.city.registry.models.people import (
    Household,
    HouseholdMember,
    Person,
    PersonHouse,
)
from ipudong.city.registry.models.places import KIND_TITLES, Place, PlaceCell
from ipudong.city.registry.models.projects import FinanceInstitution, Land, Project
from ipudong.city.registry.models.quality import QualityCheck

__all__ = [
    "KIND_TITLES",
    "Address",
    "AddressAlias",
    "AddressChange",
    "Agency",
    "FieldChange",
    "FinanceInstitution",
    "Household",
    "HouseholdMember",
    "Land",
    "MatchRun",
    "Merge",
    "Organization",
    "OrganizationEvent",
    "OrganizationLicense",
    "Person",
    "PersonAccount",
    "PersonHouse",
    "Place",
    "PlaceCell",
    "PossibleMatch",
    "Project",
    "QualityCheck",
    "Representation",
    "Shareholder",
]
