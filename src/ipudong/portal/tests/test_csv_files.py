"""Tables as files: read back by the csv module, which we did not write."""

import csv
import io

from ipudong.portal.csv_files import csv_lines, disarm


def read_back(head: list[object], rows: list[list[object]]) -> list[list[str]]:
    text = "".join(csv_lines(head, rows))
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_file_reads_back_as_it_was() -> None:
    head, rows = ["name", "value"], [['a "quoted", name', 1.5], ["two\nlines", 2]]
    assert read_back(head, rows) == [
        ["name", "value"],
        ['a "quoted", name', "1.5"],
        ["two\nlines", "2"],
    ]


def test_a_file_begins_with_the_mark_that_spreadsheets_look_for() -> None:
    assert next(iter(csv_lines(["a"], []))).startswith("\ufeff")


def test_a_text_that_a_spreadsheet_would_run_is_disarmed() -> None:
    assert disarm("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert disarm("@sum") == "'@sum"


def test_negative_numbers_stay_numbers() -> None:
    assert disarm(-3.5) == -3.5


def test_nothing_is_an_empty_cell() -> None:
    assert read_back(["a", "b"], [[None, 0]])[1] == ["", "0"]
