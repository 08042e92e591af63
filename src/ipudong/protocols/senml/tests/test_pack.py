"""The examples of RFC 8428, and packs that are none."""

import contextlib

import cbor2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.senml.pack import (
    LABELS,
    Record,
    SenmlError,
    parse_cbor,
    parse_json,
    resolve,
)

# RFC 8428, section 5.1.2, second example.
CURRENTS = """[
  {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
   "n":"voltage","u":"V","v":120.1},
  {"n":"current","t":-5,"v":1.2},
  {"n":"current","t":-4,"v":1.3},
  {"n":"current","t":-3,"v":1.4},
  {"n":"current","t":-2,"v":1.5},
  {"n":"current","t":-1,"v":1.6},
  {"n":"current","v":1.7}
]"""

# RFC 8428, section 6: the same pack in CBOR, as the RFC prints its bytes.
CURRENTS_CBOR = bytes.fromhex(
    "87a721781b75726e3a6465763a6f773a313065323037336130313038303036"
    "3a22fb41d303a15b00106223614120050067766f6c7461676501615602fb40"
    "5e066666666666a3006763757272656e74062402fb3ff3333333333333a300"
    "6763757272656e74062302fb3ff4cccccccccccda3006763757272656e7406"
    "2202fb3ff6666666666666a3006763757272656e74062102f93e00a3006763"
    "757272656e74062002fb3ff999999999999aa3006763757272656e74060002"
    "fb3ffb333333333333"
)


def test_a_single_datapoint_has_its_whole_name() -> None:
    """Section 5.1.1."""
    [record] = parse_json(b'[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]')
    assert record == Record("urn:dev:ow:10e2073a01080063", "urn:dev:ow:10e2073a01080063", "Cel",
                            0.0, True, 23.1)  # fmt: skip


def test_base_fields_hold_for_the_records_after_them() -> None:
    """Sections 5.1.2 and 5.1.4, where the RFC prints the resolved records."""
    records = parse_json(CURRENTS.encode())
    prefix = "urn:dev:ow:10e2073a0108006:"
    assert [r.name for r in records] == [prefix + "voltage"] + [prefix + "current"] * 6
    assert [r.unit for r in records] == ["V"] + ["A"] * 6
    assert [r.value for r in records] == [120.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]
    times = [1.276020076001e9, *(1.276020071001e9 + n for n in range(6))]
    assert [r.time_s for r in records] == pytest.approx(times, abs=1e-6)
    assert not any(r.is_relative for r in records)


def test_cbor_says_the_same_as_json() -> None:
    """Section 6: the same pack in bytes."""
    assert parse_cbor(CURRENTS_CBOR) == parse_json(CURRENTS.encode())


def test_records_without_a_name_bear_the_base_name() -> None:
    """Section 5.1.3: humidity, with the place in records of units lon and lat."""
    records = parse_json(
        b"""[{"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,"bu":"%RH","v":20},
        {"u":"lon","v":24.30621},{"u":"lat","v":60.07965},
        {"t":60,"v":20.3},{"u":"lon","t":60,"v":24.30622},{"u":"lat","t":60,"v":60.07965}]"""
    )
    assert {r.name for r in records} == {"urn:dev:ow:10e2073a01080063"}
    assert [r.unit for r in records] == ["%RH", "lon", "lat"] * 2
    assert records[3].time_s == 1320067524.0


def test_texts_booleans_and_data_are_told_from_numbers() -> None:
    """Section 5.1.5."""
    records = parse_json(
        b"""[{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
        {"n":"label","vs":"Machine Room"},{"n":"open","vb":false},
        {"n":"nfc-reader","vd":"aGkgCg"}]"""
    )
    assert [(r.own_name, r.value, r.text) for r in records] == [
        ("temp", 23.1, None),
        ("label", None, "Machine Room"),
        ("open", 0.0, None),
        ("nfc-reader", None, "aGkgCg"),
    ]


def test_times_below_two_to_the_28_are_relative_to_now() -> None:
    """Section 4.5.3."""
    now, earlier, fixed = resolve(
        [{"n": "a", "v": 1}, {"n": "a", "v": 1, "t": -10}, {"n": "a", "v": 1, "t": 2**28}]
    )
    assert (now.is_relative, earlier.is_relative, fixed.is_relative) == (True, True, False)
    assert earlier.time_s == -10


def test_base_value_and_base_sum_are_added() -> None:
    """Section 4.6."""
    first, second, third = resolve(
        [{"bn": "m", "bv": 20.0, "bs": 100.0, "v": 1}, {"v": 2.5}, {"s": 7.0}]
    )
    assert (first.value, second.value) == (21.0, 22.5)
    assert (third.value, third.sum) == (None, 107.0)


@pytest.mark.parametrize(
    ("pack", "code"),
    [
        ("{}", "not_senml"),
        ("[]", "not_senml"),
        ("[1]", "not_senml"),
        ('[{"v":1}]', "bad_name"),
        ('[{"n":"-a","v":1}]', "bad_name"),
        ('[{"n":"a b","v":1}]', "bad_name"),
        ('[{"n":"a","v":"1"}]', "bad_field"),
        ('[{"n":"a","v":true}]', "bad_field"),
        ('[{"n":"a","v":1,"vs":"x"}]', "bad_field"),
        ('[{"n":"a","v":1,"new_":1}]', "bad_field"),
        ('[{"n":"a","v":1,"bver":11}]', "bad_field"),
        ('[{"n":"a","v":1,"t":1e300}]', "bad_time"),
        ("[{]", "not_json"),
    ],
)
def test_what_is_no_pack_is_refused_with_its_reason(pack: str, code: str) -> None:
    with pytest.raises(SenmlError) as caught:
        parse_json(pack.encode())
    assert caught.value.code == code


def test_a_value_that_is_no_number_is_refused_in_cbor() -> None:
    with pytest.raises(SenmlError):
        parse_cbor(cbor2.dumps([{0: "a", 2: float("nan")}]))


RECORDS = st.fixed_dictionaries(
    {"n": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9\-:./_]{0,8}", fullmatch=True)},
    optional={"v": st.floats(-1e9, 1e9), "t": st.integers(-1000, 1000), "u": st.just("Cel")},
)


@given(st.lists(RECORDS, min_size=1, max_size=5))
def test_json_and_cbor_of_any_pack_agree(pack) -> None:
    labels = {name: number for number, name in LABELS.items()}
    compact = [{labels[key]: value for key, value in record.items()} for record in pack]
    assert parse_cbor(cbor2.dumps(compact)) == parse_json(orjson.dumps(pack))


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_the_error_of_the_format(payload: bytes) -> None:
    for parse in (parse_json, parse_cbor):
        with contextlib.suppress(SenmlError):
            assert parse(payload) is not None
