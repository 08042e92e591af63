"""What officers write on a case page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models import SuspensionReason
from ipudong.portal.cases.opinions import OPINIONS

LONGEST = 4000


def _text(label: Any, *, rows: int = 3, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONGEST, required=required, widget=widget)


class MessageForm(forms.Form):
    """A message to the applicant."""

    text = _text(_("Message to the applicant"))


class AskForm(forms.Form):
    """What is missing, all of it at once."""

    text = _text(_("What is missing"))
    wanted = forms.MultipleChoiceField(
        label=_("Fields and materials"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, fields: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = fields  # type: ignore[attr-defined]
        if not fields:
            del self.fields["wanted"]


class SuspendForm(forms.Form):
    """Why the clock stops."""

    reason = forms.ChoiceField(
        label=_("Ground"),
        choices=[row for row in SuspensionReason.choices if row[0] != SuspensionReason.SUPPLEMENT],
    )
    text = _text(_("Explanation"))


class ResumeForm(forms.Form):
    """Why the clock goes on."""

    text = _text(_("Remark"), rows=2, required=False)


class ConsultForm(forms.Form):
    """A question to one or more departments at once."""

    departments = forms.MultipleChoiceField(
        label=_("Departments"), widget=forms.CheckboxSelectMultiple
    )
    question = _text(_("Question"))
    due_on = forms.DateField(
        label=_("Answer by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, departments: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = departments  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """What the own department holds."""

    opinion = forms.ChoiceField(
        label=_("What your department holds"), choices=list(OPINIONS.items())
    )
    answer = _text(_("Your department's answer"))


class RefuseForm(forms.Form):
    """Why it is refused, and by which clause."""

    reason = _text(_("Reason"))
    legal_reason = forms.CharField(
        label=_("Clause it rests on"),
        max_length=300,
        help_text=_("For example: Food Safety Law, article 35."),
    )


class OfflineForm(forms.Form):
    """What was done outside the system."""

    what = _text(_("What was done"), rows=2)


class MoveForm(forms.Form):
    """To which version of the process."""

    version = forms.TypedChoiceField(label=_("Version"), coerce=int)
    reason = _text(_("Reason"), rows=2)

    def __init__(self, *args: Any, versions: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(n, str(n)) for n in versions]  # type: ignore[attr-defined]
