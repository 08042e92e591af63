"""Fees of an application and the payment stub, which moves no money and says so."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.identity.actors import Actor
from ipudong.systems.govservice.apply_cases import Applying
from ipudong.systems.govservice.models import StubPayment


@dataclass(frozen=True, kw_only=True)
class FeeView:
    """A fee, its rule, and when it was marked as paid."""

    code: str
    name: str
    basis: str
    yuan: Decimal
    paid_at: datetime | None


def list_fees(applying: Applying) -> list[FeeView]:
    """What the situation costs."""
    paid = {row.fee: row for row in applying.application.payments.all()}
    return [
        FeeView(
            code=fee.code,
            name=str(fee.name),
            basis=str(fee.basis),
            yuan=Decimal(str(fee.yuan)),
            paid_at=paid[fee.code].at if fee.code in paid else None,
        )
        for fee in applying.item.fees_of(applying.situation)
        if fee.yuan > 0
    ]


@transaction.atomic
def pay_stub(applying: Applying, *, by: Actor, at: datetime) -> Decimal:
    """Mark every open fee as paid, in the stub; twice is once. Returns the sum of what was open.

    Raises CaseworkError `not_open` before the application was handed in.
    """
    if applying.is_draft:
        raise CaseworkError("not_open")
    total = Decimal(0)
    for fee in list_fees(applying):
        _, made = StubPayment.objects.get_or_create(
            application=applying.application,
            fee=fee.code,
            defaults={"yuan": fee.yuan, "by": by.name, "at": at},
        )
        total += fee.yuan if made else 0
    if total:
        record(
            actor=by.name,
            action="govservice.pay_stub",
            subject=f"case:{applying.number}",
            detail={"yuan": str(total), "stub": True},
            at=at,
        )
    return total
