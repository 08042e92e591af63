"""Tables of the online hall, one file a subject."""

from ipudong.systems.govservice.models.applications import (
    Application,
    HandoverReceipt,
    StubPayment,
)

__all__ = ["Application", "HandoverReceipt", "StubPayment"]
