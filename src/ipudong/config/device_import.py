"""`ipudong import devices FILE`: devices from a table, their tokens into a file beside it."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.services import import_devices, plan_import


def import_device_table(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Import all rows or none; new tokens go to a file beside it that only its owner reads."""
    try:
        with path.open("rb") as content:
            plan = plan_import(path.name, content)
        if plan.rejects:
            rejects = tuple((line, f"{code} {value}".strip()) for line, code, value in plan.rejects)
            findings = ("nothing was imported: correct the rejected rows first",)
            return ImportReport(
                accepted=0, rejected=len(rejects), rejects=rejects, findings=findings
            )
        done = import_devices(plan=plan, by=actor.name, at=datetime.now(UTC), progress=progress)
    except SensingError as error:
        return ImportReport(accepted=0, rejected=1, rejects=((0, str(error)),))
    said = [f"{done.fresh} new, {done.changed} brought up to date"]
    if done.secrets:
        said.append(f"tokens: {_write_tokens(path, done.secrets)}")
    return ImportReport(accepted=done.fresh + done.changed, rejected=0, findings=tuple(said))


def _write_tokens(path: Path, secrets: list[tuple[str, str, str]]) -> Path:
    target = path.with_suffix(f".{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tokens.csv")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("identity", "name", "token"), *secrets])
    return target
