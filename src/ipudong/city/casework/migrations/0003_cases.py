"""Cases, their tasks and events; the database itself refuses to change an event."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    f"""CREATE TRIGGER casework_caseevent_no_{verb.lower()} BEFORE {verb} ON casework_caseevent
        BEGIN SELECT RAISE(ABORT, 'case events are append-only'); END"""
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """CREATE FUNCTION casework_caseevent_append_only() RETURNS trigger AS $$
       BEGIN RAISE EXCEPTION 'case events are append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER casework_caseevent_append_only BEFORE UPDATE OR DELETE ON casework_caseevent
       FOR EACH ROW EXECUTE FUNCTION casework_caseevent_append_only()""",
]


def add_triggers(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the database's own words."""
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_work_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=24, unique=True)),
                ("kind_code", models.CharField(max_length=80)),
                ("department", models.CharField(max_length=60)),
                (
                    "applicant_kind",
                    models.CharField(
                        choices=[("person", "Person"), ("organization", "Organization")],
                        max_length=12,
                    ),
                ),
                ("applicant_id", models.BigIntegerField()),
                ("account_id", models.BigIntegerField(blank=True, null=True)),
                ("opened_by", models.CharField(max_length=150)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("online", "Online"),
                            ("mobile", "Mobile"),
                            ("window", "Window"),
                            ("kiosk", "Kiosk"),
                            ("phone", "Telephone"),
                            ("post", "Post"),
                            ("internal", "Of the office's own accord"),
                        ],
                        default="online",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("accepted", "In progress"),
                            ("suspended", "Suspended"),
                            ("closed", "Closed"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("not_accepted", "Not accepted"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "Lapsed"),
                            ("finished", "Finished"),
                        ],
                        max_length=16,
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField()),
                ("promised_due_on", models.DateField(blank=True, null=True)),
                ("promised_rule", models.CharField(blank=True, max_length=300)),
                ("legal_due_on", models.DateField(blank=True, null=True)),
                ("legal_rule", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ProcessState",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="process_state",
                        serialize=False,
                        to="casework.case",
                    ),
                ),
                ("steps", models.TextField()),
                ("answers", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="CaseKindVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=80)),
                ("number", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("current", models.BooleanField(default=True)),
                ("title_zh", models.CharField(max_length=200)),
                ("title_en", models.CharField(max_length=200)),
                ("department", models.CharField(max_length=60)),
                ("limit_days", models.PositiveIntegerField()),
                ("legal_limit_days", models.PositiveIntegerField()),
                ("legal_basis_zh", models.TextField(blank=True)),
                ("legal_basis_en", models.TextField(blank=True)),
                ("process", models.TextField()),
                ("forms", models.JSONField(default=dict)),
                ("decisions", models.TextField(blank=True)),
                ("papers", models.JSONField(default=list)),
                ("declared_at", models.DateTimeField()),
                ("declared_by", models.CharField(max_length=150)),
            ],
            options={
                "ordering": ["code", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "digest"), name="one_kind_version_a_digest"
                    ),
                    models.UniqueConstraint(
                        fields=("code", "number"), name="one_kind_version_a_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("current", True)),
                        fields=("code",),
                        name="one_current_kind_version",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="casework.casekindversion",
            ),
        ),
        migrations.CreateModel(
            name="Consultation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("department", models.CharField(max_length=60)),
                ("question", models.TextField()),
                ("due_on", models.DateField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=150)),
                ("asking_department", models.CharField(max_length=60)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                (
                    "opinion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("agrees", "Agrees"),
                            ("objects", "Objects"),
                            ("remarks", "Remarks only"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consultations",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("department", models.CharField(blank=True, max_length=60)),
                ("from_applicant", models.BooleanField()),
                ("text", models.TextField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ServiceCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=80)),
                ("service", models.CharField(max_length=80)),
                ("parameters", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("result", models.JSONField(default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="service_calls",
                        to="casework.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("supplement", "The applicant completes the application"),
                            ("hearing", "Hearing"),
                            ("appraisal", "Inspection, test, quarantine or appraisal"),
                            ("expert_review", "Expert review"),
                            ("auction", "Tender or auction"),
                            ("publicity", "Public notice"),
                            ("payment", "Waiting for payment"),
                            ("force_majeure", "Force majeure"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField()),
                ("wanted", models.JSONField(default=list)),
                ("began_at", models.DateTimeField()),
                ("began_by", models.CharField(max_length=150)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "ordering": ["began_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("kind_code", models.CharField(max_length=80)),
                ("form", models.CharField(blank=True, max_length=80)),
                ("department", models.CharField(max_length=60)),
                ("role", models.CharField(blank=True, max_length=30)),
                ("for_applicant", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("done", "Done"),
                            ("canceled", "No longer needed"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("holder", models.CharField(blank=True, max_length=150)),
                ("delegate", models.CharField(blank=True, max_length=150)),
                ("delegated_until", models.DateTimeField(blank=True, null=True)),
                ("limit_days", models.PositiveIntegerField(blank=True, null=True)),
                ("due_on", models.DateField()),
                ("due_rule", models.CharField(blank=True, max_length=300)),
                ("opened_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("done_by", models.CharField(blank=True, max_length=150)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("data", models.JSONField(default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="Wait",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=80)),
                ("fire_at", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("key", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waits",
                        to="casework.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ActKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=100)),
                ("action", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="act_keys",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "action", "key"), name="one_act_a_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sequence", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=40)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
                ("department", models.CharField(blank=True, max_length=60)),
                ("payload", models.JSONField(default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="casework.case",
                    ),
                ),
            ],
            options={
                "ordering": ["case", "sequence"],
                "indexes": [models.Index(fields=["name", "at"], name="case_event_name")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "sequence"), name="one_event_a_sequence"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["applicant_kind", "applicant_id", "-id"], name="case_applicant"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["account_id", "-id"], name="case_account"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["department", "state", "-id"], name="case_department"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["kind_code", "state", "-id"], name="case_kind"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["submitted", "accepted"])),
                fields=["promised_due_on", "id"],
                name="case_due",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["submitted_at"], name="case_submitted"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["closed_at"], name="case_closed"),
        ),
        migrations.AddIndex(
            model_name="consultation",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["department", "due_on", "id"],
                name="consultation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="servicecall",
            index=models.Index(
                condition=models.Q(("done_at", None), ("due_at__isnull", False)),
                fields=["due_at", "id"],
                name="service_call_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicecall",
            constraint=models.UniqueConstraint(
                fields=("case", "step"), name="one_service_call_a_step"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case",),
                name="one_suspension_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["holder", "due_on", "id"],
                name="task_of_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state", "open"), models.Q(("delegate", ""), _negated=True)),
                fields=["delegate", "due_on", "id"],
                name="task_of_delegate",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("for_applicant", False), ("holder", ""), ("state", "open")),
                fields=["department", "due_on", "id"],
                name="task_in_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("for_applicant", False), ("holder", ""), ("state", "open")),
                fields=["department", "kind_code", "due_on", "id"],
                name="task_in_pool_by_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["department", "due_on"],
                name="task_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(fields=("case", "step"), name="one_task_a_step"),
        ),
        migrations.AddIndex(
            model_name="wait",
            index=models.Index(
                condition=models.Q(("fire_at__isnull", False)),
                fields=["fire_at", "id"],
                name="wait_timer",
            ),
        ),
        migrations.AddIndex(
            model_name="wait",
            index=models.Index(
                condition=models.Q(("name", ""), _negated=True),
                fields=["name", "key"],
                name="wait_message",
            ),
        ),
        migrations.AddConstraint(
            model_name="wait",
            constraint=models.UniqueConstraint(
                fields=("case", "step", "name"), name="one_wait_a_step"
            ),
        ),
        migrations.RunPython(add_triggers, migrations.RunPython.noop, elidable=False),
    ]
