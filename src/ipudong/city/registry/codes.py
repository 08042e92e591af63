"""Code lists of the registry, as rows: code and title, with the standard where one fixes them."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Titles = dict[str, Promise]

RESIDENT, STAYING, VISITING = "resident", "staying", "visiting"
PERSON_KINDS: Final[Titles] = {
    RESIDENT: _("Registered resident"),
    STAYING: _("Staying"),
    VISITING: _("Visiting from abroad"),
}
ACTIVE, MOVED_OUT, DECEASED, CANCELED = "active", "moved_out", "deceased", "canceled"
PERSON_STATES: Final[Titles] = {
    ACTIVE: _("Active"),
    MOVED_OUT: _("Moved out"),
    DECEASED: _("Deceased"),
    CANCELED: _("Deregistered"),
}
CITIZEN: Final = "citizen"
DOCUMENT_KINDS: Final[Titles] = {
    CITIZEN: _("Resident identity card"),
    "passport": _("Passport of the People's Republic"),
    "foreign_passport": _("Foreign passport"),
    "hk_macau_permit": _("Mainland travel permit for Hong Kong and Macau residents"),
    "taiwan_permit": _("Mainland travel permit for Taiwan residents"),
    "residence_permit": _("Residence permit for Hong Kong, Macau and Taiwan residents"),
    "foreign_residence": _("Foreigner's permanent residence card"),
    "birth_certificate": _("Medical certificate of birth"),
}
# GB/T 2261.1
SEXES: Final[Titles] = {
    "0": _("Unknown sex"),
    "1": _("Male"),
    "2": _("Female"),
    "9": _("Sex not stated"),
}
FAMILY, COLLECTIVE = "family", "collective"
HOUSEHOLD_KINDS: Final[Titles] = {
    FAMILY: _("Family household"),
    COLLECTIVE: _("Collective household"),
}
# GB/T 4761, the main classes and the children by sex
HEAD: Final = "02"
RELATIONS: Final[Titles] = {
    "02": _("Head"),
    "10": _("Spouse"),
    "20": _("Son"),
    "30": _("Daughter"),
    "40": _("Grandchild"),
    "50": _("Parent"),
    "60": _("Grandparent"),
    "70": _("Brother or sister"),
    "97": _("Other relative"),
    "99": _("Not related"),
}
HOUSE_RELATIONS: Final[Titles] = {
    "owner": _("Owner"),
    "family": _("Family of the owner"),
    "tenant": _("Tenant"),
    "borrower": _("Borrowed free of charge"),
    "dormitory": _("Dormitory"),
    "hotel": _("Hotel"),
}
ENTERPRISE, BUSINESS, BRANCH = "enterprise", "business", "branch"
ORGANIZATION_KINDS: Final[Titles] = {
    ENTERPRISE: _("Enterprise"),
    BUSINESS: _("Self-employed business"),
    BRANCH: _("Branch"),
    "cooperative": _("Farmers' cooperative"),
    "institution": _("Public institution"),
    "agency": _("Government agency"),
    "association": _("Social organization"),
    "foreign_office": _("Office of a foreign enterprise"),
}
IN_OPERATION: Final = "in_operation"
ORGANIZATION_STATES: Final[Titles] = {
    IN_OPERATION: _("Operating"),
    "abnormal": _("Listed as abnormal"),
    "suspended": _("Business suspended"),
    "revoked": _("License revoked"),
    "canceled": _("Deregistered"),
    "moved_out": _("Moved away"),
}
ORGANIZATION_EVENTS: Final[Titles] = {
    "founded": _("Founded"),
    "changed": _("Entry changed"),
    "annual_report": _("Annual report"),
    "abnormal_listed": _("Listed as abnormal"),
    "abnormal_removed": _("Removed from the abnormal list"),
    "inspected": _("Inspected"),
    "penalized": _("Administrative penalty"),
    "honored": _("Honored"),
    "pledged": _("Shares pledged"),
    "merged": _("Merged"),
    "split": _("Split"),
    "revoked": _("License revoked"),
    "liquidated": _("In liquidation"),
    "canceled": _("Deregistered"),
}
LICENSE_STATES: Final[Titles] = {
    "valid": _("Valid"),
    "expired": _("Expired"),
    "suspended": _("Business suspended"),
    "revoked": _("License revoked"),
}
# The two digits of the national project code that say how a project is admitted.
PROJECT_KINDS: Final[Titles] = {
    "01": _("By approval"),
    "02": _("By confirmation"),
    "03": _("By filing"),
}
PROJECT_STAGES: Final[Titles] = {
    "planned": _("Planned to be built"),
    "land": _("Land granted"),
    "design": _("Design approved"),
    "permit": _("Construction permit issued"),
    "building": _("Under construction"),
    "accepted": _("Completed and accepted"),
    "stopped": _("Stopped"),
}
FINANCE_KINDS: Final[Titles] = {
    "bank": _("Bank"),
    "branch_bank": _("Branch of a bank"),
    "insurer": _("Insurance company"),
    "securities": _("Securities company"),
    "fund": _("Fund manager"),
    "trust": _("Trust company"),
    "leasing": _("Financial leasing company"),
    "guarantee": _("Financing guarantee company"),
    "microcredit": _("Small-loan company"),
}
VERIFIED, DECLARED, IMPORTED, INFERRED, DOUBTFUL = (
    "verified",
    "declared",
    "imported",
    "inferred",
    "doubtful",
)
QUALITIES: Final[Titles] = {
    VERIFIED: _("Checked against the document"),
    DECLARED: _("Declared by the person"),
    IMPORTED: _("Taken over"),
    INFERRED: _("Inferred"),
    DOUBTFUL: _("Doubtful"),
}
LEVELS: Final[Titles] = {
    "claimed": _("Claimed"),
    "verified": _("Verified online"),
    "in_person": _("Verified in person"),
}
REPRESENTATION_KINDS: Final[Titles] = {
    "parent": _("Parent"),
    "guardian": _("Guardian"),
    "spouse": _("Wife or husband"),
    "child": _("Grown-up child"),
    "relative": _("Other relative"),
    "proxy": _("Authorized person"),
}
SUBJECT_KINDS: Final[Titles] = {
    "person": _("Person"),
    "household": _("Household"),
    "organization": _("Organization"),
    "project": _("Construction project"),
    "land": _("Land parcel"),
    "finance": _("Finance institution"),
}


def choices(titles: Titles) -> list[tuple[str, Promise]]:
    """A code list as Django takes choices."""
    return list(titles.items())
