"""Django settings of Kezhi. What an installation may choose is declared in ``environment.py``."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

from kezhi.config import environment
from kezhi.config.logs import logging_settings

try:
    environment.check_environment()
except environment.EnvironmentProblem as problem:
    raise ImproperlyConfigured(str(problem)) from None
for _sentence in environment.unknown_names():
    print(_sentence, file=sys.stderr)

PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.DATA.read()
DATA_DIR.mkdir(parents=True, exist_ok=True)
KEY_RING = environment.KEYS.read()
BACKUP_DIR = environment.BACKUP_DIR.read() or DATA_DIR / "backups"
BACKUP_SECOND_DIR = environment.BACKUP_SECOND_DIR.read()
BACKUP_REMOTE = environment.BACKUP_REMOTE.read()
LITESTREAM_DIR = environment.LITESTREAM.read()
LITESTREAM_DAYS = environment.LITESTREAM_DAYS.read()
BACKUP_PASSPHRASE = environment.BACKUP_PASSPHRASE.read()
JOBS_ENGINE = environment.JOBS_ENGINE.read()
JOBS_BROKER = environment.JOBS_BROKER.read()


def _secret_key() -> str:
    if key := environment.SECRET_KEY.read():
        return key
    path = DATA_DIR / "secret_key"
    if not path.exists():
        # Web, worker and scheduler start together: each writes its own, the first link wins and all read that one.
        mine = DATA_DIR / f"secret_key.{os.getpid()}"
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text().strip()


def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "kezhi.core.sqlite",
            "NAME": str(DATA_DIR / "kezhi.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
                    "PRAGMA cache_size=-65536;PRAGMA mmap_size=67108864"
                ),
            },
        }
    parts = urlparse(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    # While the database is away a page says so after a few seconds, and the pool does not wait longer and longer until
    # it looks again.
    options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5.0, "reconnect_timeout": 5.0}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        # A connection that died when the database restarted would fail somebody's page.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


SECRET_KEY = _secret_key()
DEBUG = environment.DEBUG.read()
TESTING = "pytest" in sys.modules
ALLOWED_HOSTS = environment.HOSTS.read()
CSRF_TRUSTED_ORIGINS = environment.ORIGINS.read()
# Where `kezhi up` serves: for links in mails as long as nobody has said by which address people open Kezhi.
SERVED_AT = os.environ.get(environment.SERVED_AT, "")

INSTALLED_APPS = [
    "kezhi.process",
    "kezhi.engagement",
    "kezhi.sales",
    "kezhi.customers",
    "kezhi.exchange",
    "kezhi.automation",
    "kezhi.work",
    "kezhi.records",
    "kezhi.access",
    "kezhi.ui",
    "kezhi.core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kezhi.access.middleware.UserMiddleware",
    "kezhi.access.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kezhi.ui.middleware.FragmentMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kezhi.config.security.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "kezhi.config.urls"
WSGI_APPLICATION = "kezhi.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "kezhi.ui.context.frame",
            ],
            "builtins": ["kezhi.ui.templatetags.ui"],
        },
    }
]

DATABASES = {"default": _database(environment.DATABASE_URL.read())}
AUTH_USER_MODEL = "access.User"
PASSWORD_HASHERS = ["kezhi.access.passwords.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "access:sign_in"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "kezhi.ui.views.csrf_failure"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]  # zh-data: a language is named in itself
TIME_ZONE = environment.TIME_ZONE.read().key
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# Bundles have their hash in their name and lie compressed beside themselves, so nothing needs to be collected.
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"/dist/[^/]+-[0-9A-Z]{8}\.\w+$"
MEDIA_ROOT = DATA_DIR / "files"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "kezhi.records.upload_quota.QuotaUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
SESSION_ENGINE = "kezhi.access.sessions"
SESSION_COOKIE_AGE = 90 * 24 * 60 * 60  # the session's row decides; the cookie only has to outlive it
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
OIDC_ISSUER = environment.OIDC_ISSUER.read()
OIDC_CLIENT_ID = environment.OIDC_CLIENT_ID.read()
OIDC_CLIENT_SECRET = environment.OIDC_CLIENT_SECRET.read()
OIDC_NAME = environment.OIDC_NAME.read()
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_SAMESITE = "Lax"

if environment.HTTPS.read():
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked by supervisors on the machine itself
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = logging_settings(environment.LOG_FORMAT.read(), environment.LOG_LEVEL.read())
