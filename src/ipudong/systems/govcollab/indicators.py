"""How the marks of plan task 6 are measured. Denominators are items of the service catalogue, not
what happens to be online."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models import CaseKindVersion, Depth, ItemKind, ServiceItem
from ipudong.city.languages import reads_chinese
from ipudong.city.plan.indicators import Indicator, Measurement, NotMeasured, Record

# 行政审批: what an authority decides upon an application. A levy is imposed without one, and a
# public service decides nothing.
APPROVALS: Final = (
    ItemKind.PERMIT,
    ItemKind.CONFIRMATION,
    ItemKind.PAYMENT,
    ItemKind.AWARD,
    ItemKind.RULING,
    ItemKind.OTHER,
)
Test = Callable[[ServiceItem], bool]


def _items(kinds: Iterable[str], as_of: datetime) -> QuerySet[ServiceItem]:
    """Items in force at that instant."""
    in_force = Q(retired_at=None) | Q(retired_at__gt=as_of)
    rows = ServiceItem.objects.filter(in_force, kind__in=list(kinds), changed_at__lte=as_of)
    return rows.select_related("department").defer("content").order_by("code")


def _is_accepted_online(item: ServiceItem) -> bool:
    return item.depth in (Depth.ACCEPTANCE, Depth.WHOLE)


def _is_whole(item: ServiceItem) -> bool:
    return item.depth == Depth.WHOLE


def _make_supervised(as_of: datetime) -> Test:
    """Items whose cases run here: supervision judges every case by its events."""
    declared = CaseKindVersion.objects.filter(declared_at__lte=as_of)
    kinds = set(declared.values_list("code", flat=True))
    return lambda item: item.case_kind in kinds


def _measure(kinds: Iterable[str], test: Test, as_of: datetime) -> Measurement | NotMeasured:
    items = list(_items(kinds, as_of))
    if not items:
        return NotMeasured(_("The service catalogue holds no such item."))
    met = sum(test(item) for item in items)
    return Measurement(
        value=100 * met / len(items),
        numerator=met,
        denominator=len(items),
        unit="percent",
        measured_at=as_of,
    )


def _list(kinds: Iterable[str], test: Test, as_of: datetime) -> Iterator[Record]:
    """The items, those that do not meet the mark first."""
    stem = "name_zh" if reads_chinese() else "name_en"
    for item in sorted(_items(kinds, as_of), key=lambda one: (test(one), one.code)):
        office = getattr(item.department, stem)
        yield Record(
            label=getattr(item, stem),
            detail=f"{office} · {Depth(item.depth).label}",
            url=_find_guide(item.code),
            counted=test(item),
        )


def _find_guide(code: str) -> str:
    """The item's guide, where the hall is installed."""
    try:
        return reverse("govservice:guide", args=[code])
    except NoReverseMatch:
        return ""


def measure_online(as_of: datetime) -> Measurement | NotMeasured:
    """Share of approval items accepted and queried online."""
    return _measure(APPROVALS, _is_accepted_online, as_of)


def record_online(as_of: datetime) -> Iterable[Record]:
    """Every approval item and how far it can be done online."""
    return _list(APPROVALS, _is_accepted_online, as_of)


def measure_supervised(as_of: datetime) -> Measurement | NotMeasured:
    """Share of approval items under electronic supervision."""
    return _measure(APPROVALS, _make_supervised(as_of), as_of)


def record_supervised(as_of: datetime) -> Iterable[Record]:
    """Every approval item and whether its cases are judged."""
    return _list(APPROVALS, _make_supervised(as_of), as_of)


def measure_permits(as_of: datetime) -> Measurement | NotMeasured:
    """Share of permits handled online from end to end."""
    return _measure((ItemKind.PERMIT,), _is_whole, as_of)


def record_permits(as_of: datetime) -> Iterable[Record]:
    """Every permit and how far it can be done online."""
    return _list((ItemKind.PERMIT,), _is_whole, as_of)


def measure_documents(as_of: datetime) -> NotMeasured:
    """The register of official documents is a system of its own that is not here yet."""
    return NotMeasured(
        _("Not measured yet: official documents are not registered in this system so far.")
    )


def measure_statistics(as_of: datetime) -> NotMeasured:
    """The statistical surveys are a system of their own that is not here yet."""
    return NotMeasured(
        _("Not measured yet: statistical surveys and analyses are not run in this system so far.")
    )


INDICATORS: Final = (
    Indicator(
        code="govcollab.documents_online",
        mark="6.1",
        title=_("Non-secret documents circulated online"),
        unit="percent",
        definition_zh="非涉密公文中，从拟稿或签收到办结、归档全过程均在系统内流转的件数，"
        "占登记的全部非涉密公文件数的比例。",
        definition_en="Of all registered non-secret documents, those whose whole life from draft "
        "or receipt to filing is in the system.",
        numerator=_("documents wholly in the system"),
        denominator=_("registered non-secret documents"),
        measure=measure_documents,
    ),
    Indicator(
        code="govcollab.approvals_online",
        mark="6.2",
        title=_("Approval items accepted and tracked online"),
        unit="percent",
        definition_zh="事项目录中现行的依申请行政权力事项（许可、确认、给付、奖励、裁决及其他），"
        "可网上提出申请、受理并查询进度的事项数占全部的比例。分母为目录登记的全部事项，"
        "未上网的也计入。",
        definition_en="Of the items in force in the service catalogue that an authority decides "
        "upon application (permits, confirmations, payments, awards, rulings, others), those that "
        "can be applied for, accepted and followed online. Items with nothing online count in the "
        "denominator.",
        numerator=_("items accepted and tracked online"),
        denominator=_("approval items of the catalogue"),
        measure=measure_online,
        records=record_online,
    ),
    Indicator(
        code="govcollab.approvals_supervised",
        mark="6.3",
        title=_("Approval items under electronic supervision"),
        unit="percent",
        definition_zh="事项目录中现行的依申请行政权力事项，其办件在本系统运行、"
        "由电子监察按办件事件自动评判的事项数占全部的比例。",
        definition_en="Of the items in force that an authority decides upon application, those "
        "whose cases run in this system, where electronic supervision judges each by its events.",
        numerator=_("items whose cases are judged"),
        denominator=_("approval items of the catalogue"),
        measure=measure_supervised,
        records=record_supervised,
    ),
    Indicator(
        code="govcollab.permits_online",
        mark="6.4",
        title=_("Licensing items processed online"),
        unit="percent",
        definition_zh="事项目录中现行的行政许可事项，从申请到决定、送达全程可在线办理的"
        "事项数占全部的比例。",
        definition_en="Of the administrative permits in force in the catalogue, those handled "
        "online from application to decision and delivery.",
        numerator=_("permits handled online from end to end"),
        denominator=_("permits of the catalogue"),
        measure=measure_permits,
        records=record_permits,
    ),
    Indicator(
        code="govcollab.statistics_online",
        mark="6.5",
        title=_("Economic statistics and analyses done online"),
        unit="percent",
        definition_zh="列入计划的经济统计调查与决策分析中，全程网上完成的项数占全部的比例。",
        definition_en="Of the statistical surveys and analyses in the work program, those done "
        "online from end to end.",
        numerator=_("surveys and analyses done online"),
        denominator=_("surveys and analyses in the program"),
        measure=measure_statistics,
    ),
)
