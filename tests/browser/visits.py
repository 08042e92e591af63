"""Visits to many pages of one server: a fixture's worth of browser, kept for a whole module."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from tests.browser.lived_in import open_session, settle_in


class Visitor:
    """Somebody at a browser of their own; `page` is the page they look at."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.base = base
        self.faults: list[str] = []
        self.context = browser.new_context(
            base_url=base, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def sign_in(self, role: str) -> None:
        """Carry the session of an account with this role ("" for nobody)."""
        self.context.clear_cookies()
        if role:
            self._keep(settings.SESSION_COOKIE_NAME, open_session(role))

    def _keep(self, name: str, value: str) -> None:
        self.context.add_cookies([{"name": name, "value": value, "url": self.base}])

    def open(
        self, path: str, *, language: str = "zh-hans", width: int = 1440, theme: str = "light"
    ) -> Page:
        """Go to a page; a server error or a script error fails the test."""
        self._keep(settings.LANGUAGE_COOKIE_NAME, language)
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None
        assert answer.status < 400, (path, answer.status)
        assert not self.faults, (path, self.faults)
        return self.page


@contextmanager
def serving(folder: Path, blocker: object, *, hours: int) -> Iterator[str]:
    """The portal of a district that reported for `hours`; its address.

    One transaction for the whole module, taken back at the end: the audit refuses to be emptied.
    """
    with pytest.MonkeyPatch.context() as patch, blocker.unblock():  # type: ignore[attr-defined]
        patch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(folder))
        cache.clear()
        with transaction.atomic():
            settle_in(hours)
            server = LiveServer("127.0.0.1")
            try:
                yield str(server)
            finally:
                server.stop()
                transaction.set_rollback(True)
        cache.clear()
