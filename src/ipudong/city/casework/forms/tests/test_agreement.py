"""The cases that the browser's checks are tested with are what the server says.

`frontend/src/forms/checks.test.ts` reads the same file.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from ipudong.city.casework.forms.conditions import holds
from ipudong.city.casework.forms.formats import FORMATS, tidy
from ipudong.city.casework.forms.rendering import describe_checks
from ipudong.city.casework.forms.tests.stall import FORM

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("agreed_cases.json").read_text("utf-8"))
WHO, STALL, MATERIALS = FORM.declaration.pages


@pytest.mark.parametrize("case", CASES["formats"], ids=lambda one: f"{one['format']} {one['text']}")
def test_formats(case: dict[str, Any]) -> None:
    assert FORMATS[case["format"]](case["text"]) is case["right"]


@pytest.mark.parametrize("case", CASES["tidied"])
def test_tidied_texts(case: dict[str, Any]) -> None:
    assert tidy(case["text"], format_name=case["format"], lines=case["lines"]) == case["kept"]


@pytest.mark.parametrize("case", CASES["conditions"])
def test_conditions(case: dict[str, Any]) -> None:
    assert holds(case["condition"], case["values"]) is case["holds"]


@pytest.mark.parametrize("case", CASES["answers"])
def test_problems_of_answers(case: dict[str, Any]) -> None:
    others = CASES["page"]["others"]
    found = FORM.clean({**others, **case["answers"]}, page=STALL.code).problems
    assert {one.path: one.code for one in found} == case["problems"]


def test_every_format_is_among_the_cases() -> None:
    for right in (True, False):
        assert {one["format"] for one in CASES["formats"] if one["right"] is right} == set(FORMATS)


def test_the_browser_gets_the_page_of_the_cases() -> None:
    with translation.override("en"):
        spec = describe_checks(FORM, STALL, CASES["page"]["others"], "en")
    assert json.loads(json.dumps(spec)) == CASES["page"]
