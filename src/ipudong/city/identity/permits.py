"""Permits: rows that say which roles may do which action. What no row allows is denied."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from ipudong.city.identity.roles import ROLE_CODES


class PermitError(Exception):
    """A permit row that cannot be right: an unknown role, or an action declared twice."""


@dataclass(frozen=True, kw_only=True)
class Permit:
    """`action` is `part.verb_object` (`environment.close_alarm`); `roles` may do it."""

    action: str
    roles: tuple[str, ...]
    title: Promise | str

    def __post_init__(self) -> None:
        unknown = set(self.roles) - ROLE_CODES
        if unknown:
            raise PermitError(f"{self.action}: unknown roles {', '.join(sorted(unknown))}")


_DECLARED: dict[str, Permit] = {}


def declare_permits(permits: Iterable[Permit]) -> None:
    """Make rows known to this process; the same row twice is one row."""
    for permit in permits:
        earlier = _DECLARED.get(permit.action)
        if earlier is not None and earlier.roles != permit.roles:
            raise PermitError(f"{permit.action} is declared twice with different roles")
        _DECLARED[permit.action] = permit


def declared_permits() -> dict[str, Permit]:
    """All rows by action."""
    return dict(_DECLARED)
