"""Log lines are JSON, say whose they are, and hold no secret. Each test is a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

CHECKS_IN = "from ipudong.operations.log import configure_logs; configure_logs('gateway')\n"


def lines_of(program: str, **settings: str) -> list[dict[str, Any]]:
    """What a process that runs this program logs."""
    done = subprocess.run(
        [sys.executable, "-c", CHECKS_IN + program],
        env={**os.environ, "IPUDONG_OPERATIONS_LOG_FORMAT": "auto", **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_carries_its_process_its_time_and_its_severity() -> None:
    (line,) = lines_of("import structlog; structlog.get_logger().warning('away', place='三林')")
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "away", "place": "三林", "level": "warning", "process": "gateway"}


def test_lines_of_a_request_carry_its_id_and_lines_after_it_do_not() -> None:
    inside, outside = lines_of(
        "import structlog\n"
        "with structlog.contextvars.bound_contextvars(request_id='42'):\n"
        "    structlog.get_logger().info('inside')\n"
        "structlog.get_logger().info('outside')"
    )
    assert inside["request_id"] == "42"
    assert "request_id" not in outside


def test_lines_of_libraries_look_the_same() -> None:
    (line,) = lines_of("import logging; logging.getLogger('deltalake').error('torn %s', 'log')")
    assert (line["event"], line["level"], line["process"]) == ("torn log", "error", "gateway")


def test_an_error_comes_with_its_traceback_in_one_line() -> None:
    (line,) = lines_of(
        "import structlog\ntry:\n    1 / 0\n"
        "except ZeroDivisionError:\n    structlog.get_logger().exception('failed')"
    )
    assert "ZeroDivisionError" in line["exception"]


def test_lines_below_the_level_and_access_logs_are_left_out() -> None:
    program = (
        "import logging, structlog\n"
        "structlog.get_logger().info('quiet')\n"
        "logging.getLogger('uvicorn.access').info('GET /healthz')\n"
        "structlog.get_logger().error('loud')"
    )
    heard = lines_of(program, IPUDONG_OPERATIONS_LOG_LEVEL="ERROR")
    assert [line["event"] for line in heard] == ["loud"]
    heard = lines_of(program)
    assert [line["event"] for line in heard] == ["quiet", "loud"]


def test_a_secret_never_reaches_a_line() -> None:
    program = (
        "import logging, structlog\n"
        "log = structlog.get_logger()\n"
        "log.info('a', password='s3cret', api_token='s3cret', credential=b's3cret')\n"
        "log.info('b', raw='##0QN=1;ST=22;PW=s3cret;MN=8;CP=&&PW=s3cret&&', place='PW')\n"
        "log.info('Authorization: Bearer s3cret')\n"
        "logging.getLogger('library').warning('sent PW=%s;MN=1', 's3cret')\n"
        "try:\n    raise ValueError('PW=s3cret;')\n"
        "except ValueError:\n    log.exception('c', cookie='s3cret')"
    )
    lines = lines_of(program)
    # The source line of a traceback is not a value: only the last one quotes the program.
    assert "s3cret" not in json.dumps([{**line, "exception": ""} for line in lines])
    assert "ValueError: PW=***;" in lines[-1]["exception"]
    assert lines[1]["raw"] == "##0QN=1;ST=22;PW=***;MN=8;CP=&&PW=***&&"
    assert lines[1]["place"] == "PW"
