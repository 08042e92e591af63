"""Reads a FEEL expression or unary tests into nodes (grammar: DMN 1.5, 10.3.1.2).

Bounded: a text of 20,000 characters, 40 levels of nesting; backtracking only inside the ends of a
range and the brackets after `in`, each at most twice a level.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.moments import parse_moment
from ipudong.city.casework.decisions.nodes import (
    Between,
    ContextOf,
    Filter,
    FunctionOf,
    If,
    In,
    InstanceOf,
    Invocation,
    Iteration,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Operation,
    Path,
    RangeOf,
    Tests,
)
from ipudong.city.casework.decisions.tokens import (
    MAX_TEXT,
    Names,
    Token,
    read_key,
    read_token,
    refuse,
)
from ipudong.city.casework.decisions.values import to_number

MAX_DEPTH: Final = 40
MAX_TOKENS: Final = 40_000
_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_TYPES: Final = (
    "days and time duration",
    "years and months duration",
    "date and time",
    "day time duration",
    "year month duration",
)


def parse_expression(text: str, names: Names) -> Node:
    """The node of an expression; `DecisionError` with line and column for what is none."""
    parser = _Parser(text, names)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_tests(text: str, names: Names) -> Tests:
    """The unary tests of a decision table's cell."""
    parser = _Parser(text, names)
    node = parser.unary_tests()
    parser.expect_end()
    return node


