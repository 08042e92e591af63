"""The sections of My space, as rows."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section; `own_only` rows are about the reader and gone while they act for another."""

    title: Promise
    url_name: str
    icon: str
    own_only: bool = False

    @property
    def url(self) -> str:
        """Address of the section."""
        return reverse(self.url_name)


SECTIONS: Final = (
    Section(title=_("Overview"), url_name="portal:space:overview", icon="home"),
    Section(title=_("My cases"), url_name="portal:space:cases", icon="list-details"),
    Section(title=_("Papers and licenses"), url_name="portal:space:papers", icon="certificate"),
    Section(title=_("Messages"), url_name="portal:space:messages", icon="mail"),
    Section(
        title=_("My data and who read it"),
        url_name="portal:space:data",
        icon="eye-check",
        own_only=True,
    ),
    Section(title=_("Consents"), url_name="portal:space:consents", icon="shield-check"),
    Section(
        title=_("Family and agents"),
        url_name="portal:space:family",
        icon="users",
        own_only=True,
    ),
)
