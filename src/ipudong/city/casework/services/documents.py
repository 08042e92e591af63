"""Writes of documents: files taken in, papers issued, licences kept and used."""

from ipudong.city.casework.documents.attachments import remove_attachment, store_attachment
from ipudong.city.casework.documents.authority.keys import ensure_authority
from ipudong.city.casework.documents.licences import (
    change_licence,
    grant_licence,
    use_licence,
    withdraw_use,
)
from ipudong.city.casework.documents.papers.issuing import issue_paper, revoke_paper

__all__ = [
    "change_licence",
    "ensure_authority",
    "grant_licence",
    "issue_paper",
    "remove_attachment",
    "revoke_paper",
    "store_attachment",
    "use_licence",
    "withdraw_use",
]
