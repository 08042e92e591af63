"""Measuring the registry's quality, and keeping what was found."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.registry.models import QualityCheck
from ipudong.city.registry.queries.quality import count_broken, measure_rows

KEPT_DAYS = 400


def measure_quality(*, by: str, at: datetime) -> QualityCheck:
    """Measure all fields and rules now; measurings older than a year and a month are dropped."""
    began = time.monotonic()
    today = timezone.localdate(at)
    rows, broken = [asdict(row) for row in measure_rows(today)], count_broken(today)
    with transaction.atomic():
        check = QualityCheck.objects.create(
            made_at=at, made_by=by, took_s=time.monotonic() - began, rows=rows, broken=broken
        )
        QualityCheck.objects.filter(made_at__lt=at - timedelta(days=KEPT_DAYS)).delete()
        record(actor=by, action="registry.measure_quality", subject="registry", at=at)
    return check
