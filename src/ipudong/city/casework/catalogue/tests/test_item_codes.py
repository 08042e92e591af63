"""National item codes, proven on one seen live."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.catalogue.item_codes import parse_item_code
from ipudong.city.registry.identifiers import IdentifierError

SEEN = "511Z07001006-511602000000-000-11511301008778183N-1-00"  # on a live catalogue


def test_a_code_seen_live_is_read_in_its_parts() -> None:
    code = parse_item_code(SEEN)
    assert (code.basic, code.division) == ("511Z07001006", "511602000000")
    assert (code.authority, code.version) == ("11511301008778183N", 0)
    assert str(code) == SEEN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "shape"),
        (SEEN[:-1], "shape"),
        (SEEN + "0", "shape"),
        (SEEN.replace("-", "—"), "shape"),
        (SEEN.replace("511602000000", "991602000000"), "province"),
        (SEEN.replace("8183N", "8183M"), "check_character"),
        (SEEN.replace("511Z", "５11Z"), "shape"),
    ],
)
def test_a_wrong_code_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_item_code(text)
    assert refused.value.code == reason


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(IdentifierError):
        assert str(parse_item_code(text)) == text.strip().upper()
