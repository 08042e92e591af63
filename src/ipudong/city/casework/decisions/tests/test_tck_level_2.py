"""The DMN TCK's cases of compliance level 2, restated (github.com/dmn-tck/tck).

Each row cites its case and its test; expressions, tables and expected values are the TCK's.
"""

from decimal import Decimal
from typing import Any

import pytest

from ipudong.city.casework.decisions import evaluate_expression, load_decisions, plain
from ipudong.city.casework.decisions.tests.dmn_files import (
    write_input,
    write_model,
    write_needs,
    write_table,
    write_text,
)

LONG = (
    "thisIsSomeLongStringThatMustBeProcessedSoHopefullyThisTestPassWithItAndIMustWriteSomething"
    "MoreSoItIsLongerAndLongerAndLongerAndLongerAndLongerTillItIsReallyLong"
)
CONSTANTS: list[tuple[str, str, object]] = [
    ("0100-1", "true", True),
    ("0100-2", "false", False),
    ("0101-1", ".872", Decimal("0.872")),
    ("0101-2", "-.872", Decimal("-0.872")),
    ("0101-4", "50", Decimal(50)),
    ("0101-5", "-50", Decimal(-50)),
    ("0101-7", "125.4321987654", Decimal("125.4321987654")),
    ("0101-8", "-125.4321987654", Decimal("-125.4321987654")),
    ("0102-1", '"foo bar"', "foo bar"),
    ("0102-2", '"šomeÚnicodeŠtriňg"', "šomeÚnicodeŠtriňg"),
    ("0102-3", '"横綱"', "横綱"),
    ("0102-4", f'"{LONG}"', LONG),
]
MATH: list[tuple[str, str, str | None]] = [
    ("0105-1", "10+5", "15"),
    ("0105-2", "-10+-5", "-15"),
    ("0105-3", "(-10)+(-5)", "-15"),
    ("0105-4", "10-5", "5"),
    ("0105-5", "-10--5", "-5"),
    ("0105-6", "(-10)-(-5)", "-5"),
    ("0105-7", "(10+20)-(-5+3)", "32"),
    ("0105-8", "10*5", "50"),
    ("0105-9", "-10*-5", "50"),
    ("0105-10", "(-10)*(-5)", "50"),
    ("0105-11", "(10+5)*(-5*3)", "-225"),
    ("0105-12", "10/5", "2"),
    ("0105-13", "-10/-5", "2"),
    ("0105-14", "(-10)/(-5)", "2"),
    ("0105-15", "(10+20)/(-5*3)", "-2"),
    ("0105-16", "(10+20)/0", None),
    ("0105-17", "10**5", "100000"),
    ("0105-18", "10**-5", "0.00001"),
    ("0105-19", "(5+2)**5", "16807"),
    ("0105-20", "5+2**5", "37"),
    ("0105-21", "5+2**5+3", "40"),
    ("0105-22", "5+2**(5+3)", "261"),
    ("0105-23", "10+null", None),
    ("0105-24", "null + 10", None),
    ("0105-25", "10 - null", None),
    ("0105-26", "null - 10", None),
    ("0105-27", "10 * null", None),
    ("0105-28", "null * 10", None),
    ("0105-29", "10 / null", None),
    ("0105-30", "null / 10", None),
    ("0105-31", "10 + 20 / -5 - 3", "3"),
    ("0105-32", "10 + 20 / (-5 - 3)", "7.5"),
    ("0105-33", "1.2*10**3", "1200"),
]
# 0106: A, B, A and B, A or B
LOGIC: list[tuple[bool | None, bool | None, bool | None, bool | None]] = [
    (True, True, True, True),
    (False, True, False, True),
    (None, True, None, True),
    (True, False, False, True),
    (False, False, False, False),
    (None, False, False, None),
    (True, None, None, True),
    (False, None, False, None),
    (None, None, None, None),
]


@pytest.mark.parametrize(("case", "text", "expected"), CONSTANTS)
def test_a_constant_is_what_it_says(case: str, text: str, expected: object) -> None:
    assert evaluate_expression(text) == expected


