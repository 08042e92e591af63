"""The tutorial as a stranger follows it: its command blocks, section by section, in a shell."""

import re
import subprocess
from pathlib import Path

from tests.running import District

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "connect-a-sensor.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN_LINE = "TOKEN='paste the token here'"
WITHIN_S = 60


def read_section(title: str) -> list[str]:
    """The shell blocks below a heading of the second level, those under its own headings too."""
    text = PAGE.read_text("utf-8")
    begin = re.search(rf"^## {re.escape(title)}$", text, re.MULTILINE)
    assert begin is not None, title
    rest = text[begin.end() :]
    end = re.search(r"^## ", rest, re.MULTILINE)
    return BLOCK.findall(rest[: end.start()] if end else rest)


def paste_token(block: str, token: str) -> str:
    """The block with the token where the tutorial says to paste it."""
    return block.replace(TOKEN_LINE, f"TOKEN='{token}'")


def move_ports(block: str, district: District) -> str:
    """The block for a district that listens elsewhere than a fresh one: nothing else differs."""
    return (
        block.replace("http://127.0.0.1:8801", district.gateway_url)
        .replace("-p 1883", f"-p {district.mqtt_port}")
        .replace('"127.0.0.1", 1883', f'"127.0.0.1", {district.mqtt_port}')
    )


def run_blocks(blocks: list[str], district: District, token: str, folder: Path) -> str:
    """Run blocks in one shell, as somebody types them into one terminal; what was printed."""
    root = PAGE.parents[2]
    script = "\n".join(move_ports(paste_token(block, token), district) for block in blocks)
    script = script.replace(".venv/bin/python", str(root / ".venv" / "bin" / "python"))
    done = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
