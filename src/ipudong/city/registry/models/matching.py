"""Tables of entity resolution: runs, pairs that may be one, and merges that can be undone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

PERSON, ORGANIZATION = "person", "organization"
MATCH_KINDS = {PERSON: _("Persons"), ORGANIZATION: _("Organizations")}
OPEN, MERGED, APART = "open", "merged", "apart"
MATCH_STATES = {
    OPEN: _("To be decided"),
    MERGED: _("Merged"),
    APART: _("Kept apart"),
}


class MatchRun(models.Model):
    """One comparison of records: what was compared, with which weights, and what came out."""

    kind = models.CharField(_("Compared"), max_length=12, choices=list(MATCH_KINDS.items()))
    source = models.CharField(_("Source"), max_length=80)
    by = models.CharField(_("By"), max_length=150)
    started_at = models.DateTimeField(_("Started"))
    ended_at = models.DateTimeField(_("Ended"), null=True, blank=True)
    records = models.PositiveIntegerField(_("Records"), default=0)
    pairs = models.PositiveIntegerField(_("Pairs compared"), default=0)
    found = models.PositiveIntegerField(_("Possible matches"), default=0)
    model = models.JSONField(_("Trained weights"), default=dict)
    figures = models.JSONField(_("Quality of the records"), default=dict)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class PossibleMatch(models.Model):
    """Two records that may be one; `left_id` is the smaller. `weights` holds no personal data:
    for each field the level of agreement and its bits."""

    kind = models.CharField(_("Compared"), max_length=12, choices=list(MATCH_KINDS.items()))
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="matches")
    bits = models.FloatField(_("Weight, bits"))
    probability = models.FloatField(_("Probability"))
    weights = models.JSONField(_("Weights of the fields"), default=list)
    state = models.CharField(
        _("State"), max_length=8, choices=list(MATCH_STATES.items()), default=OPEN
    )
    decided_by = models.CharField(_("Decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    reason = models.CharField(_("Reason"), max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "kind", "-probability"], name="possible_match_queue")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "left_id", "right_id"], name="one_match_of_two_records"
            ),
            models.CheckConstraint(
                condition=models.Q(left_id__lt=models.F("right_id")), name="match_smaller_id_left"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.left_id}-{self.right_id}"


class Merge(models.Model):
    """One record taken into another. `moved` lists every reference that was turned to the kept
    record (table, field, key), so that a split turns back exactly those."""

    kind = models.CharField(_("Kind"), max_length=12, choices=list(MATCH_KINDS.items()))
    kept_id = models.BigIntegerField()
    absorbed_id = models.BigIntegerField()
    match = models.ForeignKey(
        PossibleMatch, models.PROTECT, null=True, blank=True, related_name="merges"
    )
    moved = models.JSONField(default=list)
    by = models.CharField(_("By"), max_length=150)
    at = models.DateTimeField(_("Merged"))
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    undone_by = models.CharField(_("Undone by"), max_length=150, blank=True)
    undone_at = models.DateTimeField(_("Undone"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "absorbed_id"],
                condition=models.Q(undone_at=None),
                name="one_merge_in_force",
            )
        ]
        indexes = [models.Index(fields=["kind", "kept_id"], name="merges_by_kept")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.absorbed_id} into {self.kept_id}"
