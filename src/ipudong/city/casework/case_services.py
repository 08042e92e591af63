"""Services that a process may call by name: what a service step of a case does in the house.

The house and every case kind declare theirs at start-up; a process file that names another is
refused. A service runs inside the transaction that records its result, once for each step, so that
a crash undoes both or neither. What reaches outside the database goes through an outbox or is
content-addressed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # manifests name services before Django's models are ready
    from ipudong.city.casework.models import Case


@dataclass(frozen=True, kw_only=True)
class ServiceRequest:
    """What a service is asked: the case, the step (unique: use it as idempotency key), the
    properties of the step in the picture, and all answers so far."""

    case: "Case"
    step: str
    code: str
    parameters: Mapping[str, str]
    context: Mapping[str, Any]
    at: datetime


Service = Callable[[ServiceRequest], Mapping[str, Any] | None]

_DECLARED: dict[str, Service] = {}


class ServiceDeclarationError(Exception):
    """Two services were declared under one name."""


def declare_service(name: str, service: Service) -> None:
    """Make a service known to this process; the same one twice is one."""
    if _DECLARED.setdefault(name, service) is not service:
        raise ServiceDeclarationError(name)


def declared_services() -> dict[str, Service]:
    """All services by name."""
    return dict(_DECLARED)
