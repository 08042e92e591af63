"""Django's settings, made from the declared options."""

import secrets
from pathlib import Path

from ipudong.config.caches import CACHE, describe_caches
from ipudong.config.doors import door_addresses
from ipudong.config.installed import SYSTEMS
from ipudong.config.mail_options import (
    MAIL_FROM,
    MAIL_HOST,
    MAIL_PASSWORD,
    MAIL_PORT,
    MAIL_SECURITY,
    MAIL_USER,
)
from ipudong.config.security import content_security_policy
from ipudong.options import DATA_DIR, Option, data_path
from ipudong.portal.tile_options import TILES_URL

DEBUG_PAGES = Option(
    "portal.debug", default=False, doc="Show tracebacks in the browser; never on a public address."
)
ALLOWED_HOSTS_OPTION = Option(
    "portal.hosts",
    default=("localhost", "127.0.0.1", "[::1]"),
    doc="Host names under which the portal answers.",
)
SECRET_KEY_OPTION = Option(
    "portal.secret_key",
    default="",
    secret=True,
    doc="Key for sessions and signed links; made on first start and kept in the data folder.",
)
SECURE_COOKIES = Option(
    "portal.https",
    default=False,
    doc="The portal is reached over HTTPS: secure cookies and strict transport security.",
)
STAFF_SECOND_FACTOR = Option(
    "identity.staff_second_factor",
    default="offered",
    choices=("offered", "required"),
    doc="Whether staff must set up a one-time code or passkey before they work.",
)
GATEWAY_URL = Option(
    "gateway.public_url",
    default="http://127.0.0.1:8801",
    doc="Address under which browsers reach the gateway's live streams.",
)
PORTAL_URL = Option(
    "portal.public_url",
    default="",
    doc="Address under which people reach the portal, for links in messages: "
    "https://district.example. Empty: messages carry no link.",
)


def _secret_key() -> str:
    given = SECRET_KEY_OPTION.get()
    if given:
        return given
    path = data_path("secret.key")
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{secrets.token_hex(4)}")
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(partial)  # the first process wins; later ones read its key
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text()


ROOT = Path(__file__).resolve().parent.parent
DATA = Path(DATA_DIR.get()).resolve()
DATA.joinpath("static").mkdir(parents=True, exist_ok=True)

SECRET_KEY = _secret_key()
DEBUG = DEBUG_PAGES.get()
ALLOWED_HOSTS = list(ALLOWED_HOSTS_OPTION.get())
IPUDONG_SYSTEMS = SYSTEMS
IPUDONG_GATEWAY_URL = GATEWAY_URL.get()
IPUDONG_DOORS = door_addresses(IPUDONG_GATEWAY_URL)
IPUDONG_PUBLIC_URL = PORTAL_URL.get().rstrip("/")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_vite",
    "ipudong.city.audit",
    "ipudong.city.identity",
    "ipudong.city.registry",
    "ipudong.city.sensing",
    "ipudong.city.casework",
    "ipudong.city.plan",
    "ipudong.portal",
    "ipudong.portal.administration",
    "ipudong.portal.space",
    "ipudong.portal.cases",
    "ipudong.worker",
    "ipudong.config",
    *(f"ipudong.systems.{name}" for name in SYSTEMS),
]

MIDDLEWARE = [
    "ipudong.config.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ipudong.config.middleware.SecurityHeaders",
    "ipudong.config.middleware.DatabaseAway",
    "ipudong.config.middleware.HistoryAway",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ipudong.city.identity.pages.DenyUnmarkedViews",
    "ipudong.config.middleware.StaffSecondFactor",
]

ROOT_URLCONF = "ipudong.config.urls"
WSGI_APPLICATION = "ipudong.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "portal" / "templates"],  # before allauth's own, to dress its pages
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ipudong.portal.context.shell",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "ipudong.sqlite3",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
            ),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_USERNAME_BLACKLIST = ["anonymous", "system", "public"]  # names the audit uses itself
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "ipudong.config.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "ipudong.config.account_forms.SignInForm"}
IPUDONG_LOCKOUT_MINUTES = 5  # after five wrong passwords or codes for one account
ACCOUNT_RATE_LIMITS = {"login_failed": f"10/m/ip,5/{IPUDONG_LOCKOUT_MINUTES}m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE_COOKIES.get()
# Mail may not be set up: an address nobody could confirm must not keep staff from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "add_webauthn": "ipudong.config.account_forms.AddKeyForm",
    "edit_webauthn": "ipudong.config.account_forms.RenameKeyForm",
}
MFA_TOTP_ISSUER = "iPudong"
IPUDONG_STAFF_SECOND_FACTOR = STAFF_SECOND_FACTOR.get()

SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES.get()
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES.get() else 0
CSRF_FAILURE_VIEW = "ipudong.portal.pages.errors.csrf_failed"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
IPUDONG_CONTENT_SECURITY_POLICY = content_security_policy(GATEWAY_URL.get(), TILES_URL.get())
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS: list[str] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA / "media"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": ROOT / "portal" / "static" / "built" / "manifest.json",
        "static_url_prefix": "built",
    }
}

CACHES = describe_caches(CACHE.get())
IPUDONG_MAIL_IS_SET = bool(MAIL_HOST.get())
_MAIL_BACKEND = "smtp" if IPUDONG_MAIL_IS_SET else "console"  # a terminal, for developers
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL_BACKEND}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = MAIL_HOST.get(), MAIL_PORT.get()
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_USER.get(), MAIL_PASSWORD.get()
EMAIL_USE_TLS = MAIL_SECURITY.get() == "starttls"
EMAIL_USE_SSL = MAIL_SECURITY.get() == "tls"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM.get()
LOGGING_CONFIG = None
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
