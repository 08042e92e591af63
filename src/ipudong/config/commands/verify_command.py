"""`ipudong verify FILE|TEXT`: whether a paper of the district is genuine, online or offline."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from ipudong.city.casework.documents.authority.codes import CodeError, read_code, read_jwks
from ipudong.city.casework.documents.authority.pdf_verifying import VALID, verify_pdf
from ipudong.city.casework.documents.verification import (
    MAX_FILE_BYTES,
    verify_code,
    verify_file,
    verify_token,
)


@click.command()
@click.argument("what")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Published keys (/verify/keys.json) kept earlier: nothing else is asked, no database.",
)
def command(what: str, keys: Path | None) -> None:
    """Verify WHAT: a PDF, the text of its QR, or its printed code."""
    published = _read_keys(keys) if keys else None
    pdf = _read_file(what)
    if published is not None:
        code, facts = _offline(what, pdf, published)
    else:
        code, facts = _online(what, pdf)
    click.echo(code)
    for name, text in facts.items():
        if text:
            click.echo(f"  {name}: {text}")
    sys.exit(0 if code == VALID else 1)


def _read_keys(path: Path) -> Mapping[str, Any]:
    try:
        published = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise click.ClickException(f"{path} holds no published keys") from error
    if not isinstance(published, dict):
        raise click.ClickException(f"{path} holds no published keys")
    return published


def _read_file(what: str) -> bytes | None:
    path = Path(what)
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            raise click.ClickException(f"{path} is larger than any paper of a district")
        return path.read_bytes()
    except OSError:  # a text too long for a name
        return None


def _online(what: str, pdf: bytes | None) -> tuple[str, Mapping[str, str]]:
    today = timezone.localdate()
    if pdf is not None:
        verdict = verify_file(pdf, today=today)
    elif "." in what:
        verdict = verify_token(what, today=today)
    else:
        verdict = verify_code(what, today=today)
    return verdict.code, verdict.facts


def _offline(
    what: str, pdf: bytes | None, published: Mapping[str, Any]
) -> tuple[str, Mapping[str, str]]:
    """Whether it was signed; whether it was revoked since, only the district knows."""
    if pdf is not None:
        finding = verify_pdf(pdf, roots_pem=published.get("roots", ()))
        at = finding.signed_at.isoformat() if finding.signed_at else ""
        return finding.code, {"signer": finding.signer, "signed_at": at}
    try:
        return VALID, read_code(what, read_jwks(published)).claims
    except CodeError as error:
        return error.code, {}
