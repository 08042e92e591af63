"""What the house gathers from its parts once they are awake."""

from ipudong.city.casework.case_services import declare_service
from ipudong.city.identity.permits import declare_permits
from ipudong.city.manifest import installed
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.profiles import declare_profiles
from ipudong.config.permits import HOUSE_PERMITS


def declare_all_permits() -> None:
    """Make the permits of the house and of every installed system known."""
    declare_permits(HOUSE_PERMITS)
    for system in installed():
        declare_permits(system.permits)


def declare_all_profiles() -> None:
    """Make the device profiles of the house and of every installed system known."""
    declare_profiles(HOUSE.device_profiles)
    for system in installed():
        declare_profiles(system.device_profiles)


def declare_all_case_services() -> None:
    """Make the services that processes call known: the house's and those of every case kind."""
    for system in installed():
        for kind in system.case_kinds:
            for name, service in kind.services.items():
                declare_service(name, service)
