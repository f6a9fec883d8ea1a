from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.models import Account
from channels_ext.widget.auth import issue_visitor_token
from config.database import account_scope, platform_scope
from conversations.models import Contact, ContactInbox
from inboxes.hours import columns_of, usual_day
from tests import factories
from tests.channels_ext.visitor import Visitor, set_widget
from tests.factories import Cast


def forged_token(session: ContactInbox, *, key: str = "", **claims: Any) -> str:
    now = int(time.time())
    known = {"source_id": session.source_id, "inbox_id": session.inbox_id, "iat": now, "exp": now + 60}
    return jwt.encode({**known, **claims}, key or settings.SECRET_KEY, algorithm="HS256")


def test_a_new_visitor_gets_the_widgets_settings_and_a_session(cast: Cast) -> None:
    set_widget(cast.inbox, welcome_title="Ahoy", widget_color="#0f5e4d", feature_flags=5)
    visitor = Visitor(cast.inbox)

    response = visitor.send("/config")

    assert response.status_code == 200
    body = response.json()
    with account_scope(cast.account.pk):
        contact = Contact.objects.exclude(pk=cast.vera.contact_id).get()
        session = ContactInbox.objects.get(contact=contact)
    token = body["website_channel_config"].pop("auth_token")
    claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
    assert (claims["source_id"], claims["inbox_id"]) == (session.source_id, cast.inbox.pk)
    assert claims["exp"] - claims["iat"] == datetime.timedelta(days=180).total_seconds()
    assert body == {
        "website_channel_config": {
            "allow_messages_after_resolved": True,
            "api_host": settings.PUBLIC_URL,
            "avatar_url": "",
            "csat_survey_enabled": False,
            "disable_branding": True,
            "enabled_features": ["attachments", "end_conversation"],
            "enabled_languages": [
                {"name": "English", "iso_639_1_code": "en"},
                {"name": "Simplified Chinese", "iso_639_1_code": "zh-hans"},
            ],
            "locale": "en",
            "out_of_office_message": None,
            "portal": None,
            "pre_chat_form_enabled": False,
            "pre_chat_form_options": {},
            "reply_time": "in_a_few_minutes",
            "timezone": "UTC",
            "utc_off_set": "+00:00",
            "website_name": "Website",
            "website_token": visitor.website_token,
            "welcome_tagline": None,
            "welcome_title": "Ahoy",
            "widget_color": "#0f5e4d",
            "working_hours": [columns_of(usual_day(number)) for number in range(7)],
            "working_hours_enabled": False,
        },
        "contact": {
            "email": None,
            "id": contact.pk,
            "identifier": None,
            "name": contact.name,
            "phone_number": None,
            "pubsub_token": session.pubsub_token,
        },
        "global_config": {
            "LOGO_THUMBNAIL": "",
            "BRAND_NAME": "Parley",
            "WIDGET_BRAND_URL": settings.PUBLIC_URL,
            "MAXIMUM_FILE_UPLOAD_SIZE": 10,
            "INSTALLATION_NAME": "Parley",
        },
    }


def test_a_visitor_who_comes_back_is_the_same_contact_and_nothing_is_written(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    before = stored()

    body = vera.send("/config").json()

    assert body["contact"]["id"] == cast.vera.contact_id
    assert body["contact"]["pubsub_token"] == cast.vera.pubsub_token
    assert stored() == before


@pytest.mark.parametrize("flaw", ["expired", "other key", "other inbox", "gone", "no expiry", "nonsense"])
def test_a_token_that_is_not_good_here_makes_a_new_visitor_at_config_and_is_404_elsewhere(
    cast: Cast, flaw: str, stored: Callable[[], Any]
) -> None:
    foreign = factories.make_session(cast.other_inbox, "Viktor")
    visitor = Visitor(cast.inbox)
    visitor.token = {
        "expired": forged_token(cast.vera, exp=int(time.time()) - 1),
        "other key": forged_token(cast.vera, key="another-key-of-enough-length-for-hmac-01234"),
        "other inbox": issue_visitor_token(foreign),
        "gone": forged_token(cast.vera, source_id="no such session"),
        "no expiry": jwt.encode({"source_id": cast.vera.source_id}, settings.SECRET_KEY, algorithm="HS256"),
        "nonsense": "a.b.c",
    }[flaw]
    before = stored()

    for response in (
        visitor.read("/messages"),
        visitor.write("Hello"),
        visitor.read("/conversations"),
        visitor.send("/conversations", {"message": {"content": "Hello"}}),
        visitor.send("/conversations/update_last_seen"),
        visitor.send("/conversations/toggle_typing", {"typing_status": "on"}),
    ):
        assert response.status_code == 404
        assert response.json() == {
            "code": "unknown_visitor",
            "error": "Resource could not be found",
            "message": "Resource could not be found",
        }
    assert stored() == before

    contact = visitor.send("/config").json()["contact"]
    assert contact["id"] not in {cast.vera.contact_id, foreign.contact_id}


def test_a_token_signed_by_no_algorithm_opens_nothing(cast: Cast, vera: Visitor) -> None:
    claims = {"source_id": cast.vera.source_id, "inbox_id": cast.inbox.pk, "exp": int(time.time()) + 60}
    vera.token = jwt.encode(claims, "", algorithm="none")

    assert vera.read("/conversations").status_code == 404


def test_an_unknown_website_token_and_a_suspended_account_look_the_same(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    unknown = Visitor(cast.inbox, cast.vera)
    unknown.website_token = "x" * 24
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)
    before = stored()

    for path in ("/config", "/conversations", "/messages", "/conversations/update_last_seen"):
        answers = [visitor.send(path, {"message": {"content": "Hi"}}) for visitor in (unknown, vera)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        assert answers[0].json() == {
            "code": "unknown_website_token",
            "error": "There is no such website inbox.",
            "message": "There is no such website inbox.",
        }
    assert stored() == before


@pytest.mark.parametrize(
    "token", ["", "%00", "a%00b", "x" * 5000, "%F0%9F%92%A9", "' OR 1=1 --", "%ED%A0%80"]
)
def test_a_silly_website_token_is_an_unknown_one(cast: Cast, token: str, stored: Callable[[], Any]) -> None:
    before = stored()
    visitor = Visitor(cast.inbox)

    for path in ("/api/v1/widget/config", "/api/v1/widget/messages"):
        response = visitor.post(f"{path}?website_token={token}", {}, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_website_token")
    assert visitor.get(f"/widget?website_token={token}").json()["code"] == "unknown_website_token"
    assert stored() == before


def test_a_website_token_is_asked_for_in_capitals_and_small_letters_exactly(cast: Cast) -> None:
    visitor = Visitor(cast.inbox)
    visitor.website_token = visitor.website_token.swapcase()

    assert visitor.send("/config").status_code == 404
