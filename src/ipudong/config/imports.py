"""Importers of the house itself."""

from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import Importer, ImportReport, Progress
from ipudong.city.registry.addresses.imports import import_addresses
from ipudong.city.registry.matching.imports import import_persons
from ipudong.city.registry.services import import_places
from ipudong.config.calendar_import import import_work_calendar
from ipudong.config.device_import import import_device_table


def _import_places(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    report = import_places(path, actor=actor.name, progress=progress)
    return ImportReport(
        accepted=report.accepted, rejected=len(report.rejects), rejects=report.rejects
    )


def _import_addresses(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    report = import_addresses(path, by=actor.name, at=datetime.now(UTC))
    fresh = gettext("%(fresh)s new addresses of all levels") % {"fresh": report.fresh}
    return ImportReport(
        accepted=report.accepted,
        rejected=len(report.rejects),
        rejects=tuple(report.rejects),
        findings=(fresh,),
    )


def _import_persons(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    report = import_persons(path, by=actor, at=datetime.now(UTC), progress=progress)
    findings = (
        gettext("%(known)s known already") % {"known": report.known},
        gettext("%(review)s possible duplicates went to review") % {"review": report.review},
    )
    return ImportReport(
        accepted=report.fresh,
        rejected=len(report.rejects),
        rejects=tuple(report.rejects),
        findings=findings,
    )


HOUSE_IMPORTERS = (
    Importer(name="places", title=_("Place polygons"), run=_import_places),
    Importer(name="addresses", title=_("Standard addresses"), run=_import_addresses),
    Importer(name="persons", title=_("Persons"), run=_import_persons),
    Importer(name="calendar", title=_("Working days of a year"), run=import_work_calendar),
    Importer(name="devices", title=_("Devices"), run=import_device_table),
)
