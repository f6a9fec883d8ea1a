from __future__ import annotations

import json
import logging

import pytest

from config import context
from config.logs import MASK, MaskingFormatter, logging_config, masked


@pytest.mark.parametrize(
    ("line", "kept", "hidden"),
    [
        ('{"password": "hunter2hunter2"}', '"password": "', "hunter2hunter2"),
        ("GET /x?api_access_token=abcDEF123456&page=2", "page=2", "abcDEF123456"),
        ("Authorization: Bearer abc.def-ghi_123", "Authorization", "abc.def-ghi_123"),
        ("token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnbmF0dXJl", "token", "eyJhbGciOiJIUzI1NiJ9"),
        ("call me at +49 151 2345 6789 today", "today", "2345"),
        ("card 4111 1111 1111 1111 please", "please", "4111 1111"),
        ("card 4111-1111-1111-1111", "card", "4111-1111"),
        ("postgres://parley:s3cret@db/parley", "postgres://parley:", "s3cret"),
        ("Set-Cookie: sessionid=abc123def456; Path=/", "Set-Cookie", "abc123def456"),
    ],
)
def test_secrets_phone_and_card_numbers_are_masked(line: str, kept: str, hidden: str) -> None:
    result = masked(line)
    assert kept in result
    assert hidden not in result
    assert MASK in result


@pytest.mark.parametrize(
    "line",
    [
        "conversation 1234567890123456 moved",  # long, but no card: its check digit is wrong
        "2026-11-20T08:15:56.123456Z took 1795164906 ms",
        "message 42 of account 7 stored",
    ],
)
def test_ordinary_numbers_stay(line: str) -> None:
    assert masked(line) == line


def test_a_line_is_json_with_the_request_and_without_the_secret(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("parley.test.logs")
    config = logging_config(level="INFO", readable=False)
    handler = logging.StreamHandler()
    formatter = config["formatters"]["line"]
    handler.setFormatter(
        MaskingFormatter(processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"])
    )
    logger.addHandler(handler)
    with context.entered(request_id="r-12345678", account_id=7, user_id=3):
        logger.warning("refused", extra={"old": "open", "new": "resolved", "token": "abcdefgh"})
    logger.removeHandler(handler)
    line = json.loads(capsys.readouterr().err.strip())
    assert (line["event"], line["level"], line["request_id"]) == ("refused", "warning", "r-12345678")
    assert line["account_id"] == 7
    assert (line["user_id"], line["old"], line["new"], line["token"]) == (3, "open", "resolved", MASK)
