"""Probes answer what monitors ask, from a server that starts and stops."""

import http.client
import json
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from ipudong.operations.probes import ProbeServer, probe_answer, run_checks


def fine() -> None:
    """A check that passes."""


def away() -> None:
    """A check that fails."""
    raise ConnectionError("the lake is away")


@pytest.fixture
def server() -> Iterator[ProbeServer]:
    server = ProbeServer(0, {"database": fine, "lake": away})
    server.start()
    yield server
    server.stop()


def ask(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Type"], body


def test_a_process_lives_whatever_its_checks_say(server: ProbeServer) -> None:
    assert ask(server.port, "/healthz") == (200, "application/json", b'{"status":"ok"}')


def test_readiness_names_what_is_wrong_and_what_is_well(server: ProbeServer) -> None:
    status, content_type, body = ask(server.port, "/readyz")
    assert (status, content_type) == (503, "application/json")
    assert json.loads(body) == {"database": "ok", "lake": "ConnectionError: the lake is away"}


def test_a_process_is_ready_when_every_check_passes() -> None:
    assert probe_answer("/readyz", {"database": fine})[0] == 200
    assert probe_answer("/readyz", {})[0] == 200


def test_one_failing_check_hides_no_other() -> None:
    assert list(run_checks({"a": away, "b": fine, "c": away})) == ["a", "b", "c"]


def test_figures_are_what_prometheus_reads(server: ProbeServer) -> None:
    status, content_type, body = ask(server.port, "/metrics")
    assert (status, content_type) == (200, CONTENT_TYPE_LATEST)
    families = {family.name for family in text_string_to_metric_families(body.decode())}
    assert "python_info" in families


@pytest.mark.parametrize("path", ["/", "/healthz/", "/admin", "/../etc/passwd"])
def test_any_other_address_is_unknown(server: ProbeServer, path: str) -> None:
    assert ask(server.port, path)[0] == 404


def test_a_stopped_server_frees_its_port_and_its_thread() -> None:
    before = threading.active_count()
    first = ProbeServer(0, {})
    first.start()
    assert ask(first.port, "/healthz")[0] == 200
    first.stop()
    assert threading.active_count() == before
    again = ProbeServer(first.port, {})
    again.start()
    assert ask(again.port, "/healthz")[0] == 200
    again.stop()
