"""A ClamAV daemon asked about a file (clamd(8), INSTREAM), where the district runs one."""

import socket
from pathlib import Path
from typing import Final

from ipudong.city.casework.errors import CaseworkError

CHUNK: Final = 64 * 1024
TIMEOUT_S: Final = 30.0
MAX_ANSWER: Final = 4096


def scan(path: Path, *, socket_path: str) -> str:
    """The daemon's version where it found nothing.

    Raises CaseworkError: infected_file with the finding's name; scanner_away where it does not
    answer or answers otherwise: a file it was to see is not taken unseen.
    """
    try:
        answer = _stream(path, socket_path)
        version = _ask(socket_path, b"zVERSION\0")
    except OSError as error:
        raise CaseworkError("scanner_away") from error
    if answer.endswith(" FOUND"):
        raise CaseworkError("infected_file", finding=answer.removesuffix(" FOUND").split(": ")[-1])
    if not answer.endswith(" OK"):
        raise CaseworkError("scanner_away")
    return version[:100]


def _connect(socket_path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT_S)
    try:
        connection.connect(socket_path)
    except OSError:
        connection.close()
        raise
    return connection


def _stream(path: Path, socket_path: str) -> str:
    with _connect(socket_path) as connection, path.open("rb") as file:
        connection.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
        connection.sendall(bytes(4))
        return _read_answer(connection)


def _ask(socket_path: str, command: bytes) -> str:
    with _connect(socket_path) as connection:
        connection.sendall(command)
        return _read_answer(connection)


def _read_answer(connection: socket.socket) -> str:
    answer = b""
    while len(answer) < MAX_ANSWER and not answer.endswith(b"\0"):
        part = connection.recv(MAX_ANSWER)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0").decode("utf-8", "replace")
