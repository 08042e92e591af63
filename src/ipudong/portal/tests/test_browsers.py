"""Headers as the makers of the browsers document them."""

import pytest

from ipudong.portal.browsers import name_browser

MOZILLA = "Mozilla/5.0"
GECKO = "Gecko/20100101"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"{MOZILLA} (Windows NT 10.0; Win64; x64) {KHTML} Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (WINDOWS, "Chrome · Windows"),
        (f"{WINDOWS} Edg/142.0.0.0", "Edge · Windows"),
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox · Linux",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            f"{MOZILLA} (Linux; Android 15; V2408A) {KHTML} Version/4.0 Chrome/130.0.0.0 "
            "Mobile Safari/537.36 MicroMessenger/8.0.60",
            "WeChat · Android",
        ),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(header: str, name: str) -> None:
    assert name_browser(header) == name
