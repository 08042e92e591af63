"""The lists of the desk, as rows; each is shown to those who may open it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed

WORK: Final = "casework.work"
MANAGE: Final = "casework.manage"
VIEW: Final = "casework.view"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One list: its name, page and permit."""

    code: str
    title: Promise
    permit: str
    icon: str

    @property
    def url(self) -> str:
        """Address of the list."""
        return reverse(f"portal:cases:{self.code}")


SECTIONS: Final = (
    Section(code="desk", title=_("My tasks"), permit=WORK, icon="user-check"),
    Section(code="pool", title=_("Team pool"), permit=WORK, icon="inbox"),
    Section(code="department", title=_("Department"), permit=MANAGE, icon="users-group"),
    Section(code="consultations", title=_("Consultations"), permit=WORK, icon="messages"),
    Section(code="cases", title=_("All cases"), permit=VIEW, icon="folders"),
)


def list_sections(actor: Actor) -> list[Section]:
    """Lists the actor may open, in order."""
    allowed = list_allowed(actor, {section.permit for section in SECTIONS})
    return [section for section in SECTIONS if section.permit in allowed]
