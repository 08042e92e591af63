"""Standard addresses: registered, found by grade, renamed, retired, and found from a point."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from ipudong.city.registry.addresses.book import SHELF
from ipudong.city.registry.addresses.change import rename_address, retire_address, set_footprint
from ipudong.city.registry.addresses.codes import check_letter, is_address_code, make_code
from ipudong.city.registry.addresses.geocode import geocode, geocode_column, geocode_many
from ipudong.city.registry.addresses.nearest import find_nearest
from ipudong.city.registry.addresses.store import AddressRow, get_address, store_addresses
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Address, AddressAlias
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LUJIAZUI, WEIFANG, CHUANSHA = "310115005000", "310115004000", "310115103000"
ZHANGYANG = {"division": WEIFANG, "road": "张杨路", "lane": "123", "alias": "东方小区"}
ROWS = (
    AddressRow(**ZHANGYANG, number="4", room="501", lon=121.52, lat=31.225),
    AddressRow(**ZHANGYANG, number="4", room="502", lon=121.52, lat=31.225),
    AddressRow(**ZHANGYANG, number="5", unit="1", room="101", lon=121.521, lat=31.225),
    AddressRow(**ZHANGYANG, number="5", unit="2", room="101", lon=121.521, lat=31.225),
    AddressRow(division=WEIFANG, road="张杨路", number="500", lon=121.515, lat=31.22),
    AddressRow(division=WEIFANG, road="张杨路", number="600", lon=121.525, lat=31.23),
    AddressRow(
        division=LUJIAZUI, road="世纪大道", number="100", room="3201", lon=121.51, lat=31.24
    ),
    AddressRow(division=CHUANSHA, road="人民路", number="8", lon=121.70, lat=31.2),
    AddressRow(division=LUJIAZUI, road="人民路", number="8", lon=121.51, lat=31.23),
    AddressRow(
        division=WEIFANG,
        road="潍坊路",
        number="12甲",
        community="潍坊一村居委会",
        lon=121.52,
        lat=31.224,
    ),
)


@pytest.fixture
def addresses(db: None) -> None:
    load_places(read_places())
    store_addresses(ROWS, source="test", by="system:test", at=AT, since_on=date(2000, 1, 1))


@pytest.mark.usefixtures("addresses")
@pytest.mark.parametrize(
    ("text", "grade", "found"),
    [
        ("上海市浦东新区潍坊新村街道张杨路123弄4号501室", "room", "张杨路123弄4号501室"),
        ("张杨路１２３弄四号楼５０１", "room", "张杨路123弄4号501室"),
        ("东方小区4号501", "room", "张杨路123弄4号501室"),
        ("张杨路123弄5号2单元101室", "room", "张杨路123弄5号2单元101室"),
        ("张杨路123弄4号999室", "number", "张杨路123弄4号"),
        ("张杨路500号", "number", "张杨路500号"),
        ("张杨路550号", "interpolated", "张杨路"),
        ("张扬路500号", "number", "张杨路500号"),
        ("张杨路123弄", "lane", "张杨路123弄"),
        ("张杨路", "road", "张杨路"),
        ("陆家嘴世纪大道100号", "number", "世纪大道100号"),
        ("潍坊路12甲号", "number", "潍坊路12甲号"),
        ("潍坊一村居委会", "community", "潍坊一村居委会"),
        ("浦东新区潍坊新村街道无名路9号", "division", "潍坊新村街道"),
        ("不知道在哪里", "none", ""),
        ("", "none", ""),
        ("' OR 1=1 --", "none", ""),
    ],
)
def test_an_address_is_found_as_exactly_as_it_is_known(text: str, grade: str, found: str) -> None:
    answer = geocode(text)
    assert (answer.grade, answer.text) == (grade, found)
    assert 0 <= answer.score <= 1


@pytest.mark.usefixtures("addresses")
def test_a_missing_number_lies_between_its_neighbors() -> None:
    answer = geocode("张杨路550号")
    assert answer.lon == pytest.approx(121.52)
    assert answer.lat == pytest.approx(31.225)
    assert "number_unknown" in answer.doubts


@pytest.mark.usefixtures("addresses")
def test_the_town_decides_between_roads_of_one_name() -> None:
    assert geocode("川沙新镇人民路8号").division == CHUANSHA
    assert geocode("陆家嘴街道人民路8号").division == LUJIAZUI
    unclear = geocode("人民路8号")
    assert "ambiguous" in unclear.doubts
    assert unclear.score < geocode("川沙新镇人民路8号").score


@pytest.mark.usefixtures("addresses")
def test_a_wrong_town_is_a_doubt() -> None:
    answer = geocode("川沙新镇张杨路500号")
    assert (answer.grade, answer.doubts) == ("number", ("other_town",))
    assert answer.score < geocode("张杨路500号").score


@pytest.mark.usefixtures("addresses")
def test_a_room_of_two_entrances_is_ambiguous_until_one_is_named() -> None:
    assert "ambiguous" in geocode("张杨路123弄5号101室").doubts
    assert geocode("张杨路123弄5号1单元101室").doubts == ()


@pytest.mark.usefixtures("addresses")
def test_a_column_is_looked_up_whole() -> None:
    column = pa.chunked_array([["张杨路500号", None], ["张杨路500号", "张杨路"]])
    table = geocode_column(column)
    assert table["grade"].to_pylist() == ["number", "none", "number", "road"]
    assert table["lon"].to_pylist()[1] is None


@pytest.mark.usefixtures("addresses")
def test_what_was_registered_is_not_registered_twice() -> None:
    before = Address.objects.count()
    assert store_addresses(ROWS, source="test", by="system:test", at=AT) == 0
    assert Address.objects.count() == before
    assert AddressAlias.objects.count() == 1


@pytest.mark.usefixtures("addresses")
def test_an_unknown_division_is_refused() -> None:
    with pytest.raises(RegistryError, match="unknown_division"):
        store_addresses([AddressRow(division="999999999999", road="路")], source="t", by="t", at=AT)


@pytest.mark.usefixtures("addresses")
def test_a_renamed_road_keeps_its_codes_and_is_found_by_both_names() -> None:
    road = Address.objects.get(level="road", name="张杨路")
    code = geocode("张杨路123弄4号501室").code
    rename_address(
        code=road.code, name="新张杨路", effective_on=date(2026, 1, 1), reason="", by="t", at=AT
    )
    assert geocode("新张杨路123弄4号501室").code == code
    assert geocode("张杨路123弄4号501室").code == code
    assert geocode("东方小区4号501").code == code
    change = get_address(road.code).changes.get()
    assert (change.old, change.new) == ("张杨路", "新张杨路")


@pytest.mark.usefixtures("addresses")
def test_a_retired_house_is_not_found_with_its_rooms() -> None:
    house = geocode("张杨路123弄4号")
    retire_address(code=house.code, until_on=date(2026, 1, 1), reason="torn down", by="t", at=AT)
    assert geocode("张杨路123弄4号501室").grade == "lane"
    assert get_address(house.code).until_on == date(2026, 1, 1)


@pytest.mark.usefixtures("addresses")
def test_rooms_stand_at_the_center_of_their_building() -> None:
    house = geocode("张杨路123弄4号")
    square = [[121.53, 31.22], [121.532, 31.22], [121.532, 31.222], [121.53, 31.222]]
    area = {"type": "Polygon", "coordinates": [[*square, square[0]]]}
    set_footprint(code=house.code, geometry=area, by="t", at=AT)
    room = get_address(geocode("张杨路123弄4号502室").code)
    assert (room.lon, room.lat) == (pytest.approx(121.531), pytest.approx(31.221))
    assert room.point_source == "building"
    with pytest.raises(RegistryError, match="bad_footprint"):
        set_footprint(code=house.code, geometry={"type": "Point"}, by="t", at=AT)


@pytest.mark.usefixtures("addresses")
def test_a_point_finds_the_numbers_around_it() -> None:
    near = find_nearest(121.5201, 31.2250, limit=2)
    assert [row.text for row in near] == ["张杨路123弄4号", "张杨路123弄5号"]
    assert near[0].distance_m == pytest.approx(9.5, abs=1)
    assert find_nearest(0, 0) == []
    assert find_nearest(500, 0) == []


def test_a_code_is_stable_and_checks_itself() -> None:
    code = make_code(WEIFANG, "road", "张杨路")
    assert code == make_code(WEIFANG, "road", "张杨路")
    assert is_address_code(code)
    swapped = code[:15] + code[16] + code[15] + code[17:]
    assert swapped == code or not is_address_code(swapped)
    assert not is_address_code("")
    # ISO 7064 MOD 37,36: the example of the standard, as python-stdnum has it.
    assert check_letter("A12425GABC1234002") == "M"


@pytest.mark.usefixtures("addresses")
def test_many_addresses_need_few_questions(django_assert_max_num_queries: object) -> None:
    SHELF.get_book()
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        geocode_many(["张杨路500号", "世纪大道100号", "川沙新镇人民路8号"] * 50)
