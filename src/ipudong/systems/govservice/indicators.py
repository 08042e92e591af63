"""How the marks of plan task 5 are measured: by the catalogue, not by what happens to be online."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models.catalogue import Depth
from ipudong.city.casework.queries.cases import list_kinds
from ipudong.city.casework.queries.catalogue import Entry, list_entries
from ipudong.city.languages import reads_chinese
from ipudong.city.manifest import System, find_system, installed
from ipudong.city.plan.indicators import Indicator, Measurement, NotMeasured, Record
from ipudong.city.plan.queries import list_tasks


def _known_at(as_of: datetime) -> list[Entry]:
    """Items in force whose present guide stood already then."""
    return [entry for entry in list_entries() if entry.changed_at <= as_of]


def _share(counted: int, total: int, as_of: datetime) -> Measurement:
    return Measurement(
        value=100 * counted / total,
        numerator=counted,
        denominator=total,
        unit="percent",
        measured_at=as_of,
    )


def _record(entry: Entry, *, counted: bool) -> Record:
    return Record(
        label=str(entry.name),
        detail=f"{entry.department.name_zh} · {entry.depth_title}",
        url=reverse("govservice:item", args=[entry.code]),
        counted=counted,
    )


def _is_whole(entry: Entry) -> bool:
    return entry.depth == Depth.WHOLE


def measure_whole(as_of: datetime) -> Measurement | NotMeasured:
    """Share of all items that can be handled online from end to end."""
    entries = _known_at(as_of)
    if not entries:
        return NotMeasured(_("The service catalogue is empty."))
    return _share(sum(map(_is_whole, entries)), len(entries), as_of)


def record_whole(as_of: datetime) -> Iterable[Record]:
    """Every item with how far it is online; those that are first."""
    for entry in sorted(_known_at(as_of), key=lambda one: not _is_whole(one)):
        yield _record(entry, counted=_is_whole(entry))


def _reached(entries: list[Entry]) -> set[str]:
    """Codes of items that the one entrance takes applications for, behind the one sign-in."""
    declared = {kind.code for kind in list_kinds()}
    return {
        entry.code
        for entry in entries
        if entry.is_online and entry.item is not None and entry.item.case_kind in declared
    }


def measure_entrance(as_of: datetime) -> Measurement | NotMeasured:
    """Share of all items that can be applied for through the one entrance."""
    entries = _known_at(as_of)
    if not entries:
        return NotMeasured(_("The service catalogue is empty."))
    return _share(len(_reached(entries)), len(entries), as_of)


def record_entrance(as_of: datetime) -> Iterable[Record]:
    """Every item; those that the entrance takes applications for first."""
    entries = _known_at(as_of)
    reached = _reached(entries)
    for entry in sorted(entries, key=lambda one: one.code not in reached):
        yield _record(entry, counted=entry.code in reached)


def is_joined(system: System | None) -> bool:
    """Whether a system's entry points stand in the portal (one sign-in, one search, one list) and
    lead somewhere."""
    pages = () if system is None else (*system.services_for_residents, *system.desks_for_staff)
    try:
        return bool([reverse(page.url_name) for page in pages])
    except NoReverseMatch:
        return False


def measure_joined(as_of: datetime) -> Measurement | NotMeasured:
    """Share of the plan's systems that are joined to the portal; one that is not built is not."""
    tasks = list(list_tasks())
    if not tasks:
        return NotMeasured(_("No plan is loaded."))
    joined = sum(is_joined(find_system(task.key)) for task in tasks)
    return _share(joined, len(tasks), as_of)


def record_joined(as_of: datetime) -> Iterable[Record]:
    """The plan's systems, those that are joined first."""
    rows = [(task, is_joined(find_system(task.key))) for task in list_tasks()]
    names = {system.name for system in installed()}
    for task, joined in sorted(rows, key=lambda row: (not row[1], row[0].number)):
        state = gettext("joined to the portal") if joined else gettext("installed, no entrance yet")
        yield Record(
            label=task.title_zh if reads_chinese() else task.title_en,
            detail=state if task.key in names else gettext("not built yet"),
            url=reverse("portal:task", args=[task.number]),
            counted=joined,
        )


def measure_wireless(as_of: datetime) -> Measurement | NotMeasured:
    """Not yet: nothing records by which device an officer worked."""
    return NotMeasured(
        _("Mobile office work is not built, and no record says by which device a task was done.")
    )


INDICATORS: Final = (
    Indicator(
        code="govservice.systems_joined",
        mark="5.1",
        title=_("Systems joined to the portal"),
        unit="percent",
        definition_zh="计划所列的全部任务系统中，已在门户注册入口、使用统一登录和统一搜索、入口可以打开的"
        "比例。尚未建设的系统计入分母。",
        definition_en="Of the systems of all the plan's tasks, those with an entrance in the "
        "portal that opens, behind its one sign-in and in its one search. A system not built yet "
        "counts in the denominator.",
        numerator=_("systems joined"),
        denominator=_("systems of the plan"),
        measure=measure_joined,
        records=record_joined,
    ),
    Indicator(
        code="govservice.items_handled_online",
        mark="5.2",
        title=_("Items handled online from end to end"),
        unit="percent",
        definition_zh="政务服务事项目录内全部有效事项中，网办深度为“全程网上办”的比例。分母取自事项目录，"
        "包括尚未上网、只在窗口办理的事项。",
        definition_en="Of all items in force in the service catalogue, those whose online depth is "
        "“from end to end”. The denominator is the catalogue, with the items that are handled at "
        "counters only.",
        numerator=_("items handled online from end to end"),
        denominator=_("items of the catalogue"),
        measure=measure_whole,
        records=record_whole,
    ),
    Indicator(
        code="govservice.items_at_the_entrance",
        mark="5.3",
        title=_("Items reached through the single entrance"),
        unit="percent",
        definition_zh="政务服务事项目录内全部有效事项中，可以经统一入口、一次登录提出申请（办件流程已启用）"
        "的比例。",
        definition_en="Of all items in force in the service catalogue, those one can apply for at "
        "the one entrance after one sign-in (their process is in use).",
        numerator=_("items that take applications at the entrance"),
        denominator=_("items of the catalogue"),
        measure=measure_entrance,
        records=record_entrance,
    ),
    Indicator(
        code="govservice.wireless_offices",
        mark="5.4",
        title=_("Units working wirelessly"),
        unit="unit",
        definition_zh="最近30天内有工作人员用移动终端完成办件任务的委办局和街镇数。移动办公尚未建成，"
        "目前不作计量。",
        definition_en="Bureaus, subdistricts and towns whose officers completed tasks by a mobile "
        "device in the last 30 days. Mobile office work is not built; not measured yet.",
        numerator=_("units"),
        measure=measure_wireless,
    ),
)
