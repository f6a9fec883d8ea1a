"""Structured logs: one JSON object a line, with who and where, and with secrets masked.

The mask is applied to the finished line, so that it also covers exception texts and values that a
library logged. It prefers hiding too much.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import orjson
import structlog

from config import context

MASK = "•••"

_SECRETS = (
    # "password": "x", token=x, Authorization: Bearer x, api_access_token … as JSON, header or query text
    re.compile(
        r"(?i)([\"']?\b(?:password\d?|passwd|secret|token|api[_-]?key|api_access_token|access[_-]token|"
        r"x-auth-token|authorization|cookie|set-cookie|sessionid|csrftoken|otp_code|mfa_token|"
        r"pubsub_token|hmac_token|identifier_hash|website_token)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)"
        r"([^\s\"',;&}]+)"
    ),
    re.compile(r"(?i)(\bbearer\s+)([A-Za-z0-9._~+/=-]{6,})"),
    re.compile(r"(://[^:/\s@]+:)([^@/\s]+)(?=@)"),
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){13,19}(?![\d.])")
_PHONE = re.compile(r"(?<![\w.])\+\d[\d ().-]{7,18}\d")


def _passes_luhn(digits: str) -> bool:
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    return MASK if 13 <= len(digits) <= 19 and _passes_luhn(digits) else match.group()


# Without one of these in it, in lower case, no pattern of _SECRETS can match: most lines have none, and looking
# for the words costs a tenth of trying the patterns.
_HINTS = (
    "passw", "secret", "token", "key", "authorization", "cookie", "sessionid", "otp_code", "identifier_hash",
    "bearer", "://",
)  # fmt: skip


def masked(line: str) -> str:
    """The line without tokens, passwords, phone numbers (with a leading +) and card numbers (by Luhn)."""
    lower = line.lower()
    if any(hint in lower for hint in _HINTS):
        for pattern in _SECRETS:
            line = pattern.sub(rf"\1{MASK}", line)
    if "eyJ" in line:
        line = _JWT.sub(MASK, line)
    line = _CARD.sub(_mask_card, line)
    return _PHONE.sub(MASK, line) if "+" in line else line


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def _with_context(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    for name, value in context.current().fields().items():
        event.setdefault(name, value)
    return event


def _shared_processors() -> list[Any]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _with_context,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _to_json(event: Any, **_options: Any) -> str:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a surrogate pair, an integer beyond 64 bits
        return json.dumps(event, default=repr)


def logging_config(*, level: str, readable: bool) -> dict[str, Any]:
    """Django's LOGGING. `readable` is for a person at a terminal; a log shipper gets JSON."""
    renderer: Any = structlog.processors.JSONRenderer(serializer=_to_json)
    tail: list[Any] = [structlog.processors.format_exc_info, renderer]
    if readable:
        tail = [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "config.logs.MaskingFormatter",
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
                "foreign_pre_chain": _shared_processors(),
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},  # config.middleware writes one line per request itself
            "daphne": {"level": "WARNING"},
            "twisted": {"level": "WARNING"},
            "celery": {"level": "INFO"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
