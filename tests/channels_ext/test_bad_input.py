"""What is wrong is said clearly, in one shape, and leaves no trace: not a row, not a file. And the widget
goes on working."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test.client import MULTIPART_CONTENT

from accounts.models import Account
from config.database import account_scope, platform_scope
from conversations.models import Message
from tests import factories
from tests.channels_ext.visitor import Visitor, file, set_widget
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
LIMIT = 10 * 1024 * 1024
DEEP = b'{"message":' * 10_000 + b"1" + b"}" * 10_000


@pytest.fixture
def nothing_happens(
    vera: Visitor, stored: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Around the test: not a row and not a file is written, nothing is logged as an error, and afterwards
    the visitor writes as if nothing had been."""
    before = stored()
    yield
    assert stored() == before
    assert not [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}]
    assert vera.write("Still here").status_code == 200
    assert [one["content"] for one in vera.thread()][-1] == "Still here"


def assert_refused(response: Any, *, status: int, code: str) -> dict[str, Any]:
    """The one shape of errors, which tells nothing about the inside. Returns the body."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert set(body) in ({"code", "message", "error"}, {"code", "message", "error", "attributes"})
    assert body["code"] == code
    assert body["message"] == body["error"] != ""
    for leak in (b"Traceback", b"psycopg", b"django", b"/work", b"SELECT", b"relation", b".py"):
        assert leak not in response.content
    return body


BODIES: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b'{"message":', 400, "bad_request"),
    "nothing": (b"", 422, "invalid"),
    "NaN": (b'{"message":{"content":NaN}}', 400, "bad_request"),
    "Infinity": (b'{"message":{"content":"a","timestamp":Infinity}}', 400, "bad_request"),
    "1e309": (b'{"message":{"content":1e309}}', 400, "bad_request"),
    "10,000 deep": (DEEP, 400, "bad_request"),
    "65 deep": (b'{"message":' * 65 + b"1" + b"}" * 65, 400, "bad_request"),
    "a lone surrogate": (b'{"message":{"content":"\\ud800"}}', 400, "bad_request"),
    "UTF-16": ('{"message":{"content":"a"}}'.encode("utf-16"), 400, "bad_request"),
    "Latin-1": ('{"message":{"content":"café"}}'.encode("latin-1"), 400, "bad_request"),
    "null": (b"null", 422, "invalid"),
    "a list": (b'[{"content":"a"}]', 422, "invalid"),
    "a text": (b'"hello"', 422, "invalid"),
    "a number": (b"4711", 422, "invalid"),
    "message is a text": (b'{"message":"hello"}', 422, "invalid"),
    "message is a list": (b'{"message":["hello"]}', 422, "invalid"),
    "message is null": (b'{"message":null}', 422, "invalid"),
    "content is a list": (b'{"message":{"content":["a"]}}', 422, "invalid"),
    "content is an object": (b'{"message":{"content":{"a":1}}}', 422, "invalid"),
    "content is true": (b'{"message":{"content":true}}', 422, "invalid"),
    "content is blank": (b'{"message":{"content":"  \\n "}}', 422, "invalid"),
    "content is null": (b'{"message":{"content":null}}', 422, "invalid"),
    "NUL in the content": (b'{"message":{"content":"a\\u0000b"}}', 422, "invalid"),
    "NUL in the echo id": (b'{"message":{"content":"a","echo_id":"\\u0000"}}', 422, "invalid"),
    "NUL in the referer": (b'{"message":{"content":"a","referer_url":"http://\\u0000"}}', 422, "invalid"),
    "a long echo id": (b'{"message":{"content":"a","echo_id":"' + b"x" * 256 + b'"}}', 422, "invalid"),
    "a long referer": (b'{"message":{"content":"a","referer_url":"' + b"x" * 2049 + b'"}}', 422, "invalid"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_makes_no_sense(vera: Visitor, name: str, nothing_happens: None) -> None:
    body, status, code = BODIES[name]
    for path in ("/messages", "/conversations"):
        assert_refused(vera.send(path, body), status=status, code=code)


@pytest.mark.parametrize("number", [150_001, 1_000_000])
def test_a_message_that_is_too_long(vera: Visitor, number: int, nothing_happens: None) -> None:
    body = assert_refused(vera.write("x" * number), status=422, code="invalid")

    assert body["message"] == "Content is too long (maximum is 150000 characters)"
    assert body["attributes"] == ["content"]


def test_a_message_that_is_just_not_too_long_is_kept_whole(cast: Cast, vera: Visitor) -> None:
    text = "ü" * 150_000

    assert vera.write(text).status_code == 200
    with account_scope(cast.account.pk):
        assert Message.objects.get().content == text


def test_a_body_as_large_as_a_film(vera: Visitor, nothing_happens: None) -> None:
    assert_refused(vera.write("x" * (11 * 1024 * 1024)), status=413, code="too_large")


HARMLESS = {
    "bidi": "safe\u202egnp.exe",
    "isolates": "\u2066x\u2069",
    "zero width": "a\u200b\u200db",
    "combining": "a" + "\u0301" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🇩🇪",
    "script": "<script>alert(1)</script>",
    "template": "{{ 7*7 }}{% include 'x' %}${7*7}",
    "control": "a\x01\x07\x1b[31mb",
    "noncharacter": "a\uffff\ufffeb",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_odd_text_is_still_text_and_comes_back_as_it_was(vera: Visitor, name: str) -> None:
    response = vera.write(HARMLESS[name])

    assert response.status_code == 200
    assert [one["content"] for one in vera.thread()] == [HARMLESS[name]]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b'{"message":{"content":"a"}}', 415),
        ("application/xml", b"<a/>", 415),
        ("", b"{}", 415),
        # The charset counts for the query too, so that not even the website can be read.
        ("application/json; charset=utf-16", '{"a":1}'.encode("utf-16"), 404),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=" + "b" * 300, b"x", 415),
        ("multipart/form-data; boundary=x", b"--x\r\nno header", 422),
    ],
)
def test_a_body_in_a_language_we_do_not_speak(
    vera: Visitor, kind: str, body: bytes, status: int, nothing_happens: None
) -> None:
    response = vera.generic(
        "POST", vera.address("/messages"), body, content_type=kind, HTTP_X_AUTH_TOKEN=vera.token
    )

    assert_refused(response, status=status, code=response.json()["code"])


def test_a_form_with_more_fields_than_anybody_fills_in(vera: Visitor, nothing_happens: None) -> None:
    form = {f"message[{number}]": "x" for number in range(1001)}
    encoded = "&".join(f"{key}={value}" for key, value in form.items())

    for body, kind in ((form, MULTIPART_CONTENT), (encoded, "application/x-www-form-urlencoded")):
        response = vera.post(vera.address("/messages"), body, content_type=kind, HTTP_X_AUTH_TOKEN=vera.token)
        assert_refused(response, status=413, code="too_large")


def test_a_method_that_is_not_spoken(vera: Visitor, nothing_happens: None) -> None:
    for method, path in (
        ("put", "/messages"),
        ("delete", "/messages"),
        ("get", "/config"),
        ("patch", "/config"),
    ):
        response = getattr(vera, method)(vera.address(path), HTTP_X_AUTH_TOKEN=vera.token)
        assert_refused(response, status=405, code="method_not_allowed")


def test_an_address_that_is_not_there(vera: Visitor, nothing_happens: None) -> None:
    assert_refused(vera.send("/nowhere"), status=404, code="not_found")


ATTRIBUTES: dict[str, Any] = {
    "a text": "x",
    "a list": [1],
    "NUL in a value": {"a": "b\x00"},
    "NUL in a key": {"a\x00": 1},
    "NUL far down": {"a": [{"b": ["\x00"]}]},
    "5,000 entries": {f"key{number}": number for number in range(5000)},
    "100 kB": {"a": "x" * 100_000},
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes_that_fit_no_column(vera: Visitor, name: str, nothing_happens: None) -> None:
    body = {"message": {"content": "Hello"}, "custom_attributes": ATTRIBUTES[name]}

    refused = assert_refused(vera.send("/conversations", body), status=422, code="invalid")

    assert refused["attributes"] == ["custom_attributes"]


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.test\r\nBcc: c@d.test"}, "email"),
        ({"email": "\x00@b.test"}, "email"),
        ({"phone_number": "12345"}, "phone_number"),
        ({"phone_number": "+1234567890123456789"}, "phone_number"),
        ({"phone_number": "+١٢٣٤٥٦٧"}, "phone_number"),
        ({"name": "x" * 256}, "name"),
        ({"name": "\x00"}, "name"),
        ({"name": ["x"]}, "name"),
        ("vera", "non_field_errors"),
        ([1], "non_field_errors"),
    ],
)
def test_details_that_cannot_be(vera: Visitor, contact: Any, field: str, nothing_happens: None) -> None:
    body = {"contact": contact, "message": {"content": "Hello"}}

    refused = assert_refused(vera.send("/conversations", body), status=422, code="invalid")

    assert refused["attributes"] == [field]


FILES: dict[str, tuple[list[Any], int, str]] = {
    "too large": ([("a.png", PNG + bytes(LIMIT + 1 - len(PNG)))], 413, "too_large"),
    "empty": ([("a.png", b"")], 422, "invalid"),
    "a page called a picture": ([("a.png", b"<html><script>alert(1)</script>")], 415, "unsupported_type"),
    "a drawing with script": ([("a.svg", b"<svg onload=alert(1)>")], 415, "unsupported_type"),
    "a program": ([("setup.exe", b"MZ\x90\x00" + bytes(64))], 415, "unsupported_type"),
    "one too many": ([(f"{number}.png", PNG) for number in range(16)], 422, "invalid"),
    "the last is bad": ([("a.png", PNG), ("b.png", PNG), ("c.svg", b"<svg/>")], 415, "unsupported_type"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_sent(vera: Visitor, name: str, nothing_happens: None) -> None:
    files, status, code = FILES[name]

    response = vera.upload(*(file(called, content) for called, content in files), text="Look")

    assert_refused(response, status=status, code=code)


def test_a_file_of_exactly_the_limit_is_taken(vera: Visitor) -> None:
    response = vera.upload(file("a.png", PNG + bytes(LIMIT - len(PNG))))

    assert response.status_code == 200
    assert response.json()["attachments"][0]["file_size"] == LIMIT


def test_an_unknown_website(cast: Cast, vera: Visitor, nothing_happens: None) -> None:
    lost = Visitor(cast.inbox, cast.vera)
    lost.website_token = "never"

    assert_refused(lost.write("Hello"), status=404, code="unknown_website_token")


def test_a_website_of_another_account(cast: Cast, vera: Visitor, nothing_happens: None) -> None:
    stranger = Visitor(cast.other_inbox)
    stranger.token = vera.token

    assert_refused(stranger.write("Hello"), status=404, code="unknown_visitor")


def test_a_page_of_another_site(cast: Cast, vera: Visitor, nothing_happens: None) -> None:
    set_widget(cast.inbox, allowed_domains="shop.test")
    response = vera.send("/messages", {"message": {"content": "Hi"}}, HTTP_ORIGIN="https://evil.test")
    set_widget(cast.inbox, allowed_domains="")

    # `updated_at` stays: the settings are compared after they were put back.
    assert_refused(response, status=403, code="wrong_origin")


@pytest.mark.parametrize("path", ["/messages", "/conversations"])
def test_what_fails_after_it_was_written_was_not_written(
    vera: Visitor, path: str, monkeypatch: pytest.MonkeyPatch, stored: Callable[[], Any]
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("after the write")

    before = stored()
    with monkeypatch.context() as patch:
        patch.setattr("channels_ext.widget.talk_views.shapes.message_public", fail)
        response = vera.send(path, {"message": {"content": "Hello"}})

    assert_refused(response, status=500, code="server_error")
    assert b"after the write" not in response.content
    assert stored() == before
    assert vera.write("Again").status_code == 200


def test_what_fails_while_it_is_rendered_was_not_written(
    vera: Visitor, monkeypatch: pytest.MonkeyPatch, stored: Callable[[], Any]
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> bytes:
        raise TypeError("no JSON form")

    before = stored()
    with monkeypatch.context() as patch:
        patch.setattr("config.rendering.to_json", fail)
        response = vera.write("Hello")

    assert_refused(response, status=500, code="server_error")
    assert stored() == before


@pytest.mark.parametrize("path", ["/conversations/{id}/messages", "/conversations/{id}/assignments"])
def test_an_agents_call_that_fails_after_the_write_has_written_nothing(
    cast: Cast, api: Any, path: str, monkeypatch: pytest.MonkeyPatch, stored: Callable[[], Any]
) -> None:
    display_id = factories.hear(cast.vera)["conversation_id"]
    bob = api(cast.bob)
    bob.raise_request_exception = False
    before = stored()

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("after the write")

    monkeypatch.setattr("conversations.api.views.shapes.message_rest", fail)
    monkeypatch.setattr("conversations.api.views.shapes.agent", fail)
    response = bob.send(path.format(id=display_id), {"content": "Hi", "assignee_id": cast.bob.user_id})

    assert_refused(response, status=500, code="server_error")
    assert stored() == before


def test_a_suspended_account_takes_nothing_in(cast: Cast, vera: Visitor, stored: Callable[[], Any]) -> None:
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)
    before = stored()

    assert vera.write("Hello").status_code == 404
    assert stored() == before


def test_the_limits_are_those_of_the_settings() -> None:
    assert django_settings.MAX_UPLOAD_BYTES == LIMIT
