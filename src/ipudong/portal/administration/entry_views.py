"""Audit entries as the pages show them."""

import json
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ipudong.city.audit.chain import digest_link
from ipudong.city.audit.models import Entry
from ipudong.city.audit.queries import link_of
from ipudong.city.identity.actors import ANONYMOUS
from ipudong.portal.administration.acts import STEPS, title_of_act


@dataclass(frozen=True)
class EntryView:
    """One entry with its words; `reader` is the user name that the page says "you" to."""

    entry: Entry
    reader: str = ""

    @property
    def url(self) -> str:
        return reverse("portal:administration:entry", args=[self.entry.sequence])

    @property
    def title(self) -> str:
        return title_of_act(self.entry.action)

    @property
    def who(self) -> str:
        if self.entry.actor == ANONYMOUS.name:
            return _("Somebody not signed in")
        return _("You") if self.entry.actor == self.reader else self.entry.actor

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else did it to the reader."""
        return self.entry.actor != self.reader

    @property
    def peer(self) -> str:
        return str(self.entry.detail.get("peer", ""))

    @property
    def kind(self) -> str:
        """A word more: which second factor, which step failed."""
        code = self.entry.detail.get("kind") or self.entry.detail.get("step") or ""
        return str(STEPS.get(code, code))

    @property
    def pretty_detail(self) -> str:
        """The detail as indented JSON; empty where there is none."""
        detail = self.entry.detail
        return json.dumps(detail, ensure_ascii=False, indent=2, sort_keys=True) if detail else ""

    @property
    def holds(self) -> bool:
        """Whether the entry is as it was written."""
        return digest_link(link_of(self.entry)) == self.entry.digest
