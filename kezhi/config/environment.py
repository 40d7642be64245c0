"""Every setting Kezhi takes from the environment, declared once.

``docs/settings.md`` has a heading for each (a test holds them together), and `check_environment` reports every wrong
value in one message before anything starts.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from kezhi.core.remote_backups import SERVICES, Place

T_co = TypeVar("T_co", covariant=True)


class EnvironmentProblem(Exception):
    """One or more settings have a value that cannot be used; the message names each."""


@dataclass(frozen=True)
class Setting(Generic[T_co]):
    """One variable of the environment.

    ``parse`` gives the value or raises ``ValueError`` with the rest of the sentence "NAME must be …".
    """

    name: str
    default: str
    help: str
    parse: Callable[[str], T_co]
    is_secret: bool = False

    def read(self, environ: Mapping[str, str] | None = None) -> T_co:
        """The value in force.

        Raises:
            EnvironmentProblem: the value cannot be used.
        """
        text = (os.environ if environ is None else environ).get(self.name, "").strip() or self.default
        try:
            return self.parse(text)
        except ValueError as problem:
            shown = "" if self.is_secret else f" It is {text!r}."
            raise EnvironmentProblem(f"{self.name} must be {problem}.{shown}") from None


def check_environment(environ: Mapping[str, str] | None = None) -> None:
    """Read every setting once.

    Raises:
        EnvironmentProblem: with all problems, one a line, and where the settings are described.
    """
    problems: list[str] = []
    for setting in SETTINGS:
        try:
            setting.read(environ)
        except EnvironmentProblem as problem:
            problems.append(str(problem))
    if not problems and JOBS_ENGINE.read(environ) == "celery" and not JOBS_BROKER.read(environ):
        problems.append("JOBS_ENGINE=celery needs the broker's address in JOBS_BROKER.")
    if (
        not problems
        and OIDC_ISSUER.read(environ)
        and not (OIDC_CLIENT_ID.read(environ) and OIDC_CLIENT_SECRET.read(environ))
    ):
        problems.append("KEZHI_OIDC_ISSUER needs KEZHI_OIDC_CLIENT_ID and KEZHI_OIDC_CLIENT_SECRET.")
    if problems:
        raise EnvironmentProblem("\n".join([*problems, "See docs/settings.md."]))


# Not for people: what `kezhi up` tells the processes it starts.
SERVED_AT = "SERVED_BY_KEZHI_AT"


def unknown_names(environ: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each ``KEZHI_…`` variable nobody reads, with the name that was probably meant."""
    known = {setting.name for setting in SETTINGS}
    sentences = []
    for name in sorted(os.environ if environ is None else environ):
        if name.startswith("KEZHI_") and name not in known and name not in FOR_DEVELOPERS:
            near = difflib.get_close_matches(name, known, n=1)
            sentences.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))
    return sentences


# --- kinds of values -------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    return text


