"""The sections of the administration, as rows; each is shown to those who may open it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: its name, what it is for, its page, permit and icon."""

    title: Promise
    summary: Promise
    url_name: str
    permit: str
    icon: str

    @property
    def url(self) -> str:
        """Address of the section."""
        return reverse(self.url_name)


SECTIONS: Final = (
    Section(
        title=_("Accounts and roles"),
        summary=_("Open accounts, give roles, reset passwords, close accounts"),
        url_name="portal:administration:accounts",
        permit="identity.manage",
        icon="users",
    ),
    Section(
        title=_("Interface tokens"),
        summary=_("Keys with which programs read and send data"),
        url_name="portal:administration:tokens",
        permit="identity.manage_tokens",
        icon="key",
    ),
    Section(
        title=_("Permits"),
        summary=_("Which role may do what, and what was changed here"),
        url_name="portal:administration:permits",
        permit="identity.manage",
        icon="shield-lock",
    ),
    Section(
        title=_("Audit"),
        summary=_("Who did what and when, and whether the record is whole"),
        url_name="portal:administration:audit",
        permit="audit.view",
        icon="list-search",
    ),
)


def list_sections(actor: Actor) -> list[Section]:
    """Sections the actor may open, in order."""
    allowed = list_allowed(actor, {section.permit for section in SECTIONS})
    return [section for section in SECTIONS if section.permit in allowed]
