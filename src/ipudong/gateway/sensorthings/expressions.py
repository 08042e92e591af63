"""`$filter` and `$orderby`: a recursive descent over tokens, bounded in depth and size."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.signatures import ARITHMETIC, SIGNATURES, check_call, check_sides
from ipudong.gateway.sensorthings.tokens import Mark, Token, tokenize, unexpected
from ipudong.gateway.sensorthings.values import kind_of

MAX_DEPTH: Final = 20
MAX_OPERATIONS: Final = 50
MAX_STEPS: Final = 8
MAX_ORDERS: Final = 10
COMPARISONS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_ADDITIVE: Final = frozenset({"add", "sub"})
_MULTIPLICATIVE: Final = frozenset({"mul", "div", "mod"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: text, number, truth, time, interval, day, clock, duration, geometry or null."""

    value: Any
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A property, one of a related entity (`Thing/name`), or inside JSON (`properties/a/b`)."""

    parts: tuple[str, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or an arithmetic operator (`add`, `sub`, `mul`, `div`, `mod`), of values."""

    name: str
    arguments: tuple["Expression", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    operator: str
    left: "Expression"
    right: "Expression"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """All (`and`) or any (`or`) of the operands."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`not operand`."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Quantified:
    """`path/any(x: condition)` or `all`; the paths of the condition begin at the related entity."""

    quantifier: str
    path: Path
    condition: "Expression | None"


Expression: TypeAlias = Literal | Path | Call | Comparison | Logical | Negation | Quantified


@dataclass(frozen=True, slots=True)
class Order:
    """One key of `$orderby`."""

    path: Expression
    descending: bool = False


def parse_filter(text: str) -> Expression:
    """The expression of a `$filter`. Raises RequestRefused."""
    parser = _Parser(tokenize(text))
    expression = parser.parse_condition()
    parser.expect_end()
    return expression


def parse_orderby(text: str) -> tuple[Order, ...]:
    """The keys of an `$orderby`. Raises RequestRefused."""
    parser = _Parser(tokenize(text))
    orders = [parser.parse_order()]
    while parser.take_symbol(","):
        orders.append(parser.parse_order())
    parser.expect_end()
    if len(orders) > MAX_ORDERS:
        raise bad_request("expression_too_long", f"At most {MAX_ORDERS} keys of $orderby.")
    return tuple(orders)


def list_paths(expression: Expression) -> Iterator[Path]:
    """Every path that starts at the entity itself."""
    match expression:
        case Path():
            yield expression
        case Quantified(path=path):
            yield path
        case Negation(operand=operand):
            yield from list_paths(operand)
        case Comparison(left=left, right=right):
            yield from list_paths(left)
            yield from list_paths(right)
        case Call(arguments=parts) | Logical(operands=parts):
            for part in parts:
                yield from list_paths(part)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operations = 0
        self._variables: list[str] = []

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._token
        self._at += token.mark is not Mark.END
        return token

    def _is_symbol(self, symbol: str) -> bool:
        return self._token.mark is Mark.SYMBOL and self._token.text == symbol

    def take_symbol(self, symbol: str) -> bool:
        """Step over a symbol if it is next."""
        if self._is_symbol(symbol):
            self._at += 1
            return True
        return False

    def _expect_symbol(self, symbol: str) -> None:
        if not self.take_symbol(symbol):
            raise unexpected(self._token, f"'{symbol}'")

    def _take_word(self, words: frozenset[str] | set[str]) -> Token | None:
        if self._token.mark is Mark.WORD and self._token.text in words:
            return self._take()
        return None

    def expect_end(self) -> None:
        """Refuse what is left over."""
        if self._token.mark is not Mark.END:
            raise unexpected(self._token, "the end")

    # From the weakest operator to the strongest.

    def parse_condition(self) -> Expression:
        """A chain of `or`; what comes out is true or false."""
        start = self._token
        expression = self._parse_or()
        _require_condition(expression, start, self._token)
        return expression

    def _parse_or(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise bad_request("expression_too_deep", f"At most {MAX_DEPTH} levels.")
        found = self._parse_chain("or", lambda: self._parse_chain("and", self._parse_not))
        self._depth -= 1
        return found

    def _parse_chain(self, word: str, parse: Callable[[], Expression]) -> Expression:
        start = self._token
        operands = [parse()]
        while self._take_word({word}):
            operands.append(parse())
        if len(operands) == 1:
            return operands[0]
        for operand in operands:
            _require_condition(operand, start, self._token)
        return Logical(word, tuple(operands))

    def _parse_not(self) -> Expression:
        negations = 0
        while self._take_word({"not"}):
            negations += 1
        start = self._token
        operand = self._parse_comparison()
        if not negations:
            return operand
        _require_condition(operand, start, self._token)
        return Negation(operand) if negations % 2 else operand

    def _parse_comparison(self) -> Expression:
        left = self._parse_additive()
        if self._take_word({"in"}):
            return self._parse_list(left)
        operator = self._take_word(COMPARISONS)
        if operator is None:
            return left
        self._count(1)
        right = self._parse_additive()
        check_sides(operator.text, kind_at_sight(left), kind_at_sight(right), operator.at)
        return Comparison(operator.text, left, right, operator.at)

    def _parse_list(self, left: Expression) -> Expression:
        """`name in ('a','b')` is `name eq 'a' or name eq 'b'`."""
        at = self._token.at
        self._expect_symbol("(")
        found: list[Expression] = []
        while not found or self.take_symbol(","):
            token = self._take()
            if token.mark is not Mark.LITERAL:
                raise unexpected(token, "a value")
            check_sides("eq", kind_at_sight(left), kind_of(token.value), token.at)
            found.append(Comparison("eq", left, Literal(token.value, token.at), at))
        self._expect_symbol(")")
        self._count(len(found))
        return found[0] if len(found) == 1 else Logical("or", tuple(found))

    def _parse_additive(self) -> Expression:
        return self._parse_arithmetic(
            _ADDITIVE, lambda: self._parse_arithmetic(_MULTIPLICATIVE, self._parse_primary)
        )

    def _parse_arithmetic(
        self, operators: frozenset[str], parse: Callable[[], Expression]
    ) -> Expression:
        left = parse()
        while operator := self._take_word(operators):
            self._count(1)
            left = _make_call(operator, (left, parse()))
        return left

    def _count(self, operations: int) -> None:
        self._operations += operations
        if self._operations > MAX_OPERATIONS:
            raise bad_request("expression_too_long", f"At most {MAX_OPERATIONS} operations.")

    def _parse_primary(self) -> Expression:
        token = self._token
        if token.mark is Mark.LITERAL:
            self._take()
            return Literal(token.value, token.at)
        if self.take_symbol("("):
            inner = self._parse_or()
            self._expect_symbol(")")
            return inner
        if token.mark is not Mark.WORD:
            raise unexpected(token, "a property, a function or a value")
        following = self._tokens[self._at + 1]
        if following.mark is Mark.SYMBOL and following.text == "(":
            return self._parse_call()
        return self._parse_path()

    def _parse_call(self) -> Expression:
        name = self._take()
        self._expect_symbol("(")
        arguments: list[Expression] = []
        if not self._is_symbol(")"):
            arguments.append(self._parse_or())
            while self.take_symbol(","):
                arguments.append(self._parse_or())
        self._expect_symbol(")")
        return _make_call(name, tuple(arguments))

    def _parse_path(self) -> Path | Quantified:
        at = self._token.at
        parts = [self._parse_name()]
        while self.take_symbol("/"):
            quantifier = self._take_quantifier()
            if quantifier is not None:
                return self._parse_quantified(quantifier, Path(self._own_parts(parts), at))
            parts.append(self._parse_name())
            if len(parts) > MAX_STEPS:
                raise bad_request("expression_too_deep", f"At most {MAX_STEPS} steps.", at=at)
        return Path(self._own_parts(parts), at)

    def _own_parts(self, parts: list[str]) -> tuple[str, ...]:
        """A path inside `any(x: ...)` begins with x, which stands for the related entity."""
        if not self._variables:
            return tuple(parts)
        if parts[0] != self._variables[-1] or len(parts) < 2:
            raise bad_request("bad_expression", f"A path here begins with {self._variables[-1]}/.")
        return tuple(parts[1:])

    def _take_quantifier(self) -> str | None:
        following = self._tokens[self._at + 1] if self._token.mark is Mark.WORD else self._token
        if following.mark is Mark.SYMBOL and following.text == "(":
            found = self._take_word({"any", "all"})
            if found is None:
                raise unexpected(self._token, "any or all")
            return found.text
        return None

    def _parse_quantified(self, quantifier: str, path: Path) -> Quantified:
        self._expect_symbol("(")
        if quantifier == "any" and self.take_symbol(")"):
            return Quantified(quantifier, path, None)
        variable = self._take()
        if variable.mark is not Mark.WORD:
            raise unexpected(variable, "a variable")
        self._expect_symbol(":")
        self._variables.append(variable.text)
        condition = self.parse_condition()
        self._variables.pop()
        self._expect_symbol(")")
        return Quantified(quantifier, path, condition)

    def _parse_name(self) -> str:
        token = self._token
        # Inside JSON any word, and a place in a list, may be a name.
        is_place = isinstance(token.value, int) and token.text.isdigit()
        if token.mark is not Mark.WORD and not is_place:
            raise unexpected(token, "a property")
        return self._take().text

    def parse_order(self) -> Order:
        """A value and a direction."""
        key = self._parse_additive()
        direction = self._take_word({"asc", "desc"})
        return Order(key, direction is not None and direction.text == "desc")


def _make_call(name: Token, arguments: tuple[Expression, ...]) -> Call:
    if name.text not in SIGNATURES and name.text not in ARITHMETIC:
        raise unexpected(name, "a function of the standard")
    check_call(name.text, tuple(kind_at_sight(part) for part in arguments), name.at)
    return Call(name.text, arguments, name.at)


def kind_at_sight(expression: Expression) -> str:
    """The kind of a value as far as the text alone tells it; of a path it is `any`."""
    match expression:
        case Literal(value=value):
            return kind_of(value)
        case Path():
            return "any"
        case Call(name=name, arguments=arguments):
            if name in ARITHMETIC:
                return _kind_of_arithmetic(name, arguments)
            return SIGNATURES[name].result
    return "truth"


def _kind_of_arithmetic(name: str, arguments: tuple[Expression, ...]) -> str:
    kinds = [kind_at_sight(part) for part in arguments]
    if "time" in kinds:
        return "duration" if name == "sub" and kinds == ["time", "time"] else "time"
    if "duration" in kinds or "any" in kinds:
        return "any"
    return "number"


def _require_condition(expression: Expression, start: Token, following: Token) -> None:
    kind = kind_at_sight(expression)
    if kind == "truth":
        return
    if isinstance(expression, Path):
        raise unexpected(following, "eq, ne, gt, ge, lt or le")
    raise _no_condition(start, kind)


def _no_condition(start: Token, kind: str) -> RequestRefused:
    detail = f"At character {start.at}: a condition was expected, this is a {kind}."
    return bad_request("bad_expression", detail, at=start.at)
