"""Liveness, readiness and Prometheus figures, for processes with or without a web server."""

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str | None]
WARNING = "warning"


def run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """`ok` or the error's text for each named check; a check fails by raising, and warns by
    returning a text that begins with `warning`."""
    results = {}
    for name, check in checks.items():
        try:
            results[name] = check() or "ok"
        except Exception as error:  # a probe reports whatever is wrong
            results[name] = f"{type(error).__name__}: {error}"
    return results


def all_ok(results: Mapping[str, str]) -> bool:
    """Whether every check passed; a warning stops nothing."""
    return all(value == "ok" or value.startswith(WARNING) for value in results.values())


def probe_answer(path: str, checks: Mapping[str, Check]) -> tuple[int, str, bytes]:
    """Status, content type and body for `/healthz`, `/readyz` and `/metrics`."""
    if path == "/healthz":
        return HTTPStatus.OK, "application/json", b'{"status":"ok"}'
    if path == "/readyz":
        results = run_checks(checks)
        status = HTTPStatus.OK if all_ok(results) else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", json.dumps(results).encode()
    if path == "/metrics":
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest()
    return HTTPStatus.NOT_FOUND, "application/json", b'{"status":"unknown path"}'


class ProbeServer:
    """A small HTTP server in a thread, for the worker and the simulator."""

    def __init__(self, port: int, checks: Mapping[str, Check], host: str = "127.0.0.1") -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content_type, body = probe_answer(self.path, checks)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Probes are not worth a line each."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
