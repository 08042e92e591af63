"""Permit rows as a matrix of actions and roles, changes marked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ipudong.city.identity.models import PermitChange
from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import ROLES, Role
from ipudong.city.manifest import installed

HOUSE_PARTS: Final[dict[str, Promise]] = {
    "administration": gettext_lazy("Administration"),
    "audit": gettext_lazy("Audit"),
    "identity": gettext_lazy("Accounts and permits"),
    "plan": gettext_lazy("Plan board"),
    "portal": gettext_lazy("Portal"),
    "registry": gettext_lazy("Places"),
    "sensing": gettext_lazy("Stations, readings and alarms"),
}


@dataclass(frozen=True)
class Cell:
    """One role's right to one action: as declared, or as an administrator changed it."""

    role: Role
    declared: bool
    change: PermitChange | None

    @property
    def allowed(self) -> bool:
        return self.change.allowed if self.change else self.declared

    @property
    def changed(self) -> bool:
        return self.allowed != self.declared

    @property
    def words(self) -> str:
        """What a mark of the matrix means, for those who do not see it."""
        if self.changed:
            return _("granted here") if self.allowed else _("withdrawn here")
        return _("allowed") if self.allowed else _("not allowed")


@dataclass(frozen=True)
class PermitRow:
    """One action with a cell a role."""

    permit: Permit
    cells: list[Cell]

    @property
    def url(self) -> str:
        return reverse("portal:administration:permit", args=[self.permit.action])

    @property
    def changed(self) -> bool:
        return any(cell.changed for cell in self.cells)


def row_of(permit: Permit, changes: Iterable[PermitChange]) -> PermitRow:
    """The action's row, with the changes that concern it."""
    by_role: Mapping[str, PermitChange] = {
        change.role: change for change in changes if change.action == permit.action
    }
    cells = [Cell(role, role.code in permit.roles, by_role.get(role.code)) for role in ROLES]
    return PermitRow(permit, cells)


def group_rows(rows: Iterable[PermitRow]) -> list[tuple[str, list[PermitRow]]]:
    """Rows by the part of the house or the system they belong to."""
    titles: dict[str, object] = {**HOUSE_PARTS, **{s.name: s.title for s in installed()}}
    ordered = sorted(rows, key=lambda row: row.permit.action)
    grouped = groupby(ordered, key=lambda row: row.permit.action.partition(".")[0])
    return [(str(titles.get(part, part)), list(found)) for part, found in grouped]
