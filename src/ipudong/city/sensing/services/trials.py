"""Trials of rules: asked for at a page, run by the worker, followed at the page."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Q

from ipudong.city.sensing.clock import DAY_US, from_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Rule, RuleTrial, TrialState
from ipudong.city.sensing.rules.trial import Trial
from ipudong.store.errors import StoreError
from ipudong.store.history import History

log = structlog.get_logger()

LONGEST_DAYS: Final = 366
BUDGET_S: Final = 30.0
KEEP_EACH: Final = 10
TAKEN_FOR: Final = timedelta(seconds=60)


@transaction.atomic
def queue_trial(*, rule: Rule, days: int, by: str, at: datetime) -> RuleTrial:
    """Ask for a trial over the last days. Raises SensingError `bad_period`."""
    if not 1 <= days <= LONGEST_DAYS:
        raise SensingError("bad_period", days=days)
    older = rule.trials.values_list("pk", flat=True)[KEEP_EACH - 1 :]
    RuleTrial.objects.filter(pk__in=list(older)).delete()
    return RuleTrial.objects.create(
        rule=rule,
        version=rule.version,
        start_at=at - timedelta(days=days),
        end_at=at,
        queued_at=at,
        queued_by=by,
    )


def run_trials(*, now: datetime) -> int:
    """Run what waits, one after the other; how many. One whose worker died is run again."""
    done = 0
    while (trial := _take(now)) is not None:
        run_trial(trial, open_history())
        done += 1
    return done


@transaction.atomic
def _take(now: datetime) -> RuleTrial | None:
    waits = Q(state=TrialState.WAITING) | Q(state=TrialState.RUNNING, taken_until__lte=now)
    trial = RuleTrial.objects.filter(waits).select_related("rule__fence").order_by("pk").first()
    if trial is not None:
        trial.state, trial.taken_until = TrialState.RUNNING, now + TAKEN_FOR
        trial.save(update_fields=["state", "taken_until"])
    return trial


def run_trial(trial: RuleTrial, history: History, *, budget_s: float = BUDGET_S) -> None:
    """Run it to its end, or as far as it comes in its time."""
    began = time.monotonic()
    try:
        run = Trial(trial.rule, history, trial.start_at, trial.end_at)
        trial.streams = len(run.streams)
        is_cut = False
        for share in run.run():
            trial.progress = min(99, int(share * 100))
            trial.count, trial.readings = run.tally.count, run.readings
            trial.save(update_fields=["progress", "count", "readings", "streams"])
            if time.monotonic() - began > budget_s:
                is_cut = True
                break
        trial.state = TrialState.CUT_SHORT if is_cut else TrialState.DONE
        trial.judged_until = from_us(run.judged_us) if is_cut else trial.end_at
        _keep(trial, run)
    except StoreError:
        log.exception("trial_failed", trial=trial.pk)
        trial.state = TrialState.FAILED
    trial.progress, trial.taken_until = 100, None
    trial.seconds = round(time.monotonic() - began, 2)
    trial.save()


def _keep(trial: RuleTrial, run: Trial) -> None:
    trial.count, trial.readings = run.tally.count, run.readings
    trial.found = [asdict(alarm) for alarm in run.tally.found]
    trial.by_day = {_day(day): count for day, count in sorted(run.tally.by_day.items())}


def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY_US / 1_000_000, UTC).date().isoformat()
