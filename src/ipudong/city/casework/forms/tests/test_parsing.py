"""A wrong declaration is refused with its place."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.forms import Form, FormError
from ipudong.city.casework.forms.tests.stall import RAW, declaration, parse


def spoil(path: str, value: Any) -> dict[str, Any]:
    """The declaration with one place changed; a value of ... takes it away."""
    top = declaration()
    *way, last = path.split("/")
    here: Any = top
    for step in way:
        here = here[int(step) if step.isdigit() else step]
    if value is ...:
        del here[last]
    else:
        here[int(last) if last.isdigit() else last] = value
    return top


FEEL_RULE = {"at": "name", "message": {"zh": "错", "en": "wrong"}}
FIELD = "pages/0/sections/0/fields/0"


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        ("version", 0, "version", "version"),
        ("titel", {}, "unknown_key", "/titel"),
        ("schema/type", "array", "schema_shape", "schema"),
        ("schema/properties/name/type", "text", "schema", "schema/properties/name/type"),
        ("schema/properties/name/format", "x", "format", "schema/properties/name/format"),
        ("schema/properties/name/pattern", "(", "schema", "schema/properties/name/pattern"),
        ("schema/properties/name/oneOf", [{}], "keyword", "schema/properties/name/oneOf"),
        ("schema/required", ["nobody"], "required_unknown", "schema/required"),
        (f"{FIELD}/name", "nobody", "field_without_property", f"{FIELD}/name"),
        (f"{FIELD}/label", {"zh": "姓名"}, "not_a_text", f"{FIELD}/label/en"),
        (f"{FIELD}/widget", "map", "widget", f"{FIELD}/widget"),
        (f"{FIELD}/widget", "radio", "widget_schema", f"{FIELD}/widget"),
        (f"{FIELD}/show_if", {"field": "goods", "has": 1}, "condition_field", f"{FIELD}/show_if"),
        (f"{FIELD}/show_if", {"field": "name"}, "condition_shape", f"{FIELD}/show_if"),
        ("pages/0/sections/0/fields/4/choices", [], "choices_unlike_enum", None),
        ("pages/1/code", "who", "page_twice", "pages"),
        ("pages/0/sections/0/fields/3", ..., "property_without_field", None),
        ("rules/0/at", "nobody", "rule_field", "rules/0/at"),
        ("rules/0/feel", "name", "rule_shape", "rules/0"),
        ("rules/0", {**FEEL_RULE, "feel": "name ="}, "feel", "rules/0/feel"),
        ("rules/0", {**FEEL_RULE, "feel": "nobody > 1"}, "feel", "rules/0/feel"),
        ("renamed", {"old": "nobody"}, "renamed_field", "renamed/old"),
    ],
)
def test_a_wrong_declaration_names_code_and_place(
    path: str, value: Any, code: str, place: str | None
) -> None:
    top = declaration()
    if path.endswith("fields/3"):
        del top["pages"][0]["sections"][0]["fields"][3]
    else:
        top = spoil(path, value)
    with pytest.raises(FormError) as caught:
        parse(top)
    assert caught.value.code == code
    assert place is None or caught.value.place == place


def test_a_later_answer_cannot_be_asked_by_a_condition() -> None:
    top = spoil("pages/0/show_if", {"field": "goods", "has": "food"})
    with pytest.raises(FormError, match="condition_field"):
        parse(top)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"code": "a", "code": "b"}', b"\xff\xfe"])
def test_what_is_no_declaration_is_refused(raw: bytes) -> None:
    with pytest.raises(FormError):
        Form.parse(raw)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(FormError, match="file_too_large"):
        Form.parse(b" " * 600_000)


def test_a_deeply_nested_file_is_refused() -> None:
    with pytest.raises(FormError):
        Form.parse(b"[" * 100_000)


@given(at=st.integers(0, len(RAW) - 1), byte=st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused(at: int, byte: bytes) -> None:
    with suppress(FormError):
        assert Form.parse(RAW[:at] + byte + RAW[at + len(byte) :]).version


def test_every_text_of_a_form_is_bounded() -> None:
    schema = parse(declaration()).declaration.schema
    assert schema["properties"]["number"]["maxLength"] == 18
    assert schema["properties"]["photo"]["items"]["maxLength"] == 200
    assert schema["properties"]["helpers"]["maxItems"] == 3
