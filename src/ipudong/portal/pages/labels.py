"""Labels for devices, 24 to a sheet of A4."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ipudong.city.identity.pages import permitted
from ipudong.portal.device_labels import make_label
from ipudong.portal.pages.devices import choose_things, chosen_presence, narrow

MOST_LABELS: Final = 240
MOST_COPIES: Final = 24


@permitted("sensing.adopt_device")
def show_labels(request: HttpRequest) -> HttpResponse:
    """Labels of the devices that the list shows, or of one (`?id=`, `?copies=`)."""
    things = narrow(choose_things(request), chosen_presence(request), timezone.now())
    copies = 1
    if "id" in request.GET:
        things = choose_things(request).filter(pk=_number(request, "id", 2**31 - 1))
        copies = _number(request, "copies", MOST_COPIES) if "copies" in request.GET else 1
    total = things.count()
    labels = [make_label(request, thing) for thing in things[:MOST_LABELS] for _ in range(copies)]
    context = {"labels": labels, "total": total, "most": MOST_LABELS, "is_one": "id" in request.GET}
    return render(request, "portal/pages/labels.html", context)


def _number(request: HttpRequest, name: str, most: int) -> int:
    text = request.GET.get(name, "")
    if not text.isdecimal() or not 1 <= int(text[:12]) <= most:
        raise Http404
    return int(text[:12])
