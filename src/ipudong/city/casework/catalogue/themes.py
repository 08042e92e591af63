"""Themes and events by which people look for items, in the order of the hall."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject of the hall."""

    code: str
    title: Promise
    icon: str


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Something that happens to a person (life) or a firm (business), for which one comes here."""

    code: str
    kind: Literal["life", "business"]
    title: Promise
    lead: Promise
    icon: str


def _theme(code: str, title: Promise, *, icon: str) -> Theme:
    return Theme(code, title, icon)


THEMES: Final = {
    row.code: row
    for row in (
        _theme("family", _("Birth and family"), icon="baby-carriage"),
        _theme("household", _("Household and residence"), icon="home"),
        _theme("employment", _("Employment and business start"), icon="briefcase"),
        _theme("insurance", _("Social insurance"), icon="umbrella"),
        _theme("housing", _("Housing"), icon="building-community"),
        _theme("elderly", _("Old age"), icon="old"),
        _theme("disability", _("Disability and hardship"), icon="heart-handshake"),
        _theme("firm", _("Setting up and changing a firm"), icon="building-store"),
        _theme("licensing", _("Permission to trade"), icon="certificate"),
        _theme("construction", _("Construction"), icon="crane"),
        _theme("city", _("Streets and city appearance"), icon="road"),
        _theme("health", _("Health and hygiene"), icon="stethoscope"),
        _theme("environment", _("Environment"), icon="leaf"),
        _theme("education", _("Education and culture"), icon="school"),
        _theme("safety", _("Public order and safety"), icon="shield"),
        _theme("transport", _("Transport"), icon="car"),
        _theme("tax", _("Taxes"), icon="receipt"),
        _theme("openness", _("Government information"), icon="file-search"),
    )
}


def _event(
    code: str, kind: Literal["life", "business"], title: Promise, lead: Promise, *, icon: str
) -> LifeEvent:
    return LifeEvent(code, kind, title, lead, icon)


EVENTS: Final = {
    row.code: row
    for row in (
        _event(
            "birth",
            "life",
            _("A child is born"),
            _("Birth certificate, household, insurance and vaccination in one journey"),
            icon="baby-carriage",
        ),
        _event(
            "arrival",
            "life",
            _("Coming to live in Pudong"),
            _("Residence permit, and what it opens to you"),
            icon="home-move",
        ),
        _event(
            "work",
            "life",
            _("Finding or starting work"),
            _("Earning a living: as an employee, with a stall or with a firm of your own"),
            icon="briefcase",
        ),
        _event(
            "housing",
            "life",
            _("Needing a home"),
            _("Low-rent and public rental housing"),
            icon="building-community",
        ),
        _event(
            "old_age",
            "life",
            _("Growing old"),
            _("Concessions, allowances and care from 60 on"),
            icon="old",
        ),
        _event(
            "disability",
            "life",
            _("Living with a disability"),
            _("Allowances, care and concessions"),
            icon="wheelchair",
        ),
        _event(
            "know",
            "life",
            _("Wanting to know what the government knows"),
            _("Ask for documents that have not been published"),
            icon="file-search",
        ),
        _event(
            "start_firm",
            "business",
            _("Setting up a firm"),
            _("Name, license, seals and tax"),
            icon="building-store",
        ),
        _event(
            "restaurant",
            "business",
            _("Opening a restaurant"),
            _("License, food, fire safety and sign: one form, examined at the same time"),
            icon="tools-kitchen-2",
        ),
        _event(
            "premises",
            "business",
            _("Running a place open to the public"),
            _("Hotels, baths, hair and beauty, gyms, shops"),
            icon="door-enter",
        ),
        _event(
            "building",
            "business",
            _("Building works"),
            _("From the permit to build to the road in front of the site"),
            icon="crane",
        ),
        _event(
            "street",
            "business",
            _("Using the street"),
            _("Occupying a road, a stall, an event"),
            icon="road",
        ),
    )
}
