"""Signing in with every kind of proof, in a real Chromium with a security key made of software."""

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.looking import (
    find_chinese,
    find_english,
    find_violations,
    list_runs,
    overflow,
    put_on_phone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.audit.models import Entry
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import create_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

PASSWORD = "a river in the east 9"
CLERK = "a-clerk"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
WRONG = {
    "zh-hans": "您提供的用户名或密码不正确。",
    "en": "The username and/or password you specified are not correct.",
}
LOCKED = {"zh-hans": "登录已暂停 5 分钟", "en": "closed for 5 minutes"}
ENTRANCE = ("login", "signup", "password/reset", "password/reset/done", "inactive")
# allauth's pages for somebody who has every factor; {key} is the passkey.
OWN = (
    "password/change",
    "email",
    "sessions",
    "logout",
    "reauthenticate",
    "2fa",
    "2fa/reauthenticate",
    "2fa/webauthn/reauthenticate",
    "2fa/totp/deactivate",
    "2fa/webauthn",
    "2fa/webauthn/add",
    "2fa/webauthn/keys/{key}/edit",
    "2fa/webauthn/keys/{key}/remove",
    "2fa/recovery-codes",
    "2fa/recovery-codes/generate",
)
# What is hashed here guards nothing; the real hash takes most of a second on purpose.
QUICK_HASHES = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
Visit = Callable[[], Visitor]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """By name: passkeys belong to a name and are not made for an address."""
    folder = tmp_path_factory.mktemp("sign_in")
    with QUICK_HASHES, serving(folder, django_db_blocker, hours=0) as address:
        yield address.replace("127.0.0.1", "localhost")
        hang_up()


def hang_up() -> None:
    """Let connections of closed browsers end while the server's threads may use the database."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=5)


@pytest.fixture(autouse=True)
def no_earlier_failures() -> None:
    """Failures are counted per address, and all tests have the same one."""
    cache.clear()


@pytest.fixture
def visit(server: str, chromium: Browser) -> Iterator[Visit]:
    """`visit()` is a browser that nobody is signed in at."""
    visitors: list[Visitor] = []

    def visit() -> Visitor:
        visitors.append(Visitor(chromium, server))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        assert not visitor.faults
        visitor.context.close()


@pytest.fixture(scope="module")
def equipped(server: str, chromium: Browser) -> Iterator[Visitor]:
    """A clerk with passkey, authenticator app and recovery codes, who just proved who they are."""
    visitor = Visitor(chromium, server)
    sign_in(visitor)
    plug_in_key(visitor)
    add_passkey(visitor)
    add_app(visitor)
    yield visitor
    visitor.context.close()


def submit(page: Page, **fields: str) -> None:
    """Fill in a page's form and send it off."""
    for name, text in fields.items():
        page.fill(f"main [name={name}]", text)
    with page.expect_navigation():
        page.locator("main form .form-end button").first.click()


def sign_in(visitor: Visitor, *, wanted: str = "", name: str = CLERK) -> Page:
    page = visitor.open(f"/accounts/login/?next={wanted}")
    submit(page, login=name, password=PASSWORD)
    return page


def sign_out(page: Page) -> None:
    page.locator("header details.menu summary", has_text="a-").click()
    with page.expect_navigation():
        page.locator("form[action$='/logout/'] button").click()


def prove(page: Page) -> None:
    """Enter the password again where the page asks for it."""
    if "/reauthenticate/" in page.url:
        submit(page, password=PASSWORD)


def plug_in_key(visitor: Visitor) -> None:
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def add_passkey(visitor: Visitor) -> None:
    page = visitor.open("/accounts/2fa/webauthn/add/")
    prove(page)
    page.fill("[name=name]", "办公室电脑")
    with page.expect_navigation():
        page.click("#mfa_webauthn_add")


def add_app(visitor: Visitor) -> str:
    """Set up the authenticator app; the secret it shares with the portal."""
    page = visitor.open("/accounts/2fa/totp/activate/")
    prove(page)
    secret = page.input_value("#authenticator_secret")
    submit(page, code="000000")
    expect(page.locator(".field-error")).to_contain_text("验证码不正确")
    submit(page, code=code_of(secret))
    return secret


def code_of(secret: str) -> str:
    """What the app shows; it waits where the code is about to change."""
    if time.time() % 30 > 27:
        time.sleep(3.2)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def audited(name: str = CLERK) -> list[str]:
    """What the audit says happened to an account, in order."""
    rows = Entry.objects.filter(detail__username=name).order_by("pk")
    return list(rows.values_list("action", flat=True))


def path_in(page: Page) -> str:
    """The page's path, without the server."""
    return re.sub(r"^https?://[^/]+", "", page.url)


def assert_keeps_nobody_out(page: Page, *, language: str) -> None:
    """No words of the other language, no barrier, nothing wider than the screen."""
    foreign = find_english(page) if language == "zh-hans" else find_chinese(page, DATA)
    assert foreign == []
    assert find_violations(page) == []
    assert overflow(page) <= 0


DATA = frozenset({"办公室电脑"})


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_guesses_is_told_so_and_then_locked_out(language: str, visit: Visit) -> None:
    page = visit().open("/accounts/login/", language=language)
    for _ in range(5):
        submit(page, login=CLERK, password="a guess")
        expect(page.get_by_role("alert")).to_contain_text(WRONG[language])
    submit(page, login=CLERK, password=PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(LOCKED[language])
    assert_keeps_nobody_out(page, language=language)
    assert audited() == ["identity.create_account", "identity.fail_sign_in"]


def test_one_comes_to_the_page_one_wanted_and_leaves_again(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/desk/")
    assert path_in(page).startswith("/accounts/login/?next=/desk/")
    submit(page, login=CLERK, password=PASSWORD)
    assert path_in(page) == "/desk/"
    sign_out(page)
    assert path_in(page) == "/"
    assert "/accounts/login/" in visitor.open("/desk/").url
    assert audited()[-2:] == ["identity.sign_in", "identity.sign_out"]


@pytest.mark.parametrize("evil", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_a_link_to_the_sign_in_leads_to_no_other_site(evil: str, server: str, visit: Visit) -> None:
    page = sign_in(visit(), wanted=evil)
    assert page.url == f"{server}/"


def test_a_resident_opens_an_account_that_is_a_residents_only(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/accounts/signup/")
    submit(page, username="system", password1="12345", password2="12345")
    errors = page.locator(".field-error").all_inner_texts()
    assert errors == [
        "此用户名不能使用，请改用其他用户名。",
        "密码太短，至少需要 10 个字符。",
        "该密码过于常见。",
        "密码不能全部由数字组成。",
    ]
    assert_keeps_nobody_out(page, language="zh-hans")
    submit(page, username="a-neighbor", password1=PASSWORD, password2=PASSWORD)
    assert path_in(page) == "/"
    assert actor_of(Account.objects.get(username="a-neighbor")).roles == {"public", "resident"}
    answer = page.goto("/administration/accounts/")
    assert answer is not None
    assert answer.status == 403
    assert audited("a-neighbor") == ["identity.sign_up", "identity.sign_in"]


def test_a_new_password_ends_what_the_old_one_opened(visit: Visit) -> None:
    here, elsewhere = visit(), visit()
    sign_in(here)
    sign_in(elsewhere)
    page = here.open("/accounts/password/change/")
    new = "a bridge to the west 8"
    submit(page, oldpassword="a guess", password1=new, password2=new)
    expect(page.locator(".field-error")).to_be_visible()
    submit(page, oldpassword=PASSWORD, password1=new, password2=new)
    assert audited()[-1] == "identity.change_own_password"
    assert path_in(here.open("/desk/")) == "/desk/"
    assert "/accounts/login/" in elsewhere.open("/desk/").url


def test_a_code_of_the_app_is_asked_for_and_a_recovery_code_replaces_it_once(
    visit: Visit, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    visitor = visit()
    sign_in(visitor)
    with django_capture_on_commit_callbacks(execute=True):
        secret = add_app(visitor)
    page = visitor.page
    codes = page.input_value("#recovery_codes").split()
    assert len(codes) == 10
    sign_out(page)
    for proof in (code_of(secret), codes[0]):
        sign_in(visitor, wanted="/desk/")
        assert "/accounts/2fa/authenticate/" in page.url
        # The password alone is not enough: every page leads back to the question.
        assert "/accounts/2fa/authenticate/" in visitor.open("/desk/").url
        submit(page, code=proof)
        assert path_in(page) == "/desk/"
        sign_out(page)
    sign_in(visitor)
    submit(page, code=codes[0])
    expect(page.locator(".field-error")).to_contain_text("验证码不正确")
    assert_keeps_nobody_out(page, language="zh-hans")
    put_on_phone(page)
    assert overflow(page) <= 0
    assert "identity.add_second_factor" in audited()
    assert audited()[-1] == "identity.fail_sign_in"


def test_a_passkey_alone_signs_in(visit: Visit) -> None:
    visitor = visit()
    sign_in(visitor)
    plug_in_key(visitor)
    add_passkey(visitor)
    sign_out(visitor.page)
    page = visitor.open("/accounts/login/?next=/desk/")
    with page.expect_navigation(url="**/desk/"):
        page.click("#passkey_login")
    expect(page.locator("header")).to_contain_text(CLERK)
    assert "identity.add_second_factor" in audited()
    assert audited()[-2:] == ["identity.sign_out", "identity.sign_in"]


def test_other_places_are_listed_and_signed_out(visit: Visit) -> None:
    here, elsewhere = visit(), visit()
    sign_in(elsewhere)
    sign_in(here)
    page = here.open("/accounts/sessions/")
    expect(page.locator(".plain-list li")).to_have_count(2)
    expect(page.locator(".plain-list .state")).to_have_text("本设备")
    expect(page.locator(".plain-list h2").first).to_contain_text("Chrome · Linux")
    with page.expect_navigation():
        page.get_by_role("button", name="退出其他所有登录").click()
    expect(page.locator(".plain-list li")).to_have_count(1)
    assert path_in(here.open("/desk/")) == "/desk/"
    assert "/accounts/login/" in elsewhere.open("/desk/").url


def test_staff_set_up_the_factor_the_district_requires_and_then_work(
    settings: Settings, visit: Visit
) -> None:
    settings.IPUDONG_STAFF_SECOND_FACTOR = "required"
    visitor = visit()
    page = sign_in(visitor, wanted="/devices/")
    assert path_in(page) == "/accounts/2fa/"
    expect(page.locator(".note[data-tone=notice]")).to_contain_text("本区要求工作人员启用二次验证")
    assert_keeps_nobody_out(page, language="zh-hans")
    add_app(visitor)
    with page.expect_navigation():
        page.get_by_role("link", name="继续工作").click()
    assert path_in(page) == "/devices/"
    assert path_in(visitor.open("/desk/")) == "/desk/"


def test_residents_need_no_factor_where_staff_do(settings: Settings, visit: Visit) -> None:
    settings.IPUDONG_STAFF_SECOND_FACTOR = "required"
    create_account(username="a-tenant", password=PASSWORD, roles=("resident",), by="system:test")
    assert path_in(sign_in(visit(), wanted="/plan/", name="a-tenant")) == "/plan/"


def test_an_address_nobody_confirmed_keeps_nobody_from_a_factor(visit: Visit) -> None:
    visitor = visit()
    sign_in(visitor)
    page = visitor.open("/accounts/email/")
    submit(page, email="clerk@pudong.example")
    add_app(visitor)
    assert Authenticator.objects.filter(user__username=CLERK, type="totp").exists()


@pytest.mark.parametrize("name", ENTRANCE)
def test_the_entrance_keeps_nobody_out(name: str, visit: Visit) -> None:
    visitor = visit()
    page = visitor.open(f"/accounts/{name}/")
    assert_keeps_nobody_out(page, language="zh-hans")
    put_on_phone(page)
    assert overflow(page) <= 0
    page = visitor.open(f"/accounts/{name}/", width=360, language="en", theme="dark")
    assert_keeps_nobody_out(page, language="en")


@pytest.mark.parametrize("name", OWN)
def test_a_page_of_ones_own_account_keeps_nobody_out(name: str, equipped: Visitor) -> None:
    key = Authenticator.objects.get(user__username=CLERK, type="webauthn").pk
    path = f"/accounts/{name.format(key=key)}/"
    page = equipped.open(path)
    assert path_in(page) == path
    assert "Name" not in list_runs(page)  # a label that Django made of a field's name
    assert_keeps_nobody_out(page, language="zh-hans")
    put_on_phone(page)
    assert overflow(page) <= 0
    page = equipped.open(path, width=360, language="en", theme="dark")
    assert_keeps_nobody_out(page, language="en")
