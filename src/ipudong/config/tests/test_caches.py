"""How often one may try, counted over several portal processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from ipudong.config.caches import MOST_ENTRIES

# Five wrong passwords for one name are allowed, seven are sent: prints how many were let through.
TRY = """
import django
django.setup()
from allauth.core.ratelimit import consume
from django.core.management import call_command
from django.test import RequestFactory
call_command("createcachetable")
request = RequestFactory().post("/")
print(sum(consume(request, action="login_failed", key="somebody") for _ in range(7)))
"""


def try_in_a_process(place: Path, kept_in: str) -> int:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
        "IPUDONG_DISTRICT_DATA_DIR": str(place),
        "IPUDONG_PORTAL_CACHE": kept_in,
    }
    command = [sys.executable, "-c", TRY]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


@pytest.mark.parametrize(("kept_in", "allowed"), [("database", [5, 0]), ("process", [5, 5])])
def test_processes_count_together_when_told_to(
    kept_in: str, allowed: list[int], tmp_path: Path
) -> None:
    assert [try_in_a_process(tmp_path, kept_in) for _ in range(2)] == allowed


def test_a_flood_of_other_names_lifts_no_lock_out() -> None:
    assert settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] == MOST_ENTRIES > 10_000
