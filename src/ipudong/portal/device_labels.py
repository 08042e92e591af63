"""Labels of devices: a QR code that opens the device's page, as a drawing for paper."""

import io
from dataclasses import dataclass

import segno
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.short_ids import short_id_of


@dataclass(frozen=True)
class Label:
    """What stands on one label."""

    name: str
    identity: str
    short_id: str
    drawing: SafeString


def make_label(request: HttpRequest, thing: Thing) -> Label:
    """The label of a thing; its code carries the address under which the page was opened."""
    short_id = short_id_of(thing.pk)
    url = request.build_absolute_uri(reverse("portal:short", args=[short_id]))
    return Label(thing.name, thing.identity, short_id, draw_code(url))


def draw_code(text: str) -> SafeString:
    """A QR code (ISO/IEC 18004, error correction M) as SVG; no script, no style."""
    stream = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(stream, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True, title=text)
    return mark_safe(stream.getvalue().decode())  # noqa: S308 - drawn by us, its text escaped
