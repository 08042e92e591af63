"""How many case steps a second one worker sustains with a million cases in the database.

    python bench/casework.py [--cases 1000000] [--seconds 8]

A step is one `complete_task`: the case locked and loaded, its process moved, tasks, events, audit
and state written, committed to the disk. Beside it: the same step by the process library alone,
with its own serializer and no database. Then the desk's list of 50 tasks, of a department with
thousands of open ones. The million is built once under `var/bench` and used again.
"""

import argparse
import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import django

ROOT = Path(__file__).resolve().parent.parent
AIM_STEPS, AIM_DESK_MS = 100, 100
BESIDE = "SpiffWorkflow alone: load, step, save by its own serializer, no database"
DEPARTMENTS = 32
PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:bench">
<process id="main" isExecutable="true"><laneSet id="lanes">
<lane id="l1" name="clerk"><flowNodeRef>check</flowNodeRef><flowNodeRef>visit</flowNodeRef>
<flowNodeRef>review</flowNodeRef></lane>
<lane id="l2" name="department_head"><flowNodeRef>decide</flowNodeRef></lane></laneSet>
<startEvent id="start"/><userTask id="check"/><parallelGateway id="fork"/><userTask id="visit"/>
<userTask id="review"/><parallelGateway id="join"/><userTask id="decide"/>
<exclusiveGateway id="choice" default="f9"/><endEvent id="granted"/><endEvent id="refused"/>
<sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
<sequenceFlow id="f2" sourceRef="check" targetRef="fork"/>
<sequenceFlow id="f3" sourceRef="fork" targetRef="visit"/>
<sequenceFlow id="f4" sourceRef="fork" targetRef="review"/>
<sequenceFlow id="f5" sourceRef="visit" targetRef="join"/>
<sequenceFlow id="f6" sourceRef="review" targetRef="join"/>
<sequenceFlow id="f7" sourceRef="join" targetRef="decide"/>
<sequenceFlow id="f8" sourceRef="decide" targetRef="choice"/>
<sequenceFlow id="f9" sourceRef="choice" targetRef="refused"/>
<sequenceFlow id="f10" sourceRef="choice" targetRef="granted">
<conditionExpression>result = "approved"</conditionExpression></sequenceFlow>
</process></definitions>"""
MANY = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO casework_{table} ({columns}) SELECT {values} FROM n
"""
CASE = {
    "id": "i",
    "number": "printf('2025%013d', i)",
    "kind_id": "{kind}",
    "kind_code": "'bench.permit'",
    "department": "'d' || ((i / 10) % {departments})",
    "applicant_kind": "'person'",
    "applicant_id": "i % 700000",
    "account_id": "NULL",
    "opened_by": "'clerk'",
    "channel": "'online'",
    "state": "CASE WHEN i % 10 = 0 THEN 'accepted' ELSE 'closed' END",
    "outcome": "CASE WHEN i % 10 = 0 THEN '' ELSE 'approved' END",
    "data": """'{{"name": "演示", "area_m2": 120, "note": "' || i || '"}}'""",
    "revision": "2",
    "sequence": "2",
    "opened_at": "datetime('2025-01-01', (i / 3000) || ' days')",
    "submitted_at": "datetime('2025-01-01', (i / 3000) || ' days')",
    "accepted_at": "datetime('2025-01-02', (i / 3000) || ' days')",
    "decided_at": "NULL",
    "closed_at": "CASE WHEN i % 10 = 0 THEN NULL ELSE datetime('2025-01-09') END",
    "changed_at": "datetime('2025-01-09')",
    "promised_due_on": "date('2025-01-15', (i / 3000) || ' days')",
    "promised_rule": "'promise'",
    "legal_due_on": "date('2025-02-01', (i / 3000) || ' days')",
    "legal_rule": "'legal'",
}
TASK = {
    "id": "i",
    "case_id": "i",
    "step": "printf('%032x', i)",
    "code": "'check'",
    "title": "'check'",
    "kind_code": "'bench.permit'",
    "form": "'check'",
    "department": "'d' || ((i / 10) % {departments})",
    "role": "'clerk'",
    "for_applicant": "0",
    "state": "CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END",
    "holder": "CASE WHEN (i / 10) % 3 = 0 THEN '' ELSE 'clerk' || ((i / 10) % 200) END",
    "delegate": "''",
    "due_on": "date('2025-01-15', (i / 3000) || ' days')",
    "due_rule": "'promise'",
    "opened_at": "datetime('2025-01-02', (i / 3000) || ' days')",
    "done_by": "''",
    "revision": "1",
    "data": "'{{}}'",
}
EVENT = {
    "id": "i",
    "case_id": "i",
    "sequence": "1",
    "name": "'opened'",
    "version": "1",
    "at": "datetime('2025-01-02', (i / 3000) || ' days')",
    "actor": "'clerk'",
    "department": "'d' || ((i / 10) % {departments})",
    "payload": "'{{}}'",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    folder = ROOT / "var" / "bench" / f"casework-{given.cases}"
    prepare(folder, given.cases)
    figures: dict[str, float] = {"cases": given.cases}
    figures |= measure_bare(given.seconds / 4)
    figures |= measure_steps(given.seconds) | measure_desk()
    for name, value in figures.items():
        print(f"{name:24} {value:>14,.1f}")
    print(f"aims: {AIM_STEPS} steps a second, the desk within {AIM_DESK_MS} ms")
    ratio = figures["steps_per_s"] / figures["bare_steps_per_s"]
    report = {"bench": "casework", "figures": figures, "ratio": round(ratio, 3), "beside": BESIDE}
    print(json.dumps(report))


def prepare(folder: Path, count: int) -> None:
    """Point the house at the folder, and fill it where that was not done to its end."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ipudong.config.settings"
    os.environ["IPUDONG_DISTRICT_DATA_DIR"] = str(folder)
    done = folder / "filled"
    if not done.exists():
        for old in folder.glob("ipudong.sqlite3*"):
            old.unlink()
        folder.mkdir(parents=True, exist_ok=True)
    django.setup()
    if done.exists():
        return
    began = time.perf_counter()
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    # Tables from the models: quicker than by their history, and the same.
    settings.MIGRATION_MODULES = {each.label: None for each in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    kind = declare(folder)
    fill(folder, count, kind)
    done.touch()
    print(f"{count:,} cases built in {time.perf_counter() - began:.0f} s, used again from now on")


def declare(folder: Path) -> int:
    """The kind the cases are of."""
    from ipudong.city.casework.kinds import CaseKind
    from ipudong.city.casework.services import declare_case_kind

    (folder / "permit.bpmn").write_text(PROCESS, "utf-8")
    words = {"zh": "表", "en": "Form"}
    field = {"name": "result", "label": words}
    form = {
        "code": "form",
        "version": 1,
        "title": words,
        "schema": {"type": "object", "properties": {"result": {"type": "string", "maxLength": 90}}},
        "pages": [
            {"code": "one", "title": words, "sections": [{"title": words, "fields": [field]}]}
        ],
    }
    (folder / "form.json").write_text(json.dumps(form), "utf-8")
    keys = ("", "check", "visit", "review", "decide")
    kind = CaseKind(
        code="bench.permit",
        title="Permit",
        department="d1",
        process=folder / "permit.bpmn",
        forms=dict.fromkeys(keys, folder / "form.json"),
        limit_days=10,
        legal_limit_days=20,
    )
    return declare_case_kind(kind=kind, by="bench", at=datetime.now(UTC)).pk


def fill(folder: Path, count: int, kind: int) -> None:
    """Rows by the database itself, which is many times faster than by objects."""
    from django.db import connection

    connection.close()
    with closing(sqlite3.connect(folder / "ipudong.sqlite3")) as database:
        database.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
        for table, columns in (("case", CASE), ("task", TASK), ("caseevent", EVENT)):
            values = ", ".join(columns.values()).format(kind=kind, departments=DEPARTMENTS)
            database.execute(
                MANY.format(table=table, columns=", ".join(columns), values=values, count=count)
            )
            database.commit()
        database.executescript("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;")


def officer(name: str, role: str):
    """Somebody of the department the new cases go to."""
    from ipudong.city.identity.actors import Actor

    return Actor(name=name, roles=frozenset({role}), departments=frozenset({"d1"}), account_id=1)


def measure_steps(seconds: float) -> dict[str, float]:
    """Whole lives of cases, one after the other; only the steps are timed, and all else too."""
    from ipudong.city.casework.models import Task
    from ipudong.city.casework.parties import Applicant
    from ipudong.city.casework.services import complete_task, open_case, submit_case
    from ipudong.city.identity.actors import system_actor

    house, head = system_actor("bench"), officer("head", "department_head")
    took: list[float] = []
    cpu = 0.0
    began, lives = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        now = datetime.now(UTC)
        case = open_case(kind="bench.permit", applicant=Applicant("person", 5), by=house, at=now)
        submit_case(number=case.number, by=house, at=now)
        while task := Task.objects.filter(case=case, state="open").first():
            start, start_cpu = time.perf_counter(), time.process_time()
            case = complete_task(task_id=task.pk, data={"result": "approved"}, by=head, at=now)
            took.append(time.perf_counter() - start)
            cpu += time.process_time() - start_cpu
        if (case.state, case.outcome) != ("closed", "finished"):
            raise SystemExit(f"a case ended as {case.state}, {case.outcome}")
        lives += 1
    whole = time.perf_counter() - began
    return {
        "steps_per_s": len(took) / sum(took),
        "steps_per_cpu_s": len(took) / cpu,
        "step_ms_p95": quantiles(took, n=20)[-1] * 1000,
        "whole_cases_per_s": lives / whole,
    }


def measure_desk() -> dict[str, float]:
    """Pages of 50 tasks: the first, and those further on."""
    from ipudong.city.casework.queries import list_my_tasks, list_pool

    clerk, own = officer("clerk1", "clerk"), officer("clerk10", "clerk")
    took: dict[str, list[float]] = {"desk_pool": [], "desk_mine": []}
    key = None
    for _ in range(100):
        start = time.perf_counter()
        page = list_pool(clerk, after=key)
        took["desk_pool"].append((time.perf_counter() - start) * 1000)
        if not page.tasks:
            raise SystemExit("the pool is empty: it measures nothing")
        key = page.next_key
    for _ in range(100):
        start = time.perf_counter()
        if not list_my_tasks(own, now=datetime.now(UTC)).tasks:
            raise SystemExit("the desk is empty: it measures nothing")
        took["desk_mine"].append((time.perf_counter() - start) * 1000)
    figures = {f"{name}_ms_p95": quantiles(each, n=20)[-1] for name, each in took.items()}
    return figures | {f"{name}_ms": median(each) for name, each in took.items()}


def measure_bare(seconds: float) -> dict[str, float]:
    """The library as it comes: state as JSON in, one step, state as JSON out."""
    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
    from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.task import TaskState

    parser = BpmnParser()
    parser.add_bpmn_str(PROCESS.replace("result = ", "result == ").encode())
    workflow = BpmnWorkflow(parser.get_spec("main"), {})
    workflow.do_engine_steps()
    serializer = BpmnWorkflowSerializer()
    first = serializer.serialize_json(workflow)
    began, began_cpu, steps = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        text = first
        for _ in range(4):
            workflow = serializer.deserialize_json(text)
            task = next(t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual)
            task.data["result"] = "approved"
            task.run()
            workflow.do_engine_steps()
            text = serializer.serialize_json(workflow)
            steps += 1
        if not workflow.completed:
            raise SystemExit("the library did not come to the end")
    return {
        "bare_steps_per_s": steps / (time.perf_counter() - began),
        "bare_steps_per_cpu_s": steps / (time.process_time() - began_cpu),
    }


if __name__ == "__main__":
    main()
