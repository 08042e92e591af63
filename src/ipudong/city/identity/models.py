"""Tables of identity."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.roles import ROLES


class Department(models.Model):
    """A responsible unit of the plan: bureau, town, operator or park."""

    code = models.SlugField(primary_key=True, max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=150)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_zh


class Account(AbstractUser):
    """Somebody who signs in. What they may do comes from their memberships alone."""

    display_name = models.CharField(_("Full name"), max_length=100, blank=True)
    phone = models.CharField(_("Mobile phone"), max_length=20, blank=True)
    demo = models.BooleanField(_("Demonstration account"), default=False)

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username


class Membership(models.Model):
    """A role held by an account, in a department where the role has one."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=30, choices=[(r.code, r.title) for r in ROLES])
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role", "department"],
                name="one_membership_each",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role}"


class PermitChange(models.Model):
    """An administrator's change to a declared permit row: one role granted or withdrawn."""

    action = models.CharField(max_length=100)
    role = models.CharField(max_length=30, choices=[(r.code, r.title) for r in ROLES])
    allowed = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "role"], name="one_change_per_permit_role")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.role} {self.allowed}"


class ApiToken(models.Model):
    """A machine's key. Only its SHA-256 is kept; the text is shown once, when issued."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("Purpose"), max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("Actions allowed"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("Valid until"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