@pytest.mark.parametrize(("case", "text", "expected"), MATH)
def test_arithmetic_is_feel_s(case: str, text: str, expected: str | None) -> None:
    assert evaluate_expression(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(("a", "b", "both", "either"), LOGIC)
def test_logic_has_three_values_as_in_0106(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    inputs = {"A": a, "B": b}
    assert evaluate_expression("A and B", inputs) is both
    assert evaluate_expression("A or B", inputs) is either


@pytest.mark.parametrize(("a", "expected"), [(True, False), (False, True), (None, None)])
def test_not_has_three_values_as_in_0107(a: bool | None, expected: bool | None) -> None:
    assert evaluate_expression("not(A)", {"A": a}) is expected


def test_a_literal_speaks_of_inputs_with_blanks_as_in_0001_to_0003() -> None:
    status = (
        '<itemDefinition name="tEmploymentStatus"><typeRef>string</typeRef>'
        + write_text("allowedValues", '"UNEMPLOYED","EMPLOYED","SELF-EMPLOYED","STUDENT"')
        + "</itemDefinition>"
    )
    body = (
        status
        + write_input("Full Name", "string")
        + write_input("Monthly Salary", "number")
        + write_input("Employment Status", "tck:tEmploymentStatus")
        + write_decision("Greeting Message", '"Hello " + Full Name', ["Full Name"])
        + write_decision("Yearly Salary", "12 * Monthly Salary", ["Monthly Salary"])
        + write_decision(
            "Employment Status Statement",
            '"You are " + Employment Status',
            ["Employment Status"],
        )
    )
    model = load_decisions(write_model(body))
    inputs = {"Full Name": "John Doe", "Monthly Salary": 10000, "Employment Status": "EMPLOYED"}
    assert model.evaluate("Greeting Message", inputs) == "Hello John Doe"
    assert model.evaluate("Yearly Salary", inputs) == 120000
    assert model.evaluate("Employment Status Statement", inputs) == "You are EMPLOYED"


def write_decision(name: str, text: str, needs: list[str]) -> str:
    return (
        f'<decision id="d_{name}" name="{name}">{write_needs(needs)}'
        f"{write_text('literalExpression', text)}</decision>"
    )


APPLICANT = [("Age", "number", ""), ("RiskCategory", "string", '"High", "Low", "Medium"')]
AFFORDABLE = ("isAffordable", "boolean", "")
VERDICT = ("", '"Approved", "Declined"', "")
RISK_TABLES: dict[str, tuple[str, list[list[str]]]] = {
    "0004": (
        "UNIQUE",
        [
            [">=18", '"Medium","Low"', "true", '"Approved"'],
            ["<18", '"Medium","Low"', "true", '"Declined"'],
            ["-", '"High"', "true", '"Declined"'],
            ["-", "-", "false", '"Declined"'],
        ],
    ),
    "0005": (
        "ANY",
        [
            [">=18", '"Medium","Low"', "true", '"Approved"'],
            ["<18", "-", "-", '"Declined"'],
            ["-", '"High"', "-", '"Declined"'],
            ["-", "-", "false", '"Declined"'],
        ],
    ),
    "0006": (
        "PRIORITY",
        [
            [">=18", '"Medium","Low"', "true", '"Approved"'],
            ["<18", "-", "-", '"Declined"'],
            ["-", '"High"', "-", '"Declined"'],
            ["-", "-", "false", '"Declined"'],
        ],
    ),
    "0007": (
        "PRIORITY",
        [
            [">=18", '"Medium","Low"', "true", '"Approved"'],
            ["-", "-", "-", '"Declined"'],
        ],
    ),
}


@pytest.mark.parametrize("case", RISK_TABLES)
@pytest.mark.parametrize(
    ("age", "risk", "expected"),
    [(18, "Medium", "Approved"), (17, "Medium", "Declined"), (18, "High", "Declined")],
)
def test_a_simple_table_decides(case: str, age: int, risk: str, expected: str) -> None:
    policy, rules = RISK_TABLES[case]
    xml = write_table("Approval Status", policy, [*APPLICANT, AFFORDABLE], [VERDICT], rules)
    inputs = {"Age": age, "RiskCategory": risk, "isAffordable": True}
    assert load_decisions(xml).evaluate("Approval Status", inputs) == expected


LOANS = [
    (600000, "0.0375", 360, "2778.69354943277"),
    (30000, "0.0475", 60, "562.707359373292"),
    (600000, "0.0399", 360, "2861.03377700389"),
]


@pytest.mark.parametrize(("principal", "rate", "months", "expected"), LOANS)
def test_an_annuity_is_reckoned_as_in_0008(
    principal: int, rate: str, months: int, expected: str
) -> None:
    text = "(loan.principal*loan.rate/12)/(1-(1+loan.rate/12)**-loan.termMonths)"
    loan = {"principal": principal, "rate": Decimal(rate), "termMonths": months}
    found = evaluate_expression(text, {"loan": loan})
    assert abs(found - Decimal(expected)) < Decimal("1e-8")


INVOCATION = """
<itemDefinition name="tLoan">
  <itemComponent name="amount"><typeRef>feel:number</typeRef></itemComponent>
  <itemComponent name="rate"><typeRef>feel:number</typeRef></itemComponent>
  <itemComponent name="term"><typeRef>feel:number</typeRef></itemComponent>
</itemDefinition>
<inputData id="l" name="Loan"><variable name="Loan" typeRef="tLoan"/></inputData>
<inputData id="f" name="fee"><variable name="fee" typeRef="feel:number"/></inputData>
<businessKnowledgeModel id="b" name="PMT"><encapsulatedLogic>
  <formalParameter name="p"/><formalParameter name="r"/><formalParameter name="n"/>
  <literalExpression><text>(p*r/12)/(1-(1+r/12)**-n)</text></literalExpression>
</encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="MonthlyPayment">
  <informationRequirement><requiredInput href="#l"/></informationRequirement>
  <informationRequirement><requiredInput href="#f"/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>
  <literalExpression><text>PMT(Loan.amount, Loan.rate, Loan.term)+fee</text></literalExpression>
</decision>"""


@pytest.mark.parametrize(("amount", "rate", "term", "without_fee"), LOANS)
@pytest.mark.parametrize("year", ["20151101/dmn.xsd", "20180521/MODEL/", "20230324/MODEL/"])
def test_a_knowledge_model_is_invoked_as_in_0009(
    amount: int, rate: str, term: int, without_fee: str, year: str
) -> None:
    xml = write_model(INVOCATION, f"http://www.omg.org/spec/DMN/{year}")
    loan = {"amount": amount, "rate": rate, "term": term}
    found = load_decisions(xml).evaluate("MonthlyPayment", {"Loan": loan, "fee": 100})
    assert abs(found - Decimal(without_fee) - 100) < Decimal("1e-8")


STATUS = ("Status", '"Approved", "Declined"', '"Declined"')
RATE = ("Rate", '"Best", "Standard"', '"Standard"')
UNIQUE_ROWS = [
    [">=18", '"Low"', "true", '"Approved"', '"Best"'],
    [">=18", '"Medium"', "true", '"Approved"', '"Standard"'],
    ["<18", '"Medium","Low"', "true", '"Declined"', '"Standard"'],
    ["-", '"High"', "true", '"Declined"', '"Standard"'],
    ["-", "-", "false", '"Declined"', '"Standard"'],
]
FIRST_ROWS = [
    [">=18", '"Medium"', "true", '"Approved"', '"Best"'],
    [">=12", '"Medium"', "true", '"Approved"', '"Standard"'],
    ["<12", '"Low"', "true", '"Declined"', '"Standard"'],
]
ORDER_ROWS = [
    [">=18", '"Medium","Low"', "true", '"Approved"', '"Basic"'],
    ["<18", "-", "-", '"Declined"', '"Standard"'],
    ["-", '"High"', "-", '"Approved"', '"Standard"'],
]
AD = "Approved/Declined"
ORDERED = [(AD, '"Approved", "Declined"', ""), ("Rate", "", "")]


def status(verdict: str, rate: str) -> dict[str, str]:
    return {"Status": verdict, "Rate": rate}


def verdict(word: str, rate: str) -> dict[str, str]:
    return {AD: word, "Rate": rate}


SEVERAL_OUTPUTS: list[tuple[str, str, Any, Any, int, str, object]] = [
    ("0010-1", "UNIQUE", [STATUS, RATE], UNIQUE_ROWS, 18, "Medium", status("Approved", "Standard")),
    ("0010-2", "UNIQUE", [STATUS, RATE], UNIQUE_ROWS, 17, "Medium", status("Declined", "Standard")),
    ("0010-3", "UNIQUE", [STATUS, RATE], UNIQUE_ROWS, 18, "High", status("Declined", "Standard")),
    ("0108-1", "FIRST", [STATUS, RATE], FIRST_ROWS, 19, "Medium", status("Approved", "Best")),
    ("0108-2", "FIRST", [STATUS, RATE], FIRST_ROWS, 13, "Medium", status("Approved", "Standard")),
    ("0108-3", "FIRST", [STATUS, RATE], FIRST_ROWS, 10, "Low", status("Declined", "Standard")),
    (
        *("0109-1", "RULE ORDER", [STATUS, RATE], FIRST_ROWS, 19, "Medium"),
        [status("Approved", "Best"), status("Approved", "Standard")],
    ),
    (
        *("0109-2", "RULE ORDER", [STATUS, RATE], FIRST_ROWS, 13, "Medium"),
        [status("Approved", "Standard")],
    ),
    (
        *("0109-3", "RULE ORDER", [STATUS, RATE], FIRST_ROWS, 10, "Low"),
        [status("Declined", "Standard")],
    ),
    (
        *("0110-1", "OUTPUT ORDER", ORDERED, ORDER_ROWS, 17, "High"),
        [verdict("Approved", "Standard"), verdict("Declined", "Standard")],
    ),
    ("0110-2", "OUTPUT ORDER", ORDERED, ORDER_ROWS, 19, "Low", [verdict("Approved", "Basic")]),
    ("0110-3", "OUTPUT ORDER", ORDERED, ORDER_ROWS, 10, "Low", [verdict("Declined", "Standard")]),
    (
        *("0117-1", "ANY", [STATUS, RATE]),
        [*UNIQUE_ROWS, [">=19", '"Low"', "true", '"Approved"', '"Best"']],
        *(19, "Low", status("Approved", "Best")),
    ),
    ("0117-2", "ANY", [STATUS, RATE], UNIQUE_ROWS, 17, "High", status("Declined", "Standard")),
    ("0117-3", "ANY", [STATUS, RATE], UNIQUE_ROWS, 19, "Medium", status("Approved", "Standard")),
    ("0118-1", "PRIORITY", ORDERED, ORDER_ROWS, 17, "High", verdict("Approved", "Standard")),
    ("0118-2", "PRIORITY", ORDERED, ORDER_ROWS, 19, "Low", verdict("Approved", "Basic")),
    ("0118-3", "PRIORITY", ORDERED, ORDER_ROWS, 10, "Low", verdict("Declined", "Standard")),
    (
        *("0119-1", "COLLECT", ORDERED, ORDER_ROWS, 17, "High"),
        [verdict("Declined", "Standard"), verdict("Approved", "Standard")],
    ),
    ("0119-2", "COLLECT", ORDERED, ORDER_ROWS, 19, "Low", [verdict("Approved", "Basic")]),
    ("0119-3", "COLLECT", ORDERED, ORDER_ROWS, 10, "Low", [verdict("Declined", "Standard")]),
]


@pytest.mark.parametrize(
    ("case", "policy", "outputs", "rules", "age", "risk", "expected"), SEVERAL_OUTPUTS
)
def test_a_table_of_several_outputs_answers_by_its_hit_policy(
    case: str, policy: str, outputs: Any, rules: Any, age: int, risk: str, expected: object
) -> None:
    xml = write_table("Approval", policy, [*APPLICANT, AFFORDABLE], outputs, rules)
    inputs = {"Age": age, "RiskCategory": risk, "isAffordable": True}
    assert load_decisions(xml).evaluate("Approval", inputs) == expected


SALARY = [[">1", "100"], [">2", "200"], [">3", "300"], [">5", "500"]]
INSURANCE = [[">1", "98.83"], [">2", "150.21"], [">3", "205.43"], [">4", "64.32"]]
ADS = [[">18", '"Cars"'], [">12", '"Videogames"'], [">0", '"Toys"']]
GRADES = [[">=18", '"Best"'], [">=12", '"Standard"'], ["<12", '"Standard"']]
VERDICTS = [[">=18", '"Approved"'], ["<18", '"Declined"'], [">=0", '"Approved"']]
ONE_COLUMN: list[tuple[str, str, str, list[list[str]], list[tuple[int, object]]]] = [
    ("0111", "FIRST", "", ADS, [(19, "Cars"), (13, "Videogames"), (5, "Toys")]),
    (
        *("0112", "RULE ORDER", "", GRADES),
        [(19, ["Best", "Standard"]), (13, ["Standard"]), (10, ["Standard"])],
    ),
    (
        *("0113", "OUTPUT ORDER", "", VERDICTS),
        [(17, ["Approved", "Declined"]), (19, ["Approved", "Approved"])],
    ),
    ("0114", "COLLECT", "MIN", INSURANCE, [(5, 64.32), (3, 98.83), (4, 98.83)]),
    ("0115", "COLLECT", "SUM", SALARY, [(6, 1100), (3, 300), (2, 100)]),
    ("0116", "COLLECT", "COUNT", SALARY, [(6, 4), (2, 1), (3, 2)]),
]


@pytest.mark.parametrize(("case", "policy", "aggregation", "rules", "asked"), ONE_COLUMN)
def test_a_table_of_one_column_answers_by_its_hit_policy(
    case: str,
    policy: str,
    aggregation: str,
    rules: list[list[str]],
    asked: list[tuple[int, object]],
) -> None:
    values = '"Approved","Declined"' if policy == "OUTPUT ORDER" else ""
    inputs = [("years", "number", "")]
    model = load_decisions(
        write_table("Result", policy, inputs, [("", values, "")], rules, aggregation)
    )
    for years, expected in asked:
        assert plain(model.evaluate("Result", {"years": years})) == expected
