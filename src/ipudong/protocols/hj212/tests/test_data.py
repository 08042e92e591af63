"""Data areas as the standard writes them and as devices do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212.data import Group, parse_data, split_items


def test_factors_and_parameters_are_kept_apart() -> None:
    area = parse_data("DataTime=20160824003817000;B01-Rtd=36.91;011-Rtd=231.0,011-Flag=N")
    assert area.parameters == (("DataTime", "20160824003817000"),)
    assert area.groups == (
        Group("B01", (("Rtd", "36.91"),)),
        Group("011", (("Rtd", "231.0"), ("Flag", "N"))),
    )
    assert area.defects == ()
    group = area.find_group("011")
    assert group is not None
    assert (group.find("Flag"), group.find("Avg"), area.find_group("060")) == ("N", None, None)


def test_parameters_may_be_joined_by_a_comma_as_the_standard_does() -> None:
    area = parse_data("BeginTime=20160801085000,EndTime=20160801085100")
    assert (area.find("BeginTime"), area.find("EndTime")) == ("20160801085000", "20160801085100")
    assert area.defects == ()


def test_a_log_text_may_hold_the_separators() -> None:
    area = parse_data(
        "DataTime=20160801085857;PolId=w01018,i11001-Info=//2016;清洗,完成=1//;a-Rtd=1"
    )
    assert area.pairs[2:] == (("i11001-Info", "2016;清洗,完成=1"), ("a-Rtd", "1"))


@pytest.mark.parametrize(
    ("cp", "defect"),
    [
        ("a-Rtd=1,a-Flag=N,b-Rtd=2,b-Flag=N", "comma_for_semicolon"),
        ("a-Rtd=1;a-Flag=N;b-Rtd=2;b-Flag=N", "semicolon_for_comma"),
        ("a-Rtd=1;b-Rtd=2;", "trailing_separator"),
        ("a-Rtd=1;;b-Rtd=2", "empty_item"),
        ("a-Rtd=1;b-Rtd", "missing_equals"),
        ("a-Rtd=1;a-Rtd=2", "repeated_field"),
        ("i11001-Info=//no end;a-Rtd=1", "unclosed_text"),
    ],
)
def test_a_known_defect_is_named_and_the_rest_is_read(cp: str, defect: str) -> None:
    area = parse_data(cp)
    assert area.defects == (defect,)
    assert area.groups


def test_unclosed_text_and_gaps_do_not_lose_the_other_factors() -> None:
    area = parse_data("a-Rtd=1;junk;;b-Rtd=2,b-Flag=N;")
    assert [group.code for group in area.groups] == ["a", "b"]
    assert area.unread == ("junk", "")


@settings(deadline=None)
@given(st.text(alphabet="ab-=;,/&1.", max_size=60) | st.text(max_size=60))
def test_any_text_is_read_and_no_item_is_lost(cp: str) -> None:
    assert "".join(before + item for item, before in split_items(cp)) == cp
    area = parse_data(cp)
    assert len(area.pairs) == len(area.parameters) + sum(len(g.attributes) for g in area.groups)
