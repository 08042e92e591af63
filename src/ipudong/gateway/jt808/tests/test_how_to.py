"""The how-to page is followed to the letter."""

import asyncio
import re
import sys
from pathlib import Path

from ipudong.gateway.jt808.tests.conftest import register_vehicle, use_now

PAGE = Path(__file__).parents[5] / "docs" / "how-to" / "connect-jt808-terminal.md"


async def run_script(port: int) -> str:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(port), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    return said.decode()


async def test_the_script_of_the_page_is_a_stranger_and_after_adoption_a_vehicle(road):
    assert await run_script(road.port) == "registration: result 4 code \n"
    assert "plate=沪A12345" in (await road.quarantined("13900000001")).fields
    thing = await asyncio.to_thread(register_vehicle, "13900000001")
    await use_now(road.gateway)
    assert await run_script(road.port) == (
        "registration: result 0 code 13900000001\nauthentication: result 0\nposition: result 0\n"
    )
    (row,) = road.positions()
    assert (row["thing"], row["lon"], row["lat"], row["speed"]) == (thing.pk, 121.499, 31.239, 36)
    assert row["status"] & 2
