"""Clerks who work on cases and are killed in the middle of it; a process of its own.

    python casework_steps.py KILLS SEED

Makes a database, hands in cases, forks two clerks, kills one or the other with SIGKILL at a moment
drawn by chance and forks the next, until all is done. The last line printed is JSON of what was
found afterwards; test_cases.py judges it.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.models import Count, Max  # noqa: E402

from ipudong.city.casework.case_services import ServiceRequest  # noqa: E402
from ipudong.city.casework.errors import CaseworkError  # noqa: E402
from ipudong.city.casework.models import Case, CaseEvent, Task  # noqa: E402
from ipudong.city.casework.parties import Applicant  # noqa: E402
from ipudong.city.casework.services import (  # noqa: E402
    complete_task,
    drive_cases,
    open_case,
    submit_case,
)
from ipudong.city.casework.tests.engine_drawings import (  # noqa: E402
    drawing,
    flow,
    flows,
    lanes,
    node,
)
from ipudong.city.casework.tests.engine_people import declare, simple_form  # noqa: E402
from ipudong.city.identity.actors import system_actor  # noqa: E402
from ipudong.city.identity.models import Account  # noqa: E402

TURNS, CASES = 3, 8
STEPS = TURNS * CASES * 2
HOUSE = system_actor("crash")
FOLDER = Path(os.environ["IPUDONG_DISTRICT_DATA_DIR"])


def note_paper(request: ServiceRequest) -> dict[str, str]:
    """A service whose trace in the database can be counted: one row a step."""
    Account.objects.create(username=f"paper-{request.step}")
    return {"paper": request.step}


def looping() -> bytes:
    """Two branches and a paper, three turns."""
    return drawing(
        lanes(clerk="one two"),
        node("startEvent", "start"),
        node("exclusiveGateway", "head"),
        node("parallelGateway", "fork"),
        node("userTask", "one"),
        node("userTask", "two"),
        node("parallelGateway", "join"),
        node("serviceTask", "issue", service="crash_paper"),
        node("exclusiveGateway", "choice", attributes='default="choice-end"'),
        node("endEvent", "end", outcome="approved"),
        flows("start", "head", "fork", "one", "join", "issue", "choice", "end"),
        flows("fork", "two", "join"),
        flow("choice", "head", f"number(turn) &lt; {TURNS}"),
    )


def prepare() -> None:
    """Tables (from the models: quicker than their history), a kind, and cases handed in."""
    settings.MIGRATION_MODULES = {each.label: None for each in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    forms = {key: simple_form(key or "application", "turn") for key in ("", "one", "two")}
    services = {"crash_paper": note_paper}
    declare(FOLDER, looping(), code="crash.loop", forms=forms, services=services)
    for number in range(CASES):
        now = datetime.now(UTC)
        case = open_case(kind="crash.loop", applicant=Applicant("person", number), by=HOUSE, at=now)
        submit_case(number=case.number, by=HOUSE, at=now)


def work() -> None:
    """Complete what is open until nothing is; each task that was done goes into a file."""
    done = FOLDER / f"done-{os.getpid()}"
    me = system_actor(f"clerk-{os.getpid()}")  # a name of its own: only one of two has done a task
    while not _all_closed():
        drive_cases(datetime.now(UTC))
        for task in Task.objects.filter(state="open").order_by("?")[:20]:
            turn = Task.objects.filter(case=task.case_id, code=task.code).count()
            answers = {"turn": str(turn)}
            try:
                complete_task(task_id=task.pk, data=answers, by=me, at=datetime.now(UTC))
            except CaseworkError as error:  # somebody else was first
                if error.code not in {"done_already", "not_needed"}:
                    raise
            else:
                with done.open("a") as file:
                    file.write(f"{task.pk}\n")


def _all_closed() -> bool:
    return not Case.objects.exclude(state="closed").exists()


def fork_clerk() -> int:
    """A clerk in a process of its own; its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def kill_at_random(kills: int, chance: random.Random) -> tuple[int, list[int]]:
    """How many were killed while they worked, and how the last two ended."""
    clerks = [fork_clerk(), fork_clerk()]
    killed = 0
    for _ in range(kills):
        seen = Task.objects.filter(state="done").count()
        while Task.objects.filter(state="done").count() <= seen < STEPS:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.05))
        place = chance.randrange(2)
        os.kill(clerks[place], signal.SIGKILL)
        _, status = os.waitpid(clerks[place], 0)
        killed += os.WIFSIGNALED(status)
        clerks[place] = fork_clerk()
    return killed, [os.waitstatus_to_exitcode(os.waitpid(clerk, 0)[1]) for clerk in clerks]


def find(killed: int, ended: list[int]) -> dict[str, Any]:
    """What stands in the database now."""
    tasks = Task.objects.values("case", "code").annotate(n=Count("pk"))
    told = CaseEvent.objects.values("case", "name").annotate(n=Count("pk")).order_by("case", "name")
    counts: dict[str, list[int]] = {}
    for row in told:
        counts.setdefault(row["name"], []).append(row["n"])
    sequences = CaseEvent.objects.values("case").annotate(n=Count("pk"), last=Max("sequence"))
    reported = [line for file in FOLDER.glob("done-*") for line in file.read_text().splitlines()]
    return {
        "killed": killed,
        "ended": ended,
        "cases": [list(row) for row in Case.objects.values_list("state", "outcome")],
        "visits": [row["n"] for row in tasks],
        "events": counts,
        "papers": Account.objects.filter(username__startswith="paper-").count(),
        "gaps": [row["last"] - row["n"] for row in sequences],
        "reported_twice": len(reported) - len(set(reported)),
    }


if __name__ == "__main__":
    prepare()
    outcome = kill_at_random(int(sys.argv[1]), random.Random(int(sys.argv[2])))
    sys.stdout.write(json.dumps(find(*outcome)) + "\n")