class _Parser:
    """One expression being read; `_at` is where the next token begins."""

    def __init__(self, text: str, names: Names) -> None:
        if len(text) > MAX_TEXT:
            raise DecisionError("expression_too_long", most=MAX_TEXT)
        self._text = text
        self._names = names
        self._at = 0
        self._depth = 0
        self._read = 0
        self._filters = True
        self._next: Token | None = None

    # -- tokens

    @property
    def _token(self) -> Token:
        if self._next is None:
            self._read += 1
            if self._read > MAX_TOKENS:
                raise DecisionError("too_much", most=MAX_TOKENS)
            self._next = read_token(self._text, self._at, self._names)
        return self._next

    def _advance(self, token: Token | None = None) -> Token:
        token = token or self._token
        self._at, self._next = token.end, None
        return token

    def _return_to(self, at: int) -> None:
        self._at, self._next = at, None

    def _sees(self, *texts: str) -> bool:
        return self._token.kind in {"sign", "word"} and self._token.text in texts

    def _take(self, *texts: str) -> str:
        return self._advance().text if self._sees(*texts) else ""

    def _expect(self, *texts: str) -> str:
        if not self._sees(*texts):
            raise self._refusal(expected=" ".join(texts))
        return self._advance().text

    def _refusal(self, code: str = "syntax", **fields: object) -> DecisionError:
        return refuse(self._text, self._token.start, code, **fields)

    def expect_end(self) -> None:
        """Refuse whatever stands behind what was read."""
        if self._token.kind != "end":
            raise self._refusal(expected="end")

    # -- unary tests

    def unary_tests(self) -> Tests:
        """`-`, `not(…)`, or tests with commas between."""
        start = self._at
        if self._take("-") and self._token.kind == "end":
            return Tests(())
        self._return_to(start)
        if self._take("not") and self._take("("):
            with suppress(DecisionError):
                tests = self._test_list()
                self._expect(")")
                self.expect_end()
                return Tests(tests, negated=True)
        self._return_to(start)
        return Tests(self._test_list())

    def _test_list(self) -> tuple[Node, ...]:
        tests = [self._test()]
        while self._take(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> Node:
        if self._sees("<", "<=", ">", ">=", "=", "!="):
            return self._one_sided()
        return self.expression()

    def _one_sided(self) -> Node:
        sign = self._advance().text
        bound = self._addition()
        if sign in {"=", "!="}:
            return Operation(sign, Name("?"), bound)
        closed = sign.endswith("=")
        if sign.startswith("<"):
            return RangeOf(None, bound, start_closed=False, end_closed=closed)
        return RangeOf(bound, None, start_closed=closed, end_closed=False)

    # -- expressions, loosest first

    def expression(self) -> Node:
        """Any expression."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refusal("too_deep", most=MAX_DEPTH)
        filters, self._filters = self._filters, True
        try:
            return self._words().get(self._token.text, self._disjunction)()
        finally:
            self._filters = filters
            self._depth -= 1

    def _words(self) -> dict[str, Callable[[], Node]]:
        if self._token.kind != "word":
            return {}
        return {
            "if": self._if,
            "for": self._iteration,
            "some": self._iteration,
            "every": self._iteration,
            "function": self._function,
        }

    def _if(self) -> Node:
        self._expect("if")
        condition = self.expression()
        self._expect("then")
        then = self.expression()
        self._expect("else")
        return If(condition, then, self.expression())

    def _iteration(self) -> Node:
        word = self._advance().text
        before, domains = self._names, [self._domain()]
        while self._take(","):
            domains.append(self._domain())
        if word == "for":
            self._names = self._names.joined(["partial"])
        self._expect("return" if word == "for" else "satisfies")
        body = self.expression()
        self._names, self._next = before, None
        return Iteration(word, tuple(domains), body)

    def _domain(self) -> tuple[str, Node]:
        name = self._new_name()
        self._expect("in")
        domain = self.expression()
        if self._take(".."):
            domain = RangeOf(domain, self.expression(), start_closed=True, end_closed=True)
        return name, domain

    def _new_name(self) -> str:
        """A name being declared, which may have several words."""
        words = [self._name()]
        while self._token.kind == "name":
            words.append(self._advance().text)
        name = " ".join(words)
        self._names, self._next = self._names.joined([name]), None
        return name

    def _function(self) -> Node:
        self._expect("function")
        self._expect("(")
        parameters: list[str] = []
        while not self._take(")"):
            parameters.append(self._new_name())
            if self._take(":"):
                self._type()
            if not self._sees(")"):
                self._expect(",")
        return FunctionOf(tuple(parameters), self.expression())

    def _disjunction(self) -> Node:
        return self._chain(self._conjunction, "or")

    def _conjunction(self) -> Node:
        return self._chain(self._comparison, "and")

    def _chain(self, operand: Callable[[], Node], *signs: str) -> Node:
        node = operand()
        while sign := self._take(*signs):
            node = Operation(sign, node, operand())
        return node

    def _comparison(self) -> Node:
        node = self._addition()
        while True:
            if sign := self._take(*_COMPARISONS):
                node = Operation(sign, node, self._addition())
            elif self._take("between"):
                low = self._addition()
                self._expect("and")
                node = Between(node, low, self._addition())
            elif self._take("in"):
                node = In(node, self._in_tests())
            elif self._take("instance"):
                self._expect("of")
                node = InstanceOf(node, self._type())
            else:
                return node

    def _in_tests(self) -> Tests:
        start, names = self._at, self._names
        if self._take("("):
            with suppress(DecisionError):
                tests = self._test_list()
                self._expect(")")
                return Tests(tests)
            self._return_to(start)
            self._names = names
        if self._sees("<", "<=", ">", ">=", "=", "!="):
            return Tests((self._one_sided(),))
        return Tests((self._addition(),))

    def _type(self) -> str:
        self._names, before = self._names.joined(_TYPES), self._names
        self._next = None
        kind = self._name_or_word()
        self._names = before
        return kind

    def _name_or_word(self) -> str:
        if self._token.kind not in {"name", "word"}:
            raise self._refusal(expected="name")
        return self._advance().text

    def _addition(self) -> Node:
        return self._chain(self._multiplication, "+", "-")

    def _multiplication(self) -> Node:
        return self._chain(self._power, "*", "/")

    def _power(self) -> Node:
        return self._chain(self._unary, "**")

    def _unary(self) -> Node:
        signs = 0
        while self._take("-"):
            signs += 1
            if signs > MAX_DEPTH:
                raise self._refusal("too_deep", most=MAX_DEPTH)
        node = self._postfix()
        for _ in range(signs):
            node = Negation(node)
        return node

    # -- names, filters and calls

    def _postfix(self) -> Node:
        node = self._primary()
        while True:
            if self._take("."):
                node = Path(node, self._name_or_word())
            elif self._filters and self._sees("["):
                node = Filter(node, self._condition())
            elif self._sees("(") and isinstance(node, Name | Path | FunctionOf | Invocation):
                node = self._invocation(node)
            else:
                return node

    def _condition(self) -> Node:
        self._expect("[")
        condition = self.expression()
        self._expect("]")
        return condition

    def _invocation(self, function: Node) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        names: list[str] = []
        while not self._take(")"):
            if key := read_key(self._text, self._at):
                names.append(self._advance(key).text)
                self._expect(":")
            arguments.append(self.expression())
            if not self._sees(")"):
                self._expect(",")
        if names and len(names) != len(arguments):
            raise self._refusal("mixed_arguments")
        return Invocation(function, tuple(arguments), tuple(names))

    def _name(self) -> str:
        if self._token.kind != "name":
            raise self._refusal(expected="name")
        return self._advance().text

    def _primary(self) -> Node:
        token = self._token
        if token.kind == "number":
            return Literal(to_number(self._advance().text))
        if token.kind == "string":
            return Literal(self._advance().text)
        if token.kind == "name":
            return Name(self._advance().text)
        if token.kind == "word" and token.text in _CONSTANTS:
            return Literal(_CONSTANTS[self._advance().text])
        if token.kind == "word" and token.text == "not":
            return Name(self._advance().text)
        return self._bracketed()

    def _bracketed(self) -> Node:
        signs: dict[str, Callable[[], Node]] = {
            "(": self._group,
            "[": self._list_or_range,
            "]": lambda: self._range_from("]"),
            "{": self._context,
            "@": self._moment,
            "?": self._question,
        }
        if self._token.kind != "sign" or self._token.text not in signs:
            raise self._refusal(expected="value")
        return signs[self._token.text]()

    def _question(self) -> Node:
        self._expect("?")
        return Name("?")

    def _moment(self) -> Node:
        self._expect("@")
        if self._token.kind != "string":
            raise self._refusal(expected="text")
        return Literal(parse_moment(self._advance().text))

    def _group(self) -> Node:
        self._expect("(")
        if self._sees("<", "<=", ">", ">="):
            node = self._one_sided()
            self._expect(")")
            return node
        node = self.expression()
        if self._take(".."):
            return self._range_to("(", node)
        self._expect(")")
        return node

    def _list_or_range(self) -> Node:
        self._expect("[")
        items: list[Node] = []
        while not self._take("]"):
            items.append(self.expression())
            if len(items) == 1 and self._take(".."):
                return self._range_to("[", items[0])
            if not self._sees("]"):
                self._expect(",")
        return ListOf(tuple(items))

    def _range_from(self, bracket: str) -> Node:
        self._expect(bracket)
        start = self._addition()
        self._expect("..")
        return self._range_to(bracket, start)

    def _range_to(self, bracket: str, start: Node) -> Node:
        """The end of a range; `[1..2[` looks like a filter, so a second look reads none."""
        at = self._at
        for filters in (True, False):
            self._return_to(at)
            self._filters = filters
            try:
                end = self._addition()
                closing = self._expect("]", ")", "[")
            except DecisionError:
                if not filters:
                    raise
                continue
            finally:
                self._filters = True
            return RangeOf(start, end, bracket == "[", closing == "]")
        raise self._refusal()

    def _context(self) -> Node:
        self._expect("{")
        before, entries = self._names, list[tuple[str, Node]]()
        while not self._take("}"):
            entries.append(self._entry(dict(entries)))
            if not self._sees("}"):
                self._expect(",")
        self._names = before.joined(name for name, _ in entries)
        return ContextOf(tuple(entries))

    def _entry(self, seen: dict[str, Node]) -> tuple[str, Node]:
        key = read_key(self._text, self._at)
        if key is None or key.text in seen:
            raise self._refusal("duplicate_key" if key else "syntax", expected="key")
        self._advance(key)
        self._expect(":")
        value = self.expression()
        self._names, self._next = self._names.joined([key.text]), None
        return key.text, value
