"""The places the shell leads to, as rows; each is shown to those who may open it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed


@dataclass(frozen=True, kw_only=True)
class NavigationRow:
    """A place: its name, address, permit and icon; `thumb` rows stand in the phone's bottom bar."""

    title: Promise
    url_name: str
    permit: str
    icon: str
    thumb: bool = False

    @property
    def url(self) -> str:
        """Address of the place."""
        return reverse(self.url_name)


def _row(
    title: Promise, url_name: str, permit: str, *, icon: str, thumb: bool = False
) -> NavigationRow:
    return NavigationRow(title=title, url_name=url_name, permit=permit, icon=icon, thumb=thumb)


NAVIGATION: Final = (
    _row(_("Home"), "portal:home", "portal.view", icon="home", thumb=True),
    _row(_("Services"), "portal:services", "portal.view", icon="building-community", thumb=True),
    _row(_("My space"), "portal:space:overview", "space.open", icon="user-circle", thumb=True),
    _row(_("Plan board"), "portal:board", "plan.view", icon="chart-bar", thumb=True),
    _row(_("Tasks"), "portal:tasks", "plan.view", icon="list-check"),
    _row(_("Map"), "portal:map", "portal.view", icon="map-2", thumb=True),
    _row(_("Alarms"), "portal:alarms", "sensing.view_alarms", icon="bell-ringing"),
    _row(_("Rules"), "portal:rules", "sensing.manage_rules", icon="adjustments-alt"),
    _row(_("Devices"), "portal:devices", "sensing.adopt_device", icon="router"),
    _row(_("Cases"), "portal:cases:desk", "casework.view", icon="folders"),
    _row(_("My desk"), "portal:desk", "portal.use_desk", icon="briefcase"),
    _row(_("Admin"), "portal:administration:entrance", "administration.open", icon="settings"),
)


def list_navigation(actor: Actor) -> list[NavigationRow]:
    """Rows the actor may open, in order."""
    allowed = list_allowed(actor, {row.permit for row in NAVIGATION})
    return [row for row in NAVIGATION if row.permit in allowed]
