"""Every item is driven from open to close, by every branch that its process draws."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.models import CaseKindVersion
from ipudong.systems.govservice.tests.item_cases import (
    ACCEPT,
    APPROVE,
    CODES,
    FAIL,
    HANDED,
    MENDED,
    OK,
    PAID,
    REFUSE,
    REJECT,
    Way,
    go,
    list_taken,
    load_house,
    move_in,
    visited,
)

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
IN = ("accept", ACCEPT)
YES, NO = ("decide", APPROVE), ("decide", REFUSE)


def rejected(item: str, **data: object) -> Way:
    return Way(item, "not_accepted", data, (("accept", REJECT),), "rejected")


SHOP = {"situation": "small_no_fire", "area_m2": 80, "building": "commercial", "fumes": False}
BIG = {"situation": "large", "area_m2": 900, "building": "commercial", "fumes": True}
DIG = {"situation": "digging", "last_work": "built"}
FOOD, SIGN, LICENCE = ("food", OK), ("sign", OK), ("licence", OK)
ALL = (IN, LICENCE, FOOD, ("fire", OK), SIGN, ("fumes", OK))
STALL = {"situation": "food", "starts_on": "2026-03-10", "ends_on": "2026-04-10"}
ANSWER = {"answer": "open", "text": "现将所申请的信息提供给您。"}
CLOSED = {
    **ANSWER,
    "answer": "closed",
    "reason": "涉及第三方商业秘密",
    "legal_reason": "第三十二条",
}
FOUND = ("search", {"found": "found", "documents": "浦府〔2011〕9号", "third_party": False})
OF_THIRD = {
    "found": "found",
    "documents": "浦府〔2011〕9号",
    "third_party": True,
    "third_party_name": "某公司",
}
WAYS = (
    rejected("residence_permit", situation="employed"),
    Way(
        "residence_permit",
        "approved",
        {"situation": "employed"},
        (IN, ("review", OK), YES, ("hand_over", HANDED)),
    ),
    Way("residence_permit", "approved", {"situation": "renewal"}, (IN, YES), "renewal"),
    Way("residence_permit", "refused", {"situation": "housed"}, (IN, ("review", FAIL), NO), "no"),
    rejected("elderly_card", situation="self", age=70),
    Way(
        "elderly_card",
        "approved",
        {"situation": "self", "age": 82},
        (IN, YES, ("hand_over", HANDED)),
    ),
    Way(
        "elderly_card",
        "approved",
        {"situation": "replacement", "age": 70},
        (IN, ("hand_over", HANDED)),
        "replacement",
    ),
    Way("elderly_card", "refused", {"situation": "agent", "age": 64}, (IN, NO), "too young"),
    rejected("birth", situation="both_local"),
    Way(
        "birth",
        "approved",
        {"situation": "both_local"},
        (
            IN,
            ("certificate", OK),
            ("household", OK),
            ("insurance", OK),
            ("vaccination", OK),
            ("hand_over", HANDED),
        ),
    ),
    Way(
        "birth",
        "approved",
        {"situation": "not_local", "residence_permit": False},
        (IN, ("certificate", OK), ("vaccination", OK), ("hand_over", HANDED)),
        "from elsewhere",
    ),
    Way("birth", "refused", {"situation": "unmarried"}, (IN, ("certificate", FAIL)), "no record"),
    rejected("business_licence", situation="company"),
    Way(
        "business_licence",
        "approved",
        {"situation": "company"},
        (IN, YES, ("tax_account", OK), ("insurance_account", OK)),
    ),
    Way(
        "business_licence",
        "approved",
        {"situation": "closing", "simple_closing": False},
        (IN, ("clearance", OK), YES),
        "closing",
    ),
    Way(
        "business_licence",
        "approved",
        {"situation": "closing", "simple_closing": True},
        (IN, YES),
        "simple closing",
    ),
    Way("business_licence", "refused", {"situation": "change"}, (IN, NO), "change"),
    rejected("restaurant", **SHOP),
    Way(
        "restaurant",
        "approved",
        {**SHOP, "has_licence": True},
        (IN, FOOD, SIGN, ("visit", visited("pass")), YES),
    ),
    Way(
        "restaurant",
        "approved",
        BIG,
        (*ALL, ("visit", visited("mend")), ("mend", MENDED), ("visit", visited("pass")), YES),
        "large, mended",
    ),
    Way("restaurant", "refused", SHOP, (IN, LICENCE, ("food", FAIL), SIGN, NO), "bad food"),
    Way(
        "restaurant",
        "lapsed",
        BIG,
        (*ALL, ("visit", visited("mend")), ("", 60)),
        "never mended",
    ),
    Way(
        "restaurant",
        "approved",
        SHOP,
        (("", 9), LICENCE, FOOD, SIGN, ("visit", visited("pass")), YES),
        "deemed accepted",
    ),
    rejected("construction_permit", situation="new_building"),
    Way(
        "construction_permit",
        "approved",
        {"situation": "new_building", "investment_wan": 5000, "area_m2": 12000},
        (IN, ("review", OK), YES),
    ),
    Way(
        "construction_permit",
        "refused",
        {"situation": "fit_out", "investment_wan": 20, "area_m2": 900},
        (IN,),
        "too small to need one",
    ),
    Way("construction_permit", "approved", {"situation": "extension"}, (IN, YES), "extension"),
    Way("construction_permit", "refused", {"situation": "extension"}, (("", 9), NO), "deemed"),
    rejected("road_occupation", situation="works"),
    Way(
        "road_occupation",
        "approved",
        {"situation": "works"},
        (IN, ("traffic", OK), ("survey", OK), YES, ("pay", PAID)),
    ),
    Way(
        "road_occupation",
        "approved",
        {"situation": "event"},
        (IN, ("traffic", OK), ("survey", OK), YES),
        "event",
    ),
    Way(
        "road_occupation",
        "refused",
        {**DIG, "road_age_years": 6},
        (("", 9), ("traffic", FAIL), ("survey", OK), NO),
        "deemed",
    ),
    Way(
        "road_occupation",
        "refused",
        {**DIG, "road_age_years": 2},
        (IN, ("government", FAIL)),
        "protected",
    ),
    Way(
        "road_occupation",
        "lapsed",
        {**DIG, "road_age_years": 2},
        (IN, ("government", OK), ("traffic", OK), ("survey", OK), YES, ("", 40)),
        "unpaid",
    ),
    Way("road_occupation", "refused", {"situation": "emergency"}, (IN, NO), "emergency"),
    rejected("public_housing", situation="low_rent"),
    Way(
        "public_housing",
        "approved",
        {"situation": "low_rent"},
        (IN, ("home", OK), ("means", OK), ("", 8), ("objections", OK), YES),
    ),
    Way(
        "public_housing",
        "refused",
        {"situation": "rental_local"},
        (IN, ("home", FAIL), NO),
        "home too large",
    ),
    rejected("disability_allowance", grade="one"),
    Way(
        "disability_allowance",
        "approved",
        {"situation": "both", "grade": "one", "income_support": True},
        (IN, ("grading", OK), YES),
    ),
    Way(
        "disability_allowance",
        "refused",
        {"situation": "care", "grade": "three", "income_support": False},
        (IN, ("grading", OK)),
        "not covered",
    ),
    Way("disability_allowance", "refused", {"grade": "two"}, (IN, ("grading", OK), NO), "no"),
    rejected("hygiene_licence", situation="new"),
    Way("hygiene_licence", "approved", {"situation": "promise"}, (IN, YES), "by promise"),
    Way(
        "hygiene_licence",
        "approved",
        {"situation": "new"},
        (
            IN,
            ("review", OK),
            ("visit", visited("mend")),
            ("mend", MENDED),
            ("visit", visited("pass")),
            YES,
        ),
    ),
    Way("hygiene_licence", "refused", {"situation": "new"}, (IN, ("review", FAIL), NO), "papers"),
    Way(
        "hygiene_licence",
        "lapsed",
        {"situation": "renewal"},
        (("", 9), ("review", OK), ("visit", visited("mend")), ("", 60)),
        "deemed, never mended",
    ),
    rejected("street_stall", **STALL),
    Way(
        "street_stall",
        "approved",
        {**STALL, "sells": "listed_food"},
        (IN, ("food", OK), ("appearance", OK), YES),
    ),
    Way(
        "street_stall",
        "refused",
        {**STALL, "situation": "goods", "sells": "goods"},
        (("", 9), ("appearance", FAIL), NO),
        "deemed",
    ),
    Way("street_stall", "refused", {**STALL, "sells": "risky_food"}, (IN,), "forbidden food"),
    rejected("disclosure_request", situation="information"),
    Way("disclosure_request", "approved", {}, (IN, FOUND, ("reply", ANSWER))),
    Way(
        "disclosure_request",
        "refused",
        {},
        (IN, ("search", OF_THIRD), ("!third_party_answer", {"agrees": False}), ("reply", CLOSED)),
        "third party objects",
    ),
    Way(
        "disclosure_request",
        "finished",
        {},
        (IN, ("search", OF_THIRD), ("", 30), ("reply", {**ANSWER, "answer": "not_held"})),
        "third party is silent",
    ),
)


@pytest.fixture(scope="module")
def hall(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The house is loaded once for all ways; each test takes back what it did itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_house()
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("code", CODES)
def test_an_item_runs_by_every_branch_of_its_process(code: str, hall: None) -> None:
    move_in()
    taken = set()
    for way in (way for way in WAYS if way.item == code):
        case, state = go(way)
        assert (case.state, case.outcome) == ("closed", way.outcome), way
        taken |= list_taken(state)
    graph = compiled(
        CaseKindVersion.objects.get(code=f"govservice.{code}", current=True)
    ).process.graph
    drawn = {(flow.source, flow.target) for flow in graph.flows}
    assert drawn - taken == set()
