"""What people and services have yet to do, and what a process waits for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models.cases import Case


class TaskState(models.TextChoices):
    """The life of a task."""

    OPEN = "open", _("To be done")
    DONE = "done", _("Finished task")
    CANCELED = "canceled", _("No longer needed")


class Task(models.Model):
    """One step for a person. It belongs to a department and, where the lane says so, a role in
    it; `for_applicant` is one for the applicant. `holder` has claimed it ("" lies in the pool);
    a delegate may work on it until `delegated_until` in the holder's stead.

    `step` is the process's own key of this visit: the same task visited twice is two rows.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    step = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    kind_code = models.CharField(max_length=80)
    form = models.CharField(max_length=80, blank=True)
    department = models.CharField(max_length=60)
    role = models.CharField(max_length=30, blank=True)
    for_applicant = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=TaskState.choices, default=TaskState.OPEN)
    holder = models.CharField(max_length=150, blank=True)
    delegate = models.CharField(max_length=150, blank=True)
    delegated_until = models.DateTimeField(null=True, blank=True)
    limit_days = models.PositiveIntegerField(null=True, blank=True)
    due_on = models.DateField()
    due_rule = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)
    revision = models.PositiveIntegerField(default=1)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "step"], name="one_task_a_step"),
        ]
        indexes = [
            models.Index(
                fields=["holder", "due_on", "id"],
                name="task_of_holder",
                condition=models.Q(state="open"),
            ),
            models.Index(
                fields=["delegate", "due_on", "id"],
                name="task_of_delegate",
                condition=models.Q(state="open") & ~models.Q(delegate=""),
            ),
            models.Index(
                fields=["department", "due_on", "id"],
                name="task_in_pool",
                condition=models.Q(state="open", holder="", for_applicant=False),
            ),
            models.Index(
                fields=["department", "kind_code", "due_on", "id"],
                name="task_in_pool_by_kind",
                condition=models.Q(state="open", holder="", for_applicant=False),
            ),
            models.Index(
                fields=["department", "due_on"],
                name="task_open",
                condition=models.Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class ServiceCall(models.Model):
    """A service step of a case: `service` is run once for this step; its result is kept. One that
    fails is tried again, later and later."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="service_calls")
    step = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    service = models.CharField(max_length=80)
    parameters = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "step"], name="one_service_call_a_step")
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="service_call_due",
                condition=models.Q(done_at=None, due_at__isnull=False),
            )
        ]


class Wait(models.Model):
    """What a process waits for: an instant (`fire_at`) or a message by `name` and `key`."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="waits")
    step = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    fire_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "step", "name"], name="one_wait_a_step")
        ]
        indexes = [
            models.Index(
                fields=["fire_at", "id"],
                name="wait_timer",
                condition=models.Q(fire_at__isnull=False),
            ),
            models.Index(fields=["name", "key"], name="wait_message", condition=~models.Q(name="")),
        ]
