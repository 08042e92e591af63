"""Writes of the registry."""

from ipudong.city.registry.services.changes import Origin, apply_due_changes
from ipudong.city.registry.services.households import (
    join_household,
    leave_household,
    link_house,
    open_household,
    unlink_house,
)
from ipudong.city.registry.services.organizations import (
    add_license,
    add_shareholder,
    change_organization,
    record_organization_event,
    register_organization,
)
from ipudong.city.registry.services.people import change_person, record_death, register_person
from ipudong.city.registry.services.places import (
    REASONS,
    PlacesReport,
    import_places,
    load_places,
    rebuild_approximate_cells,
    rebuild_cells,
)
from ipudong.city.registry.services.projects import (
    change_record,
    register_finance_institution,
    register_land,
    register_project,
)
from ipudong.city.registry.services.standing import (
    accept_representation,
    ask_representation,
    bind_account,
    end_agency,
    end_representation,
    grant_agency,
)

__all__ = [
    "REASONS",
    "Origin",
    "PlacesReport",
    "accept_representation",
    "add_license",
    "add_shareholder",
    "apply_due_changes",
    "ask_representation",
    "bind_account",
    "change_organization",
    "change_person",
    "change_record",
    "end_agency",
    "end_representation",
    "grant_agency",
    "import_places",
    "join_household",
    "leave_household",
    "link_house",
    "load_places",
    "open_household",
    "rebuild_approximate_cells",
    "rebuild_cells",
    "record_death",
    "record_organization_event",
    "register_finance_institution",
    "register_land",
    "register_organization",
    "register_person",
    "register_project",
    "unlink_house",
]
