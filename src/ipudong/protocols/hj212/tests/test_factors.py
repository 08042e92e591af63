"""Factor rows against the extracted appendix B."""

import csv
from pathlib import Path

from ipudong.protocols.hj212.factors import FACTORS, Medium, find_factor, find_factor_2005


def test_every_code_of_appendix_b_has_its_row(shared_data: Path) -> None:
    with (shared_data / "protocols/hj212_2017_factors.csv").open(encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert sorted([*codes, "a05024"]) == sorted(factor.code for factor in FACTORS)


def test_codes_of_2005_are_found_once() -> None:
    old = [factor.code_2005 for factor in FACTORS if factor.code_2005]
    assert len(set(old)) == len(old)
    for code, name in [("011", "化学需氧量"), ("060", "氨氮"), ("02", "二氧化硫"), ("B01", "污水")]:
        factor = find_factor_2005(code)
        assert factor is not None
        assert factor.name_zh == name


def test_the_pollutants_of_the_air_index_have_names_and_units() -> None:
    for code in ("a34004", "a34002", "a21026", "a21004", "a21005", "a05024"):
        factor = find_factor(code)
        assert factor is not None
        assert factor.medium is Medium.AIR
        assert factor.name_en
        assert factor.unit.endswith("/m3")


def test_a_numbered_process_code_finds_its_row() -> None:
    factor = find_factor("e10102")
    assert factor is not None
    assert factor.code == "e101xx"
    assert find_factor("i33315") is find_factor("i3331x")
    assert find_factor("zzz") is None
    assert find_factor("w99999") is None
