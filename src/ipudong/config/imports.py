"""Importers of the house itself."""

from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import Importer, ImportReport, Progress
from ipudong.city.registry.matching.imports import import_persons
from ipudong.city.registry.services import import_places
from ipudong.config.calendar_import import import_work_calendar
from ipudong.config.device_import import import_device_table


def _import_places(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    report = import_places(path, actor=actor.name, progress=progress)
    return ImportReport(
        accepted=report.accepted, rejected=len(report.rejects), rejects=report.rejects
    )


def _import_persons(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    report = import_persons(path, by=actor, at=datetime.now(UTC), progress=progress)
    findings = (
        _("%(known)s known already") % {"known": report.known},
        _("%(review)s possible duplicates went to review") % {"review": report.review},
    )
    return ImportReport(
        accepted=report.fresh,
        rejected=len(report.rejects),
        rejects=tuple(report.rejects),
        findings=findings,
    )


HOUSE_IMPORTERS = (
    Importer(name="places", title=_lazy("Place polygons"), run=_import_places),
    Importer(name="persons", title=_lazy("Persons"), run=_import_persons),
    Importer(name="calendar", title=_lazy("Working days of a year"), run=import_work_calendar),
    Importer(name="devices", title=_lazy("Devices"), run=import_device_table),
)
