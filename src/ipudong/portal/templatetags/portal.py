"""The parts pages are put together from. See docs/how-to/write-a-page.md."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ipudong.city.languages import reads_chinese
from ipudong.portal.drawings import draw_gauge, draw_spark
from ipudong.portal.figures import format_figure
from ipudong.portal.unit_signs import sign_of

register = template.Library()


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """A Tabler icon from the built sprite; without `title` it is decoration."""
    href = f"{static('built/icons.svg')}#{name}"
    if title:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', title, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def state(text: str, tone: str = "") -> SafeString:
    """A state in a word; `tone` is good, notice, bad, river or nothing."""
    return format_html('<span class="state" data-tone="{}">{}</span>', tone, text)


# The four colors of the national early-warning scale, by word; the shape tells them apart too.
SEVERITIES = {
    "blue": _("Attention"),
    "yellow": _("Warning"),
    "orange": _("Serious"),
    "red": _("Critical"),
}


@register.simple_tag
def severity(code: str) -> SafeString:
    """How grave an alarm is: blue, yellow, orange or red, with its word."""
    title = SEVERITIES.get(code, code)
    return format_html('<span class="severity" data-severity="{}">{}</span>', code, title)


@register.simple_tag
def figure(value: float | None, decimals: int | None = None) -> str:
    """A number as the reader's language writes it; a dash where there is none."""
    # A name that a template does not find arrives as an empty text.
    return format_figure(value, decimals if isinstance(decimals, int) else None)


@register.simple_tag
def named(record: object) -> str:
    """`name_zh` or `name_en` (or title_...) of a record, by the language of the page."""
    return name_of(record)


@register.filter
def name_of(record: object) -> str:
    """The record's name in the page's language; the other language where that is missing."""
    chinese = reads_chinese()
    order = ("zh", "en") if chinese else ("en", "zh")
    for stem in ("name", "title"):
        for language in order:
            text = getattr(record, f"{stem}_{language}", "")
            if text:
                return str(text)
    return str(record)


@register.filter
def unit_sign(ucum: str) -> str:
    """A UCUM unit as people write it: `ug/m3` becomes µg/m³."""
    return sign_of(ucum)


@register.filter
def instant(text: str) -> str:
    """`2026-11-22T08:00:00+08:00` as `2026-11-22 08:00`."""
    return text[:16].replace("T", " ")


MESSAGE_TONES = {"success": "good", "warning": "notice", "error": "bad"}


@register.filter
def tone(level: str) -> str:
    """The tone of a Django message's level."""
    return MESSAGE_TONES.get(level, "")


@register.inclusion_tag("portal/parts/gauge.html")
def gauge(
    value: float | None, target: float | None, label: str, tone: str = ""
) -> Mapping[str, Any]:
    """The water gauge: filled to `value`, a notch at `target`; hatched where not measured."""
    return {"gauge": draw_gauge(value, target), "label": label, "tone": tone}


@register.inclusion_tag("portal/parts/spark.html")
def spark(values: Sequence[float], label: str, target: float | None = None) -> Mapping[str, Any]:
    """The course of some values, a dashed line at the target; nothing below two values."""
    return {"spark": draw_spark(values, target), "label": label}


@register.inclusion_tag("portal/parts/chart.html")
def chart(spec: Mapping[str, Any], size: str = "", level: str = "") -> Mapping[str, Any]:
    """A chart from its description (frontend/src/chart/spec.ts), with its table."""
    return {"spec": spec, "size": size, "rows": list(_chart_rows(spec)), "level": level}


def _chart_rows(spec: Mapping[str, Any]) -> Iterable[list[Any]]:
    """Rows of x and one value a series; bands stay in the CSV file."""
    columns = [dict(map(tuple, series["points"])) for series in spec["series"]]
    seen = dict.fromkeys(x for column in columns for x in column)
    order = sorted(seen) if spec["x"] == "time" else list(seen)
    for x in order:
        yield [x, *(column.get(x) for column in columns)]


@register.inclusion_tag("portal/parts/map.html")
def district_map(spec: Mapping[str, Any], label: str, listed: bool = True) -> Mapping[str, Any]:
    """A map from its description (frontend/src/map/spec.ts): canvas, switches, list."""
    return {"spec": spec, "label": label, "listed": listed}


@register.inclusion_tag("portal/parts/crumbs.html")
def crumbs(*pairs: str) -> Mapping[str, Any]:
    """A trail: `{% crumbs "Plan board" url "Task 10" "" %}`; the last is where one is."""
    return {"steps": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.inclusion_tag("portal/parts/pages.html", takes_context=True)
def pages(context: Mapping[str, Any], page: Page[Any]) -> Mapping[str, Any]:
    """Links to the other pages of a list; keeps the filters of the address."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "query": query.urlencode()}


@register.inclusion_tag("portal/parts/empty.html")
def empty(title: str, advice: str = "") -> Mapping[str, Any]:
    """What stands where nothing is: says so, and what one may do."""
    return {"title": title, "advice": advice}


@register.inclusion_tag("portal/parts/note.html")
def note(text: str, tone: str = "", title: str = "") -> Mapping[str, Any]:
    """A remark; `tone` good, notice or bad, told by an icon too."""
    return {"text": text, "tone": tone, "title": title}


@register.inclusion_tag("portal/parts/stat.html")
def stat(
    name: str, value: str, unit: str = "", note: str = "", url: str = "", live: str = ""
) -> Mapping[str, Any]:
    """A figure in a card with its name; `live` is a datastream id that keeps it alive."""
    return {"name": name, "value": value, "unit": unit, "note": note, "url": url, "live": live}
