from __future__ import annotations

import datetime
import re
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from config.database import account_scope, platform_scope
from inboxes.hours import Day, columns_of
from inboxes.models import Inbox, WorkingHours
from tests.channels_ext.visitor import set_widget, widget_of
from tests.factories import Cast


def frame_of(inbox: Inbox, **headers: Any) -> Any:
    return Client().get("/widget", {"website_token": widget_of(inbox).website_token}, **headers)


def policy(response: Any) -> dict[str, list[str]]:
    """The Content-Security-Policy as {directive: sources}. A directive that is named twice fails."""
    parts = [part.split() for part in response["Content-Security-Policy"].split(";") if part.strip()]
    assert len({part[0] for part in parts}) == len(parts)
    return {part[0]: part[1:] for part in parts}


def config_in(response: Any) -> Any:
    found = re.search(rb'<script id="config" type="application/json">(.*?)</script>', response.content, re.S)
    assert found
    return orjson.loads(found[1])


@pytest.mark.parametrize(
    ("domains", "ancestors"),
    [
        ("", ["*"]),
        ("  ,  ", ["*"]),
        ("shop.test", ["'self'", "shop.test"]),
        ("Shop.test, https://a.test", ["'self'", "shop.test", "https://a.test"]),
        ("*.shop.test,localhost:3000", ["'self'", "*.shop.test", "localhost:3000"]),
        ("https://shop.test/some/page?x=1", ["'self'", "https://shop.test"]),
        ("bücher.test", ["'self'", "xn--bcher-kva.test"]),
        ("shop.test\nevil.test", ["'self'", "shop.test", "evil.test"]),
    ],
)
def test_only_the_listed_sites_may_frame_the_widget(cast: Cast, domains: str, ancestors: list[str]) -> None:
    set_widget(cast.inbox, allowed_domains=domains)

    response = frame_of(cast.inbox)

    assert response.status_code == 200
    assert policy(response)["frame-ancestors"] == ancestors
    assert "X-Frame-Options" not in response


@pytest.mark.parametrize(
    "domains",
    ["x; script-src *", "javascript:alert(1)", "'unsafe-inline'", "data:", "a b;c", "☃;", "http://"],
)
def test_what_is_no_site_gets_into_no_header_and_opens_nothing(cast: Cast, domains: str) -> None:
    set_widget(cast.inbox, allowed_domains=domains)

    found = policy(frame_of(cast.inbox))

    assert found["script-src"] == ["'self'"]
    assert found["default-src"] == ["'none'"]
    assert "*" not in found["frame-ancestors"]
    assert all(re.fullmatch(r"'self'|[a-z0-9.-]+", source) for source in found["frame-ancestors"])


def test_the_frame_carries_what_it_needs_and_no_secret(cast: Cast) -> None:
    set_widget(cast.inbox, welcome_title="Ahoy", allowed_domains="shop.test")
    widget = widget_of(cast.inbox)

    response = frame_of(cast.inbox)

    assert config_in(response) == {
        "website_token": widget.website_token,
        "api_base": "/api/v1/widget",
        "live_url": "/live/widget",
        "locale": "en",
        "widget_color": "#1f93ff",
        "welcome_title": "Ahoy",
        "welcome_tagline": "",
        "website_name": "Website",
        "here": False,
        "closed": False,
        "opens_at": None,
        "reply_time": "in_a_few_minutes",
        "features": ["attachments", "emoji_picker", "end_conversation"],
        "pre_chat": None,
        "goes_on": True,
        "max_upload_bytes": 10 * 1024 * 1024,
        "allowed_parents": ["shop.test"],
        "texts": {},
    }
    assert widget.hmac_token.encode() not in response.content
    assert response["Cache-Control"] == "no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies


def test_names_and_greetings_of_the_inbox_stay_text(cast: Cast) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.inbox.pk).update(name=hostile)
    set_widget(cast.inbox, welcome_title=hostile, welcome_tagline=hostile)

    response = frame_of(cast.inbox)

    assert b"<script>alert" not in response.content
    assert b"<img src=x" not in response.content
    assert config_in(response)["website_name"] == hostile


def test_the_frame_speaks_the_visitors_language(cast: Cast) -> None:
    response = frame_of(cast.inbox, HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9")

    assert b'lang="zh-hans"' in response.content


def test_an_unknown_token_and_a_suspended_account_get_the_same_frame(cast: Cast) -> None:
    unknown = Client().get("/widget", {"website_token": "x" * 24})
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)
    suspended = frame_of(cast.inbox)
    missing = Client().get("/widget")

    assert [one.status_code for one in (unknown, suspended, missing)] == [404, 404, 404]
    assert unknown.content == suspended.content == missing.content
    assert unknown.json() == {
        "code": "unknown_website_token",
        "message": "There is no such website inbox.",
        "error": "There is no such website inbox.",
    }


def test_no_other_page_may_be_framed(cast: Cast, client: Client) -> None:
    for path in ("/app/login", "/admin/login/", "/app/nowhere", "/health/live"):
        response = client.get(path, HTTP_ACCEPT="text/html")
        assert policy(response)["frame-ancestors"] == ["'none'"], path


def test_the_loader_may_be_loaded_from_anywhere_and_is_kept_for_minutes(client: Client, db: None) -> None:
    response = client.get("/widget.js", HTTP_ORIGIN="https://shop.test")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies
    assert len(response.content) > 500


def test_the_loader_and_the_frame_are_only_read(client: Client, cast: Cast) -> None:
    assert client.head("/widget.js").status_code == 200
    assert client.post("/widget.js").status_code == 405
    assert client.post("/widget").status_code == 405


def test_the_frame_says_when_a_closed_inbox_opens(cast: Cast) -> None:
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.inbox.pk).update(working_hours_enabled=True, timezone="UTC")
        WorkingHours.objects.filter(inbox=cast.inbox).delete()
        for number in range(7):
            nine_to_five = Day(number, datetime.time(9), datetime.time(17))
            day = nine_to_five if number == tomorrow.isoweekday() % 7 else Day(number)
            WorkingHours.objects.create(account=cast.account, inbox=cast.inbox, **columns_of(day))

    config = config_in(frame_of(cast.inbox))

    at_nine = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)
    assert (config["closed"], config["here"], config["opens_at"]) == (True, False, int(at_nine.timestamp()))
