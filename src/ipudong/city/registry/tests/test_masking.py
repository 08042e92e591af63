import pytest

from ipudong.city.registry.masking import mask
from ipudong.city.registry.trade_names import trade_name


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "王秀英", "王*英"),
        ("name", "王伟", "王*"),
        ("name", "欧阳娜娜", "欧**娜"),
        ("name", "王", "*"),
        ("name", "Maria Schmidt", "M** S**"),
        ("document_number", "310115196203084284", "310115********4284"),
        ("document_number", "E12345678", "E1*****78"),
        ("document_number", "AB1", "***"),
        ("phone", "13900000018", "139****0018"),
        ("phone", "110", "***"),
        ("address", "浦东新区乳山路 88 弄 3 号 502 室", "浦东新区乳山路 ***"),
        ("address", "世纪大道东方明珠", "世纪大道***"),
        ("born_on", "1962-03-08", "1962-**-**"),
        ("sex", "Female", "Female"),
        ("phone", "", ""),
    ],
)
def test_a_mask_leaves_enough_to_tell_which_and_too_little_to_know(
    field: str, value: str, shown: str
) -> None:
    assert mask(field, value) == shown


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("上海张江高科技园区开发股份有限公司", "张江高科技园区开发"),
        ("上海浦东发展银行股份有限公司", "发展银行"),
        ("中芯国际集成电路制造（上海）有限公司", "中芯国际集成电路制造（上海）"),
        ("上海市浦东新区川沙新镇老街面馆", "川沙新镇老街面馆"),
        ("公司", "公司"),
    ],
)
def test_the_distinctive_word_of_a_name_stands_after_its_division(name: str, word: str) -> None:
    assert trade_name(name) == word
