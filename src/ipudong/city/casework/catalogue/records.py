"""A service item as its `item.toml` says it: frozen records, texts in both languages."""

from typing import Annotated, Literal

import msgspec

from ipudong.city.languages import reads_chinese

Kind = Literal["permit", "confirmation", "payment", "levy", "award", "ruling", "other", "public"]
OnlineDepth = Literal["none", "information", "query", "acceptance", "whole"]
Audience = Literal["person", "organization"]
ChannelName = Literal["online", "window", "kiosk", "post", "phone"]
Copy = Literal["original", "copy", "electronic", "either"]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=400)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key nobody declared is refused."""


class Words(Record, frozen=True, kw_only=True):
    """A text in both languages of the house."""

    zh: Text
    en: Text

    def __str__(self) -> str:
        return self.zh if reads_chinese() else self.en


class Everyday(Record, frozen=True, kw_only=True):
    """What people call it, in their words; the search knows them."""

    zh: tuple[Text, ...]
    en: tuple[Text, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """In the language of the page."""
        return self.zh if reads_chinese() else self.en


class Material(Record, frozen=True, kw_only=True):
    """Something to hand in. `waived`: the office takes it from a register or an e-licence instead,
    so nobody needs to bring it (免交). `sample` says what a good one looks like."""

    code: Code
    name: Words
    issuer: Words
    copy: Copy = "either"
    required: bool = True
    waived: bool = False
    when: Words | None = None
    sample: Words | None = None


class Fee(Record, frozen=True, kw_only=True):
    """What it costs, and by which rule."""

    code: Code
    name: Words
    yuan: Annotated[float, msgspec.Meta(ge=0)]
    basis: Words


class Situation(Record, frozen=True, kw_only=True):
    """One way the item is asked for (情形), with materials, fees and limits of its own. Days are
    working days; those of the item hold where none are given."""

    code: Code
    name: Words
    note: Words | None = None
    materials: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1)]
    fees: tuple[Code, ...] = ()
    promised_days: Days | None = None
    legal_days: Days | None = None
    visits: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None


class Step(Record, frozen=True, kw_only=True):
    """One step of the way; neighbors with the same `beside` run at the same time."""

    name: Words
    by: str
    days: Days = 0
    beside: str = ""
    note: Words | None = None
    situations: tuple[Code, ...] = ()


class Basis(Record, frozen=True, kw_only=True):
    """A clause on which the item rests."""

    title: Words
    clause: Words


class Result(Record, frozen=True, kw_only=True):
    """What one gets. `licence` is the code of the e-licence later cases may use, valid for
    `valid_months` (0: no end). `situations` and `only_if` (an answer of the process that must be
    true) say when it is issued."""

    name: Words
    validity: Words
    licence: str = ""
    valid_months: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    situations: tuple[Code, ...] = ()
    only_if: str = ""


class Place(Record, frozen=True, kw_only=True):
    """Where and when one may go."""

    name: Words
    address: Words
    hours: Words
    phone: str = ""


class Question(Record, frozen=True, kw_only=True):
    """A question often asked, with its answer."""

    asked: Words
    answer: Words


class Choice(Record, frozen=True, kw_only=True):
    """One answer to choose."""

    value: Code
    name: Words


class Check(Record, frozen=True, kw_only=True):
    """A question of the eligibility check; its code is the input of the decision."""

    code: Code
    asked: Words
    kind: Literal["yes_no", "number", "choice"]
    choices: tuple[Choice, ...] = ()
    unit: Words | None = None


class Answer(Record, frozen=True, kw_only=True):
    """What the decision's outcome means. `tone` yes, no or ask (somebody must look)."""

    code: Code
    tone: Literal["yes", "no", "ask"]
    text: Words


class Item(Record, frozen=True, kw_only=True):
    """A service item with its guide. See docs/reference/service-catalogue.md for every key."""

    code: Code
    item_code: str
    kind: Kind
    name: Words
    everyday: Everyday
    summary: Words
    department: str
    partners: tuple[str, ...] = ()
    audience: tuple[Audience, ...]
    themes: tuple[Code, ...]
    events: tuple[Code, ...] = ()
    channels: tuple[ChannelName, ...]
    depth: OnlineDepth
    case_kind: str = ""
    promised_days: Days
    legal_days: Days
    visits: Annotated[int, msgspec.Meta(ge=0, le=9)]
    related: tuple[Code, ...] = ()
    conditions: tuple[Words, ...] = ()
    materials: tuple[Material, ...] = ()
    fees: tuple[Fee, ...] = ()
    situations: Annotated[tuple[Situation, ...], msgspec.Meta(min_length=1)]
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]
    basis: Annotated[tuple[Basis, ...], msgspec.Meta(min_length=1)]
    results: Annotated[tuple[Result, ...], msgspec.Meta(min_length=1)]
    places: Annotated[tuple[Place, ...], msgspec.Meta(min_length=1)]
    questions: tuple[Question, ...] = ()
    checks: tuple[Check, ...] = ()
    answers: tuple[Answer, ...] = ()

    def find_situation(self, code: str) -> Situation | None:
        """The situation of that code."""
        return next((row for row in self.situations if row.code == code), None)

    def materials_of(self, situation: Situation) -> list[Material]:
        """What is to be handed in there, in the order the situation names it."""
        known = {row.code: row for row in self.materials}
        return [known[code] for code in situation.materials]

    def fees_of(self, situation: Situation) -> list[Fee]:
        """What it costs there."""
        known = {row.code: row for row in self.fees}
        return [known[code] for code in situation.fees]

    def steps_of(self, situation: Situation) -> list[Step]:
        """The steps of that way."""
        return [row for row in self.steps if not row.situations or situation.code in row.situations]

    def promised_days_of(self, situation: Situation) -> int:
        """Working days promised there."""
        days = situation.promised_days
        return self.promised_days if days is None else days

    def legal_days_of(self, situation: Situation) -> int:
        """Working days the law allows there."""
        days = situation.legal_days
        return self.legal_days if days is None else days

    def visits_of(self, situation: Situation) -> int:
        """How often one must come in person."""
        visits = situation.visits
        return self.visits if visits is None else visits


class RegisteredItem(Record, frozen=True, kw_only=True):
    """An item that is only registered: an office handles it at its counter, it has no guide yet."""

    code: Code
    kind: Kind
    department: str
    name: Words
    depth: OnlineDepth = "none"
