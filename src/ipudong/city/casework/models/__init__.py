"""Tables of casework, one file per subject."""

from ipudong.city.casework.models.calendar import WorkCalendar
from ipudong.city.casework.models.documents import (
    Attachment,
    AuthorityKey,
    Licence,
    LicenceUse,
    Paper,
)

__all__ = [
    "Attachment",
    "AuthorityKey",
    "Licence",
    "LicenceUse",
    "Paper",
    "WorkCalendar",
]
