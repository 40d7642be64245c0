"""How log lines look: plain for people, or one JSON object a line for collectors."""

from __future__ import annotations

import datetime as dt
import json
import logging

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "request"}


class JsonFormatter(logging.Formatter):
    """``{"at": …, "level": …, "logger": …, "message": …}`` plus whatever was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in record.__dict__.items() if name not in _STANDARD})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(log_format: str, level: str) -> dict[str, object]:
    """Django's ``LOGGING``: everything to standard error, where the supervisor and containers expect it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
            "json": {"()": "kezhi.config.logs.JsonFormatter"},
        },
        "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": log_format}},
        "root": {"handlers": ["standard_error"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # 404 is an everyday answer here (a record out of scope), not a warning.
            "django.request": {"level": "ERROR"},
        },
    }
