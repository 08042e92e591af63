"""What is wrong with an answer: a code and figures; the words come with the page's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.forms.declaration import NOTHING, Words

# One text for each code; `{name}` places are filled from the problem's fields. The browser gets
# the same texts, so that it says what the server would.
TEXTS: Final[Mapping[str, Promise]] = {
    "required": _("Please answer this question."),
    "choose": _("Please choose one."),
    "agree": _("Please tick this box to go on."),
    "attach": _("Please add this material."),
    "too_short": _("Too short: at least {limit} characters."),
    "too_long": _("Too long: at most {limit} characters."),
    "pattern": _("This does not have the form that is asked for."),
    "not_a_choice": _("Please choose one of the answers offered."),
    "not_a_number": _("Please write a number in digits."),
    "too_small": _("At least {limit}, please."),
    "too_large": _("At most {limit}, please."),
    "step": _("Please write a multiple of {limit}."),
    "too_few": _("At least {limit}, please."),
    "too_many": _("No more than {limit}, please."),
    "twice": _("The same answer stands here twice."),
    "unreadable": _("This answer could not be read."),
    "too_much": _("The form holds more than may be sent at once. Please shorten it."),
    "citizen-number": _("This is not a valid citizen identity number. Please check its digits."),
    "credit-code": _("This is not a valid unified social credit code. Please check it."),
    "mobile-phone": _("A mobile number has 11 digits and begins with 13 to 19."),
    "phone": _("Please write a phone number, such as 021-58780000 or a mobile number."),
    "date": _("Please write a day that exists, such as 2026-11-22."),
    "month": _("Please write a month, such as 2026-11."),
    "time-of-day": _("Please write a time, such as 09:30."),
    "money": _("Please write an amount in yuan, such as 1200 or 1200.50."),
    "postal-code": _("A postal code has 6 digits."),
    "email": _("Please write an e-mail address, such as name@example.cn."),
    "address": _("Please write the whole address with road, number and room."),
}


@dataclass(frozen=True)
class Problem:
    """One wrong answer: `path` is `name` or `group/0/name`, "" the form as a whole."""

    path: str
    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    words: Words = NOTHING

    @property
    def text(self) -> str:
        """What to tell the person, in the language of the page."""
        if self.words:
            return self.words.said(get_language() or "zh-hans")
        return str(TEXTS[self.code]).format(**self.fields)

    @property
    def anchor(self) -> str:
        """Id of the field's element on the page."""
        return anchor_of(self.path)


def anchor_of(path: str) -> str:
    """Id of the element that asks for `path`."""
    return "f-" + path.replace("/", "-")
