"""Settings from the environment: documented, checked at the start, all problems at once."""

import json
import logging
from pathlib import Path

import pytest

from kezhi.config import environment
from kezhi.config.logs import JsonFormatter

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


def test_every_setting_has_its_heading_and_every_heading_its_setting():
    headings = [line.removeprefix("### ") for line in PAGE.read_text().splitlines() if line.startswith("### ")]

    assert sorted(headings) == sorted(setting.name for setting in environment.SETTINGS)


def test_the_defaults_can_be_used():
    environment.check_environment({})


def test_all_wrong_values_are_named_together():
    with pytest.raises(environment.EnvironmentProblem) as problem:
        environment.check_environment({"KEZHI_TIME_ZONE": "Mars/Base", "KEZHI_HTTPS": "maybe"})

    assert str(problem.value).splitlines() == [
        "KEZHI_HTTPS must be 1 or 0. It is 'maybe'.",
        "KEZHI_TIME_ZONE must be a time zone such as Asia/Shanghai. It is 'Mars/Base'.",
        "See docs/settings.md.",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@db/kezhi"),
        ("KEZHI_SECRET_KEY", "hunter2"),
    ],
)
def test_a_wrong_secret_is_not_repeated(name, value):
    with pytest.raises(environment.EnvironmentProblem) as problem:
        environment.check_environment({name: value})

    assert "hunter2" not in str(problem.value)
    assert name in str(problem.value)


@pytest.mark.parametrize("value", ["crm.example.com", "https://crm.example.com/path", "ftp://x"])
def test_an_origin_is_scheme_and_host(value):
    with pytest.raises(environment.EnvironmentProblem):
        environment.ORIGINS.read({"KEZHI_ORIGINS": value})


def test_a_provider_without_its_client_is_pointed_out():
    with pytest.raises(environment.EnvironmentProblem) as problem:
        environment.check_environment({"KEZHI_OIDC_ISSUER": "https://login.example.com"})

    assert "KEZHI_OIDC_ISSUER needs KEZHI_OIDC_CLIENT_ID" in str(problem.value)


@pytest.mark.parametrize(
    ("issuer", "is_right"),
    [
        ("https://login.example.com/realms/company", True),
        ("http://localhost:8080/realms/company", True),
        ("http://login.example.com", False),
        ("login.example.com", False),
        ("https://login.example.com/?realm=company", False),
    ],
)
def test_a_provider_is_reached_over_https(issuer, is_right):
    client = {"KEZHI_OIDC_CLIENT_ID": "kezhi", "KEZHI_OIDC_CLIENT_SECRET": "secret"}
    environ = {"KEZHI_OIDC_ISSUER": issuer, **client}
    if is_right:
        environment.check_environment(environ)
    else:
        with pytest.raises(environment.EnvironmentProblem):
            environment.check_environment(environ)


def test_a_misspelt_name_is_pointed_out():
    assert environment.unknown_names({"KEZHI_HOST": "x", "KEZHI_DATA": "y", "HOME": "/"}) == [
        "KEZHI_HOST is not a setting; did you mean KEZHI_HOSTS?"
    ]


def test_a_json_log_line_is_one_object_with_its_extras():
    record = logging.LogRecord("kezhi.jobs", logging.WARNING, "x.py", 1, "第 %s 次", (3,), None)
    record.job = 7

    line = json.loads(JsonFormatter().format(record))

    assert (line["level"], line["logger"], line["message"], line["job"]) == ("warning", "kezhi.jobs", "第 3 次", 7)
    assert line["at"].endswith("+00:00")
