"""A resident applies on a phone; the offices at their desk complete the case; she judges it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.looking import find_chinese, find_english, find_violations, overflow

from ipudong.city.casework.models import Case, Task
from ipudong.systems.govservice.tests.applying import Resident, employ, picture, wang
from ipudong.systems.govservice.tests.item_cases import load_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(300)]
# Where pictures of the way are kept to be looked at; nowhere unless somebody asks for them.
expect.set_options(timeout=20_000)
PICTURES = os.environ.get("IPUDONG_TEST_PICTURES", "")


@pytest.fixture(scope="module")
def hall_address(
    chromium: Browser,  # first: its loop decides which connection all that follows has
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """A portal whose hall has its twelve items."""
    folder = tmp_path_factory.mktemp("hall")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(folder))
        cache.clear()
        with transaction.atomic():
            load_house()
            server = LiveServer("127.0.0.1")
            try:
                yield str(server)
            finally:
                server.stop()
                transaction.set_rollback(True)
        cache.clear()


@pytest.fixture(autouse=True)
def close_windows(chromium: Browser) -> Iterator[None]:
    """Nobody leaves a window open: its connection would outlive the server."""
    yield
    for context in chromium.contexts:
        context.close()


class Screen:
    """A browser of one person; looks at every page it comes to."""

    def __init__(self, browser: Browser, base: str, client: Client, width: int) -> None:
        self.base = base
        self.faults: list[str] = []
        self.context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": 780},
            has_touch=width < 500,
            reduced_motion="reduce",
            locale="zh-CN",
        )
        session = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
        self.language("zh-hans")
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def language(self, code: str) -> None:
        """Change the language of what is opened next."""
        row = {"name": "django_language", "value": code, "url": self.base}
        self.context.add_cookies([row])

    def look(self, name: str) -> None:
        """The page is Chinese, fits a phone, and bars nobody."""
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
        assert find_english(self.page) == []
        assert find_violations(self.page) == []
        assert overflow(self.page) <= 0
        assert not self.faults, self.faults


def test_a_stall_is_applied_for_on_a_phone_and_permitted_at_the_desk(
    hall_address: str, chromium: Browser
) -> None:
    resident = wang()
    number = _apply(Screen(chromium, hall_address, resident.client, 360))
    _work(chromium, hall_address, number)
    _judge(Screen(chromium, hall_address, resident.client, 360), number)


def _apply(screen: Screen) -> str:
    page = screen.page
    page.goto("/govservice/apply/street_stall/")
    screen.look("1-start")
    page.get_by_label("食品").first.check()
    page.get_by_role("group", name="在公布的设摊点位内吗").get_by_label("是", exact=True).check()
    page.get_by_label("目录内食品").check()
    page.get_by_label("同意为本次办件调取").check()
    page.get_by_role("button", name="开始填报").click()
    _fill_details(screen)
    _attach(screen)
    page.get_by_label("网上下载").check()
    page.get_by_label("本人承诺").check()
    page.get_by_role("textbox", name="签名").fill("王秀英")
    page.get_by_role("button", name="保存并继续").last.click()
    expect(page.get_by_role("heading", name="核对填报内容")).to_be_visible()
    screen.look("5-check")
    page.get_by_role("button", name="提交申请").dblclick()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    screen.look("6-done")
    return page.locator("#case-number").inner_text()


def _fill_details(screen: Screen) -> None:
    """A wrong answer is told before it is sent; what is not asked is not shown; drafts save."""
    page = screen.page
    expect(page.get_by_role("heading", name="办理内容").first).to_be_visible()
    page.locator("form[data-ready]").wait_for()
    expect(page.locator("#f-organizer")).to_be_hidden()
    page.get_by_label("川沙老街早餐点").check()
    page.locator("#f-stall_area_m2").fill("很大")
    page.locator("#f-starts_on").fill("2026-12-01")
    expect(page.locator("#f-stall_area_m2-problem")).to_have_text("请填写数字。")
    page.locator("#f-ends_on").fill("2026-11-01")
    page.get_by_role("button", name="保存并继续").last.click()
    expect(page.locator("#f-ends_on-problem")).to_have_text("结束日期不得早于开始日期。")
    screen.look("2-details")
    page.locator("#f-ends_on").fill("2026-12-31")
    page.locator("#f-stall_area_m2").fill("４.5")
    expect(page.locator("[data-saved]")).to_contain_text("已于", timeout=8000)
    page.get_by_role("button", name="保存并继续").last.click()
    expect(page.get_by_role("heading", name="上传材料")).to_be_visible()


def _attach(screen: Screen) -> None:
    page = screen.page
    photo = {"name": "stall.png", "mimeType": "image/png", "buffer": picture().read()}
    page.locator("form[data-ready]").wait_for()
    for slot in ("material_health_certificate", "material_goods"):
        page.locator(f"#f-{slot}-file").set_input_files(photo)
        expect(page.locator(f"#f-{slot}").get_by_role("link", name="stall.png")).to_be_visible()
    screen.look("3-materials")
    page.get_by_role("button", name="保存并继续").last.click()
    expect(page.get_by_role("heading", name="领取方式")).to_be_visible()
    screen.look("4-finish")


def _work(browser: Browser, base: str, number: str) -> None:
    """Acceptance and review at the desk, each by an officer of the department it lies with."""
    done = 0
    while (task := Task.objects.filter(case__number=number, state="open").first()) is not None:
        assert done < 8, task.code
        role = task.role or "clerk"
        client = employ(f"officer{done}", task.department, role)
        _do_task(Screen(browser, base, client, 1440), task)
        done += 1
    assert Case.objects.get(number=number).outcome == "approved"


def _do_task(screen: Screen, task: Task) -> None:
    page = screen.page
    page.goto(f"/cases/tasks/{task.pk}/")
    page.get_by_role("button", name="签收").click()
    page.locator("form.task-form input[type=radio]").first.check()
    page.locator("form.task-form button.btn-primary").click()
    page.wait_for_load_state()
    task.refresh_from_db()
    assert task.state == "done", page.locator("main").inner_text()[:600]


def _judge(screen: Screen, number: str) -> None:
    page = screen.page
    page.goto(f"/govservice/cases/{number}/")
    expect(page.get_by_role("heading", name="办理结果")).to_be_visible()
    screen.look("7-result")
    page.get_by_label("非常满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("您对本办件的评价")).to_be_visible()


def test_without_scripts_and_in_english_it_works_too(hall_address: str, chromium: Browser) -> None:
    resident: Resident = wang()
    context = chromium.new_context(
        base_url=hall_address, java_script_enabled=False, viewport={"width": 360, "height": 780}
    )
    for name, value in (
        ("sessionid", resident.client.cookies["sessionid"].value),
        ("django_language", "en"),
    ):
        context.add_cookies([{"name": name, "value": value, "url": hall_address}])
    page = context.new_page()
    page.goto("/govservice/apply/street_stall/")
    page.get_by_label("Goods and crafts").first.check()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Goods and crafts").last.check()
    page.get_by_label("I agree that they are read").check()
    page.get_by_role("button", name="Begin the application").click()
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("answers need your attention")
    assert page.get_by_role("alert").get_by_role("link").first.get_attribute("href") == "#f-spot"
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_english_page_of_the_form_is_for_everyone(
    hall_address: str, chromium: Browser, theme: str
) -> None:
    resident = wang()
    context = chromium.new_context(
        base_url=hall_address, viewport={"width": 1440, "height": 900}, color_scheme=theme
    )
    for name, value in (
        ("sessionid", resident.client.cookies["sessionid"].value),
        ("django_language", "en"),
    ):
        context.add_cookies([{"name": name, "value": value, "url": hall_address}])
    page = context.new_page()
    page.goto("/govservice/apply/street_stall/")
    own = frozenset({"王秀英", "合欢路2号301室", "wang"})
    _look_english(page, own, f"en-start-{theme}")
    page.get_by_label("Goods and crafts").first.check()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Goods and crafts").last.check()
    page.get_by_label("I agree that they are read").check()
    page.get_by_role("button", name="Begin the application").click()
    page.wait_for_url("**/page/details/")
    _look_english(page, own, f"en-details-{theme}")
    page.goto(page.url.replace("page/details/", "check/"))
    _look_english(page, own, f"en-check-{theme}")
    context.close()


def _look_english(page: Page, own: frozenset[str], name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert find_chinese(page, own) == []
    assert find_violations(page) == []
    assert overflow(page) <= 0


def test_the_counter_and_the_public_page_are_for_everyone(
    hall_address: str, chromium: Browser
) -> None:
    screen = Screen(chromium, hall_address, employ("chen", "city_management"), 360)
    for language, width in (("zh-hans", 360), ("en", 1440)):
        screen.language(language)
        screen.page.set_viewport_size({"width": width, "height": 780})
        for path in ("/govservice/window/", "/govservice/track/"):
            screen.page.goto(path)
            if language == "en":
                _look_english(screen.page, frozenset(), f"8{path.replace('/', '-')}{language}")
            else:
                screen.look(f"8{path.replace('/', '-')}")
