"""A manifest's page made ready for a template."""

from dataclasses import dataclass

from django.urls import reverse

from ipudong.city.manifest import Page, Text


@dataclass(frozen=True)
class Door:
    """Where one may go: title, address, one line of what it is, an icon."""

    title: Text
    url: str
    summary: Text
    icon: str


def door_to(page: Page) -> Door:
    """The page's address and words."""
    return Door(page.title, reverse(page.url_name), page.summary, page.icon)
