"""Issuing papers: composed, set, sealed, signed, kept and written down, once a step of a case."""

import hashlib
import io
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.casework.documents.authority.codes import sign_code
from ipudong.city.casework.documents.authority.key_files import read_key
from ipudong.city.casework.documents.authority.keys import Purpose, find_current
from ipudong.city.casework.documents.authority.pdf_signing import sign_pdf
from ipudong.city.casework.documents.options import DISTRICT_NAME_ZH
from ipudong.city.casework.documents.papers.contents import (
    Heading,
    compose,
    digest_content,
)
from ipudong.city.casework.documents.papers.setting import set_paper
from ipudong.city.casework.documents.papers.templates import PaperTemplate, get_template
from ipudong.city.casework.documents.storage import receiving
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import AuthorityKey, Case, Paper
from ipudong.city.casework.parties import PERSON
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Department
from ipudong.city.registry.masking import mask_name

# Without I, L, O, U, 0 and 1, which are mistaken for others on paper and on the telephone.
CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16
MAX_PDF_BYTES: Final = 32 * 1024 * 1024


def issue_paper(
    *, case: Case, template: str, context: Mapping[str, Any], by: Actor, at: datetime
) -> Paper:
    """Issue the paper `template` for the case's step `context["step"]` ("" where it has one only);
    asked again, it returns the one issued.

    What the context may hold is said at `papers.contents.compose`. Raises CaseworkError:
    unknown_template, signing_key_missing.
    """
    row = get_template(template)
    step = str(context.get("step", ""))[:100]
    return _find_issued(case, template, step) or _issue(case, row, step, context, by, at)


def _find_issued(case: Case, template: str, step: str) -> Paper | None:
    return Paper.objects.filter(case_number=case.number, template=template, step=step).first()


@transaction.atomic
def _issue(
    case: Case,
    template: PaperTemplate,
    step: str,
    context: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> Paper:
    Case.objects.select_for_update().filter(pk=case.pk).first()
    paper = _find_issued(case, template.code, step) or _prepare(case, template, step, context, at)
    if paper.pk is not None:
        return paper
    paper.issued_by = by.name
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError as error:
        raise CaseworkError("paper_exists", number=paper.number) from error
    record(
        actor=by.name,
        action="casework.issue_paper",
        subject=f"case:{case.number}",
        detail={"paper": paper.number, "template": template.code, "sha256": paper.sha256},
        at=at,
    )
    return paper


def _prepare(
    case: Case, template: PaperTemplate, step: str, context: Mapping[str, Any], at: datetime
) -> Paper:
    """The paper, its PDF signed and on disk, not yet in the database."""
    content = compose(template, _heading(case, template, at), context)
    paper = Paper(
        number=content["number"],
        code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
        case_number=case.number,
        template=template.code,
        step=step,
        holder_kind=case.applicant_kind,
        holder_id=case.applicant_id,
        content=content,
        content_digest=digest_content(content),
        issued_at=at,
    )
    paper.token = _sign_claims(paper, at)
    key = find_current(Purpose.SIGNING, at)
    pdf = _make_pdf(paper, template, key, at)
    paper.signed_with, paper.size_bytes = key, len(pdf)
    with receiving(io.BytesIO(pdf), limit=MAX_PDF_BYTES) as incoming:
        incoming.keep()
    paper.sha256 = hashlib.sha256(pdf).hexdigest()
    return paper


def _heading(case: Case, template: PaperTemplate, at: datetime) -> Heading:
    issued = Paper.objects.filter(case_number=case.number, template=template.code).count()
    department = Department.objects.filter(pk=case.department).first()
    return Heading(
        number=f"{case.number}-{template.mark}{issued + 1}",
        case_number=case.number,
        matter_zh=case.kind.title_zh,
        matter_en=case.kind.title_en,
        department_zh=department.name_zh if department else DISTRICT_NAME_ZH.get(),
        department_en=department.name_en if department else "",
        issued_on=timezone.localdate(at),
    )


def _sign_claims(paper: Paper, at: datetime) -> str:
    content = paper.content
    claims = {
        "n": paper.number,
        "c": paper.code,
        "t": content["title"]["zh"],
        "h": public_name(paper),
        "i": content["issued_on"],
        "u": content["valid_until"],
        "d": paper.content_digest,
    }
    row = find_current(Purpose.CODE, at)
    key = read_key(row.kid)
    if not isinstance(key, Ed25519PrivateKey):
        raise CaseworkError("signing_key_missing", kid=row.kid)
    return sign_code({name: text for name, text in claims.items() if text}, key=key, kid=row.kid)


def public_name(paper: Paper) -> str:
    """The holder as everybody may see them: a person masked, an organization whole."""
    holder = str(paper.content["holder"])
    return mask_name(holder) if paper.holder_kind == PERSON else holder


def _make_pdf(paper: Paper, template: PaperTemplate, key: AuthorityKey, at: datetime) -> bytes:
    plain = set_paper(
        paper.content,
        layout=template.layout,
        link=link_of(paper),
        code=group_code(paper.code),
        made_at=at,
    )
    root = find_current(Purpose.ROOT, at)
    return sign_pdf(
        plain,
        key=read_key(key.kid),
        certificate_pem=key.certificate_pem,
        root_pem=root.certificate_pem,
        at=max(at, key.not_before),  # a paper dated back is still signed now
        reason=paper.content["title"]["zh"],
        location=DISTRICT_NAME_ZH.get(),
    )


def link_of(paper: Paper) -> str:
    """What the QR holds: the public page of the paper, and behind `#`, which no server sees, the
    signed text for those who are offline."""
    return f"{settings.IPUDONG_PUBLIC_URL}/verify/{paper.code}/#{paper.token}"


def group_code(code: str) -> str:
    """Four by four, as it is printed and read out."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@transaction.atomic
def revoke_paper(*, paper: Paper, reason: str, by: Actor, at: datetime) -> bool:
    """Take a paper back. Whether anything changed.

    The file stays signed: only asking online tells. Raises CaseworkError reason_missing.
    """
    if not reason.strip():
        raise CaseworkError("reason_missing")
    changed = Paper.objects.filter(pk=paper.pk, revoked_at=None).update(
        revoked_at=at, revoked_by=by.name, revoked_reason=reason[:300]
    )
    if changed:
        record(
            actor=by.name,
            action="casework.revoke_paper",
            subject=f"case:{paper.case_number}",
            detail={"paper": paper.number, "reason": reason[:300]},
            at=at,
        )
    return bool(changed)


def is_current(valid_until: str, today: date) -> bool:
    """Whether a paper's last day has not passed; one without end always is."""
    return not valid_until or date.fromisoformat(valid_until) >= today
