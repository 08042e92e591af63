"""`$filter` and `$orderby`: a recursive descent over tokens, bounded in depth and size."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ipudong.gateway.api.problems import bad_request, not_implemented
from ipudong.gateway.sensorthings.tokens import Mark, Token, tokenize, unexpected

MAX_DEPTH = 20
MAX_COMPARISONS = 50
COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: text, number, truth, time or null."""

    value: str | float | int | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Path:
    """A property, or one of a related entity: `Thing/name`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    operator: str
    left: "Path | Literal"
    right: "Path | Literal"


@dataclass(frozen=True, slots=True)
class Logical:
    """All (`and`) or any (`or`) of the operands."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`not operand`."""

    operand: "Expression"


Expression: TypeAlias = Comparison | Logical | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One key of `$orderby`."""

    path: Path
    descending: bool = False


def parse_filter(text: str) -> Expression:
    """The expression of a `$filter`. Raises RequestRefused."""
    parser = _Parser(tokenize(text))
    expression = parser.parse_or(0)
    parser.expect_end()
    return expression


def parse_orderby(text: str) -> tuple[Order, ...]:
    """The keys of an `$orderby`. Raises RequestRefused."""
    parser = _Parser(tokenize(text))
    orders = [parser.parse_order()]
    while parser.take_symbol(","):
        orders.append(parser.parse_order())
    parser.expect_end()
    return tuple(orders)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._comparisons = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._token
        self._at += token.mark is not Mark.END
        return token

    def take_symbol(self, symbol: str) -> bool:
        """Step over a symbol if it is next."""
        if self._token.mark is Mark.SYMBOL and self._token.text == symbol:
            self._at += 1
            return True
        return False

    def _take_word(self, words: frozenset[str] | set[str]) -> str | None:
        if self._token.mark is Mark.WORD and self._token.text in words:
            return self._take().text
        return None

    def expect_end(self) -> None:
        """Refuse what is left over."""
        if self._token.mark is not Mark.END:
            raise unexpected(self._token, "the end")

    def parse_or(self, depth: int) -> Expression:
        """A chain of `or`, the weakest operator."""
        operands = [self._parse_and(depth)]
        while self._take_word({"or"}):
            operands.append(self._parse_and(depth))
        return operands[0] if len(operands) == 1 else Logical("or", tuple(operands))

    def _parse_and(self, depth: int) -> Expression:
        operands = [self._parse_not(depth)]
        while self._take_word({"and"}):
            operands.append(self._parse_not(depth))
        return operands[0] if len(operands) == 1 else Logical("and", tuple(operands))

    def _parse_not(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise bad_request("expression_too_deep", f"At most {MAX_DEPTH} levels.")
        if self._take_word({"not"}):
            return Negation(self._parse_not(depth + 1))
        if self.take_symbol("("):
            inner = self.parse_or(depth + 1)
            if not self.take_symbol(")"):
                raise unexpected(self._token, "')'")
            return inner
        return self._parse_comparison()

    def _parse_comparison(self) -> Comparison:
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise bad_request("expression_too_long", f"At most {MAX_COMPARISONS} comparisons.")
        left = self._parse_operand()
        if self._token.text in _ARITHMETIC:
            raise not_implemented("arithmetic", "Arithmetic in $filter is not offered yet.")
        operator = self._take_word(COMPARISONS)
        if operator is None:
            raise unexpected(self._token, "eq, ne, gt, ge, lt or le")
        return Comparison(operator, left, self._parse_operand())

    def _parse_operand(self) -> Path | Literal:
        token = self._token
        if token.mark is Mark.LITERAL:
            return Literal(self._take().value)
        return self._parse_path()

    def _parse_path(self) -> Path:
        parts = [self._parse_name()]
        if self.take_symbol("("):
            raise not_implemented("function", f"The function {parts[0]} is not offered yet.")
        while self.take_symbol("/"):
            parts.append(self._parse_name())
        return Path(tuple(parts))

    def _parse_name(self) -> str:
        if self._token.mark is not Mark.WORD:
            raise unexpected(self._token, "a property")
        return self._take().text

    def parse_order(self) -> Order:
        """A path and a direction."""
        path = self._parse_path()
        return Order(path, self._take_word({"asc", "desc"}) == "desc")
