"""The revision of everything the gateway keeps in memory; one cheap query tells of changes."""

from django.db.models import F

from ipudong.city.sensing.models import Revision

_ONLY = 1


def bump_revision() -> None:
    """Tell every gateway that things, datastreams or rules changed; within the transaction."""
    if not Revision.objects.filter(pk=_ONLY).update(number=F("number") + 1):
        Revision.objects.get_or_create(pk=_ONLY, defaults={"number": 1})


def read_revision() -> int:
    """The number that grows with every change; 0 on an empty district."""
    return Revision.objects.filter(pk=_ONLY).values_list("number", flat=True).first() or 0
