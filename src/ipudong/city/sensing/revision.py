"""The revision of everything the gateway keeps in memory; one cheap query tells of changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import F

from ipudong.city.sensing.models import Revision

_ONLY = 1
_is_put_off: ContextVar[list[bool] | None] = ContextVar("is_put_off", default=None)


def bump_revision() -> None:
    """Tell every gateway that things, datastreams or rules changed; within the transaction."""
    put_off = _is_put_off.get()
    if put_off is not None:
        put_off[:] = [True]
        return
    if not Revision.objects.filter(pk=_ONLY).update(number=F("number") + 1):
        Revision.objects.get_or_create(pk=_ONLY, defaults={"number": 1})


@contextmanager
def bumping_once() -> Iterator[None]:
    """However much changes within, bump once at the end; inside the transaction."""
    put_off: list[bool] = []
    token = _is_put_off.set(put_off)
    try:
        yield
    finally:
        _is_put_off.reset(token)
    if put_off:
        bump_revision()


def read_revision() -> int:
    """The number that grows with every change; 0 on an empty district."""
    return Revision.objects.filter(pk=_ONLY).values_list("number", flat=True).first() or 0
