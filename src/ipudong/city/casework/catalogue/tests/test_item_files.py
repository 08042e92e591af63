"""Item files: read when right, refused with line and reason when wrong."""

from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.catalogue.files import read_item, read_register
from ipudong.city.casework.catalogue.problems import ItemFileError

OFFICES = frozenset({"police"})
RIGHT = """code = "card"
item_code = "511Z07001006-511602000000-000-11511301008778183N-1-00"
kind = "confirmation"
name = { zh = "办卡", en = "Card" }
everyday = { zh = ["卡"] }
summary = { zh = "办一张卡。", en = "Get a card." }
department = "police"
audience = ["person"]
themes = ["household"]
channels = ["online"]
depth = "whole"
case_kind = "test.card"
promised_days = 5
legal_days = 10
visits = 0

[[materials]]
code = "photo"
name = { zh = "照片", en = "Photograph" }
issuer = { zh = "申请人", en = "Applicant" }

[[situations]]
code = "first"
name = { zh = "首次", en = "First" }
materials = ["photo"]

[[steps]]
name = { zh = "审核", en = "Examined" }
by = "police"
days = 3

[[basis]]
title = { zh = "条例", en = "Regulations" }
clause = { zh = "第一条", en = "Article 1" }

[[results]]
name = { zh = "卡", en = "Card" }
validity = { zh = "长期", en = "No end" }

[[places]]
name = { zh = "市民中心", en = "Citizen Center" }
address = { zh = "合欢路2号", en = "2 Hehuan Road" }
hours = { zh = "周一至周五", en = "Monday to Friday" }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "card" / "item.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_right_file_is_read(tmp_path: Path) -> None:
    item = read_item(write(tmp_path, RIGHT), OFFICES)
    situation = item.situations[0]
    assert [row.name.zh for row in item.materials_of(situation)] == ["照片"]
    assert (item.promised_days_of(situation), item.legal_days_of(situation)) == (5, 10)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('kind = "confirmation"', 'kind = "favor"', 3, "wrong_value"),
        ("visits = 0", 'visits = "none"', 15, "wrong_value"),
        ("visits = 0", "visits = 0\nfee = 3", 16, "wrong_value"),
        ('department = "police"', 'department = "polize"', 7, "unknown_department"),
        ('themes = ["household"]', 'themes = ["home"]', 9, "unknown_theme"),
        ('themes = ["household"]', 'themes = []\nevents = ["moving"]', 10, "unknown_event"),
        ("8183N-1-00", "8183M-1-00", 2, "bad_item_code"),
        ("promised_days = 5", "promised_days = 11", 13, "promise_beyond_law"),
        ('case_kind = "test.card"\n', "", 11, "no_case_kind"),
        ('code = "card"', 'code = "other"', 1, "other_folder"),
        ('materials = ["photo"]', 'materials = ["picture"]', 22, "unknown_material"),
        ('materials = ["photo"]', 'materials = ["photo"]\nfees = ["x"]', 22, "unknown_fee"),
        ("days = 3", 'days = 3\nsituations = ["second"]', 27, "unknown_situation"),
        ("days = 3", "days = ", 30, "not_toml"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_reason(
    old: str, new: str, line: int, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(ItemFileError) as refused:
        read_item(write(tmp_path, RIGHT.replace(old, new, 1)), OFFICES)
    assert (line, reason) in [(problem.line, problem.code) for problem in refused.value.problems]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_refusal_names_file_and_line_in_both_languages(language: str, tmp_path: Path) -> None:
    wrong = RIGHT.replace("promised_days = 5", "promised_days = 11")
    with pytest.raises(ItemFileError) as refused, translation.override(language):
        read_item(write(tmp_path, wrong), OFFICES)
    with translation.override(language):
        said = str(refused.value)
    assert said.startswith("card/item.toml:13: ")
    assert ("承诺11个工作日" in said) == (language == "zh-hans")


@given(text=st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.getbasetemp(), text.replace("\r", ""))
    with pytest.raises(ItemFileError):
        read_item(path, OFFICES)


HEAD = "code,kind,department,name_zh,name_en\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "no_header"),
        ("code;kind\n", 1, "no_header"),
        (f"{HEAD}a,permit,police,许可\n", 2, "wrong_columns"),
        (f"{HEAD}a,permit,fire,许可,Permit\n", 2, "unknown_department"),
        (f"{HEAD}a,permit,police,许可,Permit\na,permit,police,许可,Permit\n", 3, "duplicate_code"),
        (f"{HEAD}A b,permit,police,许可,Permit\n", 2, "wrong_value"),
        (f"{HEAD}a,favor,police,许可,Permit\n", 2, "wrong_value"),
    ],
)
def test_a_wrong_register_is_refused_with_line_and_reason(
    text: str, line: int, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "register.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ItemFileError) as refused:
        read_register(path, OFFICES)
    assert [(row.line, row.code) for row in refused.value.problems] == [(line, reason)]
