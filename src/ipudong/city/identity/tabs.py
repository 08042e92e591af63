"""The parts of a desk or a set of pages, each shown to those who may open it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from ipudong.city.identity.pages import actor_of_request
from ipudong.city.identity.queries import list_allowed


@dataclass(frozen=True)
class Tab:
    """One part: where it is and who may open it."""

    code: str
    title: Promise
    url_name: str
    permit: str

    @property
    def url(self) -> str:
        """Address of the part."""
        return reverse(self.url_name)


def list_tabs(request: HttpRequest, tabs: Sequence[Tab]) -> list[Tab]:
    """Those of `tabs` that the reader may open, in one query."""
    allowed = list_allowed(actor_of_request(request), {tab.permit for tab in tabs})
    return [tab for tab in tabs if tab.permit in allowed]
