"""Legal limits and the reasons that stop the clock, as rows with their clauses."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class LimitRule:
    """A limit in working days, how far it may be extended, and the clause that says so."""

    code: str
    title: Text
    basis: Text
    limit_days: int
    extension_days: int = 0


@dataclass(frozen=True, kw_only=True)
class SuspensionReason:
    """Why the clock may stand still, and the clause that allows it."""

    code: str
    title: Text
    basis: Text


# Administrative Licensing Law (行政许可法): its periods are working days without public holidays
# (article 82); the day of acceptance is not counted (民法典 article 201).
SUPPLEMENT_NOTICE: Final = LimitRule(
    code="licensing.notice",
    title=_("Telling the applicant once of everything missing"),
    basis=_("Administrative Licensing Law, article 32 (4)"),
    limit_days=5,
)
DECISION: Final = LimitRule(
    code="licensing.decision",
    title=_("Decision on a license"),
    basis=_("Administrative Licensing Law, article 42 (1)"),
    limit_days=20,
    extension_days=10,
)
JOINT_DECISION: Final = LimitRule(
    code="licensing.joint_decision",
    title=_("Joint handling of a license by several authorities"),
    basis=_("Administrative Licensing Law, article 42 (2)"),
    limit_days=45,
    extension_days=15,
)
LOWER_REVIEW: Final = LimitRule(
    code="licensing.lower_review",
    title=_("Examination by the lower authority before the higher one decides"),
    basis=_("Administrative Licensing Law, article 43"),
    limit_days=20,
)
DELIVERY: Final = LimitRule(
    code="licensing.delivery",
    title=_("Delivery of the license after the decision"),
    basis=_("Administrative Licensing Law, article 44"),
    limit_days=10,
)
# Regulations on Open Government Information (政府信息公开条例), revised 2019; 15 + 15 before that.
DISCLOSURE: Final = LimitRule(
    code="disclosure.answer",
    title=_("Answer to a request for government information"),
    basis=_("Regulations on Open Government Information (2019), article 33"),
    limit_days=20,
    extension_days=20,
)
DISCLOSURE_2008: Final = LimitRule(
    code="disclosure.answer_2008",
    title=_("Answer to a request for government information"),
    basis=_("Regulations on Open Government Information (2008), article 24"),
    limit_days=15,
    extension_days=15,
)
PROMISE: Final = LimitRule(
    code="promise",
    title=_("Time promised in the guide of the service item"),
    basis=_("The service item's guide"),
    limit_days=0,
)

RULES: Final = {
    row.code: row
    for row in (
        SUPPLEMENT_NOTICE,
        DECISION,
        JOINT_DECISION,
        LOWER_REVIEW,
        DELIVERY,
        DISCLOSURE,
        DISCLOSURE_2008,
        PROMISE,
    )
}

_ARTICLE_45: Final = _("Administrative Licensing Law, article 45")
SUSPENSION_REASONS: Final = {
    row.code: row
    for row in (
        SuspensionReason(
            code="supplement",
            title=_("The applicant completes the application"),
            basis=_("Administrative Licensing Law, article 32 (4)"),
        ),
        SuspensionReason(code="hearing", title=_("Hearing"), basis=_ARTICLE_45),
        SuspensionReason(
            code="appraisal",
            title=_("Inspection, test, quarantine or appraisal"),
            basis=_ARTICLE_45,
        ),
        SuspensionReason(code="expert_review", title=_("Expert review"), basis=_ARTICLE_45),
        SuspensionReason(code="auction", title=_("Tender or auction"), basis=_ARTICLE_45),
        SuspensionReason(
            code="publicity", title=_("Public notice"), basis=_("The service item's guide")
        ),
        SuspensionReason(
            code="payment", title=_("Waiting for payment"), basis=_("The service item's guide")
        ),
        SuspensionReason(
            code="third_party",
            title=_("A third party is asked for its opinion"),
            basis=_("Regulations on Open Government Information (2019), articles 32 and 33"),
        ),
        SuspensionReason(
            code="force_majeure", title=_("Force majeure"), basis=_("Civil Code, article 180")
        ),
    )
}
