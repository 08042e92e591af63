import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.registry.codes import DOCUMENT_KINDS
from ipudong.city.registry.documents import parse_document
from ipudong.city.registry.identifiers import IdentifierError
from ipudong.city.registry.register_numbers import (
    parse_institution_code,
    parse_lei,
    parse_parcel_code,
    parse_project_code,
)


@pytest.mark.parametrize(
    ("number", "born_on", "sex"),
    [
        # The specimens the ministry printed in 2018 for Hong Kong and Taiwan.
        ("810000199408230021", dt.date(1994, 8, 23), "2"),
        ("830000199201300022", dt.date(1992, 1, 30), "2"),
    ],
)
def test_specimens_of_the_residence_permit_say_birth_and_sex(
    number: str, born_on: dt.date, sex: str
) -> None:
    document = parse_document("residence_permit", number)
    assert (document.born_on, document.sex) == (born_on, sex)


def test_the_specimen_of_the_permanent_residence_card_of_2023_holds() -> None:
    document = parse_document("foreign_residence", "911124198108030024")
    assert (document.born_on, document.sex) == (dt.date(1981, 8, 3), "2")


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("passport", "E12345678"),
        ("passport", "ea1234567"),
        ("passport", "G 1234 5678"),
        ("foreign_passport", "C01X00T47"),
        ("hk_macau_permit", "H12345678"),
        ("hk_macau_permit", "M1234567801"),
        ("taiwan_permit", "12345678"),
        ("foreign_residence", "USA110085010112"),
        ("birth_certificate", "T310123456"),
    ],
)
def test_shapes_of_other_documents_are_known(kind: str, number: str) -> None:
    assert parse_document(kind, number).kind == kind


@pytest.mark.parametrize(
    ("kind", "number", "why"),
    [
        ("residence_permit", "810000199408230022", "check_character"),
        ("residence_permit", "840000199408230021", "shape"),
        ("residence_permit", "810000199402300021", "birth_date"),
        ("passport", "EI1234567", "shape"),
        ("hk_macau_permit", "K12345678", "shape"),
        ("taiwan_permit", "1234567", "shape"),
        ("citizen", "310115196203084281", "check_character"),
        ("library_card", "1", "kind"),
    ],
)
def test_what_is_no_such_document_is_refused_with_its_reason(
    kind: str, number: str, why: str
) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_document(kind, number)
    assert refused.value.code == why


@given(st.sampled_from([*DOCUMENT_KINDS]), st.text(max_size=40))
def test_any_text_is_a_document_or_refused(kind: str, text: str) -> None:
    try:
        document = parse_document(kind, text)
    except IdentifierError:
        return
    assert parse_document(kind, document.number) == document


@pytest.mark.parametrize("lei", ["HWUPKR0MPOU8FGXBT394", "5493002ERZU2K9PZDL40"])
def test_published_legal_entity_identifiers_hold(lei: str) -> None:
    assert parse_lei(lei.lower()) == lei
    with pytest.raises(IdentifierError, match="check_character"):
        parse_lei(lei[:-1] + str((int(lei[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("parse", "good", "bad"),
    [
        (parse_project_code, "2017-310115-47-03-123456", "2017-990115-47-03-123456"),
        (parse_parcel_code, "310115001002GB00012", "310115001002QB00012"),
        (parse_institution_code, "C1010211000012", "1010211000012"),
    ],
)
def test_register_numbers_are_read_by_their_parts(parse, good: str, bad: str) -> None:
    assert parse(f" {good} ") == good
    with pytest.raises(IdentifierError):
        parse(bad)