def _switch(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError("1 or 0")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _origins(text: str) -> list[str]:
    origins = _names(text)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            raise ValueError("addresses such as https://crm.example.com, separated by commas, without a path")
    return origins


def _folder(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ValueError("a folder")
    return path


def _folder_or_none(text: str) -> Path | None:
    return _folder(text) if text else None


def _json_object(text: str) -> str:
    if text and not isinstance(json.loads(text) if text.startswith("{") else None, dict):
        raise ValueError("a JSON object such as the content of keys.json")
    return text


def _passphrase(text: str) -> str:
    if text and len(text) < 12:
        raise ValueError("at least 12 characters")
    return text


def _zone(text: str) -> ZoneInfo:
    if text not in available_timezones():
        raise ValueError("a time zone such as Asia/Shanghai")
    return ZoneInfo(text)


def _database_url(text: str) -> str:
    if text and urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError("empty (embedded database) or postgresql://user:password@host:5432/name")
    return text


def _broker_url(text: str) -> str:
    if text and (urlsplit(text).scheme not in {"redis", "rediss", "amqp", "amqps"} or not urlsplit(text).hostname):
        raise ValueError("empty, redis://host:6379/0 or amqp://user:password@host:5672//")
    return text


def _remote_place(text: str) -> Place | None:
    try:
        return Place.parse(text) if text else None
    except ValueError:
        kinds = ", ".join(SERVICES)
        raise ValueError(f"empty or an address such as webdav://user:password@host/folder; kinds: {kinds}") from None


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if text and (not parts.hostname or parts.query or parts.fragment or (parts.scheme != "https" and not is_here)):
        raise ValueError("empty or an HTTPS address such as https://login.example.com/realms/company")
    return text


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("at least 32 characters of chance")
    return text


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return parse


# --- the settings ----------------------------------------------------------------------------------------------------

DATA = Setting("KEZHI_DATA", "var", "Folder for the embedded database, files, backups and keys.", _folder)
DATABASE_URL = Setting(
    "DATABASE_URL",
    "",
    "PostgreSQL (15 or newer) to use instead of the embedded database: postgresql://user:password@host:5432/name.",
    _database_url,
    is_secret=True,
)
JOBS_ENGINE = Setting(
    "JOBS_ENGINE",
    "table",
    "table: workers find background jobs in the database, on one machine or several. celery: a broker hands their ids "
    "to many machines; the jobs stay in the database.",
    _one_of("table", "celery"),
)
JOBS_BROKER = Setting(
    "JOBS_BROKER",
    "",
    "The broker for JOBS_ENGINE=celery: redis://host:6379/0 or amqp://user:password@host:5672// (RabbitMQ). "
    "Only workers talk to it.",
    _broker_url,
    is_secret=True,
)
SECRET_KEY = Setting(
    "KEZHI_SECRET_KEY",
    "",
    "Signs sessions and links. Made on the first start and kept in the data folder when empty.",
    _secret,
    is_secret=True,
)
HOSTS = Setting("KEZHI_HOSTS", "*", "Host names this installation answers to, separated by commas.", _names)
ORIGINS = Setting(
    "KEZHI_ORIGINS",
    "",
    "Public addresses forms may be sent from when a proxy changes the host name, separated by commas.",
    _origins,
)
HTTPS = Setting(
    "KEZHI_HTTPS",
    "0",
    "1 when a proxy in front speaks HTTPS: secure cookies, HSTS, redirect from plain HTTP. "
    "The proxy must set X-Forwarded-Proto.",
    _switch,
)
TIME_ZONE = Setting(
    "KEZHI_TIME_ZONE", "Asia/Shanghai", "The company's time zone: days and promises count in it.", _zone
)
LOG_FORMAT = Setting(
    "KEZHI_LOG_FORMAT", "text", "text for people, json for one JSON object a line.", _one_of("text", "json")
)
LOG_LEVEL = Setting(
    "KEZHI_LOG_LEVEL",
    "INFO",
    "The least important kind of message written to the log.",
    _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
)
KEYS = Setting(
    "KEZHI_KEYS",
    "",
    "The key ring as JSON (the content of keys.json) when keys come from a vault instead of the data folder.",
    _json_object,
    is_secret=True,
)
BACKUP_DIR = Setting("KEZHI_BACKUP_DIR", "", "Folder for backups; empty: backups in the data folder.", _folder_or_none)
BACKUP_SECOND_DIR = Setting(
    "KEZHI_BACKUP_SECOND_DIR",
    "",
    "Second folder every backup is copied to: another disk, a mounted share.",
    _folder_or_none,
)
BACKUP_REMOTE = Setting(
    "KEZHI_BACKUP_REMOTE",
    "",
    "Place outside the house every backup is copied to, encrypted: s3://KEY:SECRET@host/bucket/folder?region=REGION "
    "(also oss, cos, obs) or webdav://user:password@host/folder.",
    _remote_place,
    is_secret=True,
)
LITESTREAM = Setting(
    "KEZHI_LITESTREAM",
    "",
    "Folder on another disk or share that follows the embedded database by the second, so that any moment of the last "
    "days can be restored. Not encrypted: the disk must be. Empty: off.",
    _folder_or_none,
)
LITESTREAM_DAYS = Setting(
    "KEZHI_LITESTREAM_DAYS", "7", "For how many days back any moment can be restored.", _whole(1, 90)
)
BACKUP_PASSPHRASE = Setting(
    "KEZHI_BACKUP_PASSPHRASE",
    "",
    "Encrypts backups, and is needed to restore them. Empty: the key in backup.key in the data folder, "
    "which must then be kept somewhere else as well.",
    _passphrase,
    is_secret=True,
)
OIDC_ISSUER = Setting(
    "KEZHI_OIDC_ISSUER",
    "",
    "The company's OpenID Connect provider for single sign-on: its issuer address. Empty: no single sign-on.",
    _issuer,
)
OIDC_CLIENT_ID = Setting("KEZHI_OIDC_CLIENT_ID", "", "The client the provider knows Kezhi as.", _text)
OIDC_CLIENT_SECRET = Setting("KEZHI_OIDC_CLIENT_SECRET", "", "The secret of that client.", _text, is_secret=True)
OIDC_NAME = Setting("KEZHI_OIDC_NAME", "SSO", "What the button on the sign-in page calls the provider.", _text)
DEBUG = Setting("KEZHI_DEBUG", "0", "1 shows technical error pages. Never where customers' data is.", _switch)

SETTINGS: tuple[Setting[object], ...] = (
    DATA,
    DATABASE_URL,
    JOBS_ENGINE,
    JOBS_BROKER,
    SECRET_KEY,
    HOSTS,
    ORIGINS,
    HTTPS,
    TIME_ZONE,
    LOG_FORMAT,
    LOG_LEVEL,
    KEYS,
    BACKUP_DIR,
    BACKUP_SECOND_DIR,
    BACKUP_REMOTE,
    LITESTREAM,
    LITESTREAM_DAYS,
    BACKUP_PASSPHRASE,
    OIDC_ISSUER,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_NAME,
    DEBUG,
)

FOR_DEVELOPERS = frozenset({"KEZHI_NO_SKIPS", "KEZHI_CANNOT_INSTALL", "KEZHI_CHROMIUM", "KEZHI_TEST_POSTGRES"})
"""Read by the tests only."""
