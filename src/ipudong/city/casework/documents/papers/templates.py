"""The papers a case may issue, as rows; a system may declare more."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ipudong.city.casework.errors import CaseworkError


@dataclass(frozen=True, kw_only=True)
class PaperTemplate:
    """One kind of paper. `mark` stands in its number; `layout` is a Typst file of this folder.

    `opening_*` is the sentence it begins with; `{holder}`, `{matter}`, `{case}` and the other
    names of the context are filled in as plain text. `remedy` prints how to object.
    """

    code: str
    mark: str
    title_zh: str
    title_en: str
    opening_zh: str = ""
    opening_en: str = ""
    layout: str = "letter.typ"
    remedy: bool = False


_BUILT_IN: Final = (
    PaperTemplate(
        code="receipt",
        mark="HZ",
        title_zh="收件回执",
        title_en="Receipt of materials",
        opening_zh="现收到您（单位）申请办理“{matter}”提交的下列材料，办件编号为{case}。",
        opening_en="We received the materials below for “{matter}”, case {case}.",
    ),
    PaperTemplate(
        code="acceptance_notice",
        mark="SL",
        title_zh="受理通知书",
        title_en="Notice of acceptance",
        opening_zh=(
            "您（单位）提出的“{matter}”申请（办件编号{case}），属于本机关职权范围，材料齐全、"
            "符合法定形式，现决定予以受理。"
        ),
        opening_en="Your application “{matter}” (case {case}) is complete and has been accepted.",
    ),
    PaperTemplate(
        code="supplement_notice",
        mark="BZ",
        title_zh="补正通知书",
        title_en="Notice to complete the application",
        opening_zh=(
            "您（单位）提出的“{matter}”申请（办件编号{case}），材料不齐全或者不符合法定形式。"
            "请一次性补正下列内容；补正期间不计入办理时限。"
        ),
        opening_en=(
            "Your application “{matter}” (case {case}) is not complete. Please hand in the "
            "following at once; the time you take does not count."
        ),
    ),
    PaperTemplate(
        code="non_acceptance",
        mark="BS",
        title_zh="不予受理决定书",
        title_en="Decision not to accept",
        opening_zh="您（单位）提出的“{matter}”申请（办件编号{case}），经审查，决定不予受理。",
        opening_en="Your application “{matter}” (case {case}) is not accepted.",
        remedy=True,
    ),
    PaperTemplate(
        code="decision",
        mark="JD",
        title_zh="准予行政许可决定书",
        title_en="Decision to grant",
        opening_zh=(
            "您（单位）提出的“{matter}”申请（办件编号{case}），经审查，符合法定条件、标准，"
            "决定准予。"
        ),
        opening_en="Your application “{matter}” (case {case}) meets the conditions and is granted.",
    ),
    PaperTemplate(
        code="refusal",
        mark="BY",
        title_zh="不予行政许可决定书",
        title_en="Decision to refuse",
        opening_zh=(
            "您（单位）提出的“{matter}”申请（办件编号{case}），经审查，不符合法定条件、标准，"
            "决定不予许可。"
        ),
        opening_en="Your application “{matter}” (case {case}) is refused.",
        remedy=True,
    ),
    PaperTemplate(
        code="reply",
        mark="DF",
        title_zh="答复书",
        title_en="Reply",
        opening_zh="您（单位）提出的“{matter}”（办件编号{case}），现答复如下。",
        opening_en="On “{matter}” (case {case}) we reply as follows.",
        remedy=True,
    ),
    PaperTemplate(
        code="licence",
        mark="ZZ",
        title_zh="证照",
        title_en="License",
        layout="licence.typ",
    ),
)
_KNOWN: Final = {row.code: row for row in _BUILT_IN}


def declare_templates(rows: Iterable[PaperTemplate]) -> None:
    """Make a system's own papers known to this process; the same row twice is one row."""
    for row in rows:
        if _KNOWN.setdefault(row.code, row) != row:
            raise ValueError(f"the paper {row.code} is declared twice")


def get_template(code: str) -> PaperTemplate:
    """The row of that code. Raises CaseworkError unknown_template."""
    row = _KNOWN.get(code)
    if row is None:
        raise CaseworkError("unknown_template", template=code)
    return row


def list_templates() -> list[PaperTemplate]:
    """All papers known to this process."""
    return list(_KNOWN.values())
